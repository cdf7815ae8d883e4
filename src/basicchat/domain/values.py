"""The base of all domain values; users, documents, tasks and scopes.

Field names equal the names on the wire, so that one encoding serves the event log and every
client. Fields without a default are always present in JSON; the others are omitted while they
have their default.
"""

from datetime import datetime, timedelta
from typing import Any, Literal

import msgspec

TaskStatus = Literal["pending", "running", "completed", "failed", "cancelled"]
DocumentStatus = Literal["queued", "indexing", "ready", "failed"]
ServerRole = Literal["owner", "admin", "member", "guest"]
UserStatus = Literal["active", "suspended", "deleted"]


class Value(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """Base of all domain values: defaults are left out of JSON.

    Subclasses repeat `frozen=True, kw_only=True`: msgspec does not inherit `kw_only`, and type
    checkers do not see that `frozen` is inherited.
    """


class User(Value, frozen=True, kw_only=True):
    """A person with an account."""

    id: str
    name: str
    role: ServerRole
    status: UserStatus = "active"


class Author(Value, frozen=True, kw_only=True):
    """Who wrote a message."""

    id: str
    name: str
    kind: Literal["user", "assistant"]


class ErrorDetail(Value, frozen=True, kw_only=True):
    """An error without its English message, for clients that show it in another language."""

    kind: str
    reason: str | None = None
    params: dict[str, Any] = {}
    hint: str | None = None


class DocumentNote(Value, frozen=True, kw_only=True):
    """What could not be read or found in a document that is otherwise usable.

    `kind` is stable, and `params` holds the values in `text`, for clients that show it in another
    language. The kinds are in `documents/notes.py`.
    """

    kind: str
    text: str
    params: dict[str, Any] = {}


class Document(Value, frozen=True, kw_only=True):
    """A document, which belongs to exactly one library.

    `collection_id` names the library: a collection, or a room with documents of its own; without
    it, these are the documents of the user who added it (`owner_id`). `bytes` is the size of the
    original file, `text_bytes` that of its extracted text in UTF-8, `name` the file's name, and
    `source` the path of a document that was added from a folder. `renamed` is true if a user chose
    the title.
    """

    document_id: str
    title: str
    media_type: str
    bytes: int
    status: DocumentStatus
    created_at: datetime
    owner_id: str
    sha256: str
    pages: int | None = None
    chunks: int | None = None
    characters: int | None = None
    text_bytes: int | None = None
    name: str | None = None
    source: str | None = None
    error: str | None = None
    error_detail: ErrorDetail | None = None
    notes: tuple[DocumentNote, ...] = ()
    task_id: str | None = None
    collection_id: str | None = None
    tags: tuple[str, ...] = ()
    renamed: bool = False

    @property
    def library_id(self) -> str:
        """The id of the collection, the room or the user that the document belongs to."""
        return self.collection_id or self.owner_id


# Minimum retention of ended tasks.
TASKS_KEPT = timedelta(days=7)


class Task(Value, frozen=True, kw_only=True):
    """Background work; `progress` is from 0 to 1."""

    task_id: str
    kind: str
    status: TaskStatus
    progress: float
    message: str
    user_id: str
    created_at: datetime
    updated_at: datetime | None = None
    result: dict[str, Any] | None = None
    error: str | None = None
    error_detail: ErrorDetail | None = None


class Scope(Value, frozen=True, kw_only=True):
    """The documents that a search may see: a user's own, and those of collections.

    Args:
        user_id: the owner of the documents; None leaves out all personal documents, as for answers
            in a room whose members share only collections.
        collection_ids: collections that every reader of the answer may see, and rooms with
            documents of their own.
        document_ids: only these of the documents above; None for all of them.
    """

    user_id: str | None
    collection_ids: tuple[str, ...] = ()
    document_ids: tuple[str, ...] | None = None

    @property
    def library_ids(self) -> tuple[str, ...]:
        """The ids of the user, the collections and the rooms whose documents are searched."""
        own = () if self.user_id is None else (self.user_id,)
        return tuple(dict.fromkeys((*own, *self.collection_ids)))


class Actor(Value, frozen=True, kw_only=True):
    """The authenticated user of a request, and the session it came through.

    `key_id` is the id of the API key, or of an app's grant together with its `client_id`. `scopes`
    limit what the key or app may do; None allows all that the user may do.
    """

    user: User
    session_id: str
    key_id: str | None = None
    client_id: str | None = None
    scopes: tuple[str, ...] | None = None


class DocumentRemoved(Value, frozen=True, kw_only=True):
    """The id of a deleted document, so that clients can remove it."""

    document_id: str
