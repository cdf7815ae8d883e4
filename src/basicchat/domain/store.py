"""The store's port: what is kept for good, and the transaction that changes it."""

from collections.abc import Mapping, Sequence
from contextlib import AbstractAsyncContextManager
from datetime import datetime
from typing import Any, Protocol

from basicchat.domain.accounts import AccountReads, AccountWrites
from basicchat.domain.events import Position
from basicchat.domain.log import LogReads, LogWrites
from basicchat.domain.oauth import OAuthReads, OAuthWrites
from basicchat.domain.values import (
    Document,
    Member,
    Message,
    Page,
    Room,
    RoomRole,
    RoomViews,
    Run,
    Standing,
    Task,
    User,
    Value,
)


class StoredSession(Value, frozen=True, kw_only=True):
    """A session that outlives its socket.

    `resume_hash` is the SHA-256 of its resume token, `previous_hash` that of the token which was
    exchanged for it at `exchanged_at`.
    """

    session_id: str
    user_id: str
    resume_hash: str
    expires_at: datetime
    previous_hash: str | None = None
    exchanged_at: datetime | None = None


class Receipt(Value, frozen=True, kw_only=True):
    """What was answered to a `client_msg_id`; `reply` is JSON, None while it is being made."""

    body_hash: str
    reply: bytes | None = None


class Snapshot(Value, frozen=True, kw_only=True):
    """A room at a position of its stream, and what the user has begun to write there.

    `members` are those of the room, with how far they have read.
    """

    room: Room
    members: tuple[Member, ...]
    messages: tuple[Message, ...]
    position: Position
    draft: str = ""


class FoundMessage(Value, frozen=True, kw_only=True):
    """A message that was looked for, and its place among those that were searched."""

    message: Message
    place: int


class QueuedTask(Value, frozen=True, kw_only=True):
    """A task that has not ended, and what it was given."""

    task: Task
    payload: dict[str, Any]


class Transaction(LogWrites, AccountWrites, OAuthWrites, Protocol):
    """Changes that become visible together, with the events that tell of them."""

    async def put_user(self, user: User, created_at: datetime) -> None:
        """Add or change a user, and open their stream.

        Raises:
            Conflict: another user has this name.
        """
        ...

    async def put_session(self, session: StoredSession) -> None:
        """Add or renew a session."""
        ...

    async def renew_session(self, session_id: str, expires_at: datetime) -> bool:
        """Let a session live longer; false if it is gone."""
        ...

    async def exchange_resume(self, session: StoredSession, instead_of: str) -> bool:
        """Keep a session's new resume token, if its token still is `instead_of`; else false."""
        ...

    async def delete_sessions(self, *, session_id: str | None, expired_at: datetime | None) -> None:
        """Delete one session, or all that expired before a time."""
        ...

    async def put_login_code(self, code_hash: str, user_id: str, expires_at: datetime) -> None:
        """Keep a one-time code."""
        ...

    async def take_login_code(self, code_hash: str, now: datetime) -> str | None:
        """Use up a one-time code; the user it was for, or None if it does not hold."""
        ...

    async def put_room(self, room_id: str, name: str, at: datetime) -> None:
        """Add or rename a room, and open its stream."""
        ...

    async def delete_room(self, room_id: str) -> None:
        """Delete a room and all that is in it."""
        ...

    async def put_member(self, room_id: str, user_id: str, role: RoomRole) -> None:
        """Add a member or change their role."""
        ...

    async def remove_member(self, room_id: str, user_id: str) -> None:
        """Let a user be no member any more."""
        ...

    async def standing(self, room_id: str, user_id: str) -> Standing | None:
        """What a user is to the room in this transaction; None if no member."""
        ...

    async def members(self, room_id: str) -> tuple[Member, ...]:
        """A room's members, with how far they have read."""
        ...

    async def member_ids(self, room_id: str, *, read_from: int = 0) -> tuple[str, ...]:
        """A room's members, or those among them who have read up to a seq at least."""
        ...

    async def member_count(self, room_id: str, most: int) -> int:
        """How many members a room has, as far as they are counted."""
        ...

    async def last_message_seq(self, room_id: str, before: int | None = None) -> int:
        """The seq of the latest message, or of the latest one before a seq; 0 if there is none."""
        ...

    async def put_draft(self, room_id: str, user_id: str, text: str) -> None:
        """Keep what a member has begun to write."""
        ...

    async def mark_read(self, room_id: str, user_id: str, seq: int) -> bool:
        """Note that a user has seen a room's messages up to seq; whether that is new."""
        ...

    async def room(self, room_id: str, user_id: str) -> Room | None:
        """The room as it is in this transaction; None for anyone who is no member."""
        ...

    async def room_views(self, room_id: str, user_ids: Sequence[str]) -> RoomViews | None:
        """The room as each of these users sees it, for those who are its members."""
        ...

    async def put_message(self, message: Message) -> None:
        """Add or change a message."""
        ...

    async def message(self, message_id: str) -> Message | None:
        """The message as it is in this transaction."""
        ...

    async def put_run(self, run: Run) -> None:
        """Add or change a run."""
        ...

    async def keep_run(self, run: Run) -> None:
        """Change a run, if its room has not been deleted with it meanwhile."""
        ...

    async def run(self, run_id: str) -> Run | None:
        """The run as it is in this transaction."""
        ...

    async def put_document(self, document: Document) -> None:
        """Add or change a document."""
        ...

    async def document(self, document_id: str) -> Document | None:
        """The document as it is in this transaction."""
        ...

    async def document_by_hash(self, owner_id: str, sha256: str) -> Document | None:
        """The owner's document with these bytes."""
        ...

    async def put_pages(self, document_id: str, pages: Sequence[Page]) -> None:
        """Replace a document's text."""
        ...

    async def delete_document(self, document_id: str) -> None:
        """Delete a document with its text."""
        ...

    async def put_task(self, task: Task, payload: Mapping[str, Any] | None = None) -> None:
        """Add a task with its payload, or change one."""
        ...

    async def task(self, task_id: str) -> Task | None:
        """The task as it is in this transaction."""
        ...

    async def receipt(self, user_id: str, client_msg_id: str) -> Receipt | None:
        """What was answered to this id before."""
        ...

    async def put_receipt(
        self, user_id: str, client_msg_id: str, receipt: Receipt, at: datetime
    ) -> None:
        """Remember an answer."""
        ...


class Store(LogReads, AccountReads, OAuthReads, Protocol):
    """What is kept for good."""

    def transaction(self) -> AbstractAsyncContextManager[Transaction]:
        """One change. Commits when the block ends, rolls back if it raises; one at a time."""
        ...

    async def user(self, user_id: str) -> User | None:
        """A user."""
        ...

    async def users_named(self, name: str) -> tuple[User, ...]:
        """The users of a name, at most two of them."""
        ...

    async def owner(self) -> User | None:
        """The server's owner, if there is one yet."""
        ...

    async def session(self, session_id: str) -> StoredSession | None:
        """A session, expired or not."""
        ...

    async def rooms(self, user_id: str) -> tuple[Room, ...]:
        """The user's rooms, latest activity first, at most 1000."""
        ...

    async def room(self, room_id: str, user_id: str) -> Room | None:
        """A room as a member sees it; None for anyone else."""
        ...

    async def standing(self, room_id: str, user_id: str) -> Standing | None:
        """What a user is to a room; None if no member. Cheaper than `room`."""
        ...

    async def some_member_ids(self, room_id: str, limit: int) -> tuple[str, ...]:
        """A room's members, so many at most."""
        ...

    async def room_ids(self, user_id: str) -> tuple[str, ...]:
        """The rooms that a user is a member of."""
        ...

    async def drafts(self, user_id: str) -> dict[str, str]:
        """What the user has begun to write, by room."""
        ...

    async def search_messages(
        self, user_id: str, query: str, room_id: str | None, before: int | None, limit: int
    ) -> tuple[FoundMessage, ...]:
        """Messages that have all words of the query, in the user's rooms, newest first.

        The query's last word may be the beginning of one. Within one room, a message's place is
        its seq.

        Args:
            before: only those with a smaller place.
        """
        ...

    async def snapshot(self, room_id: str, user_id: str, limit: int) -> Snapshot | None:
        """A room with its last messages and position, all of one moment."""
        ...

    async def messages(self, room_id: str, before: int | None, limit: int) -> tuple[Message, ...]:
        """Messages with a smaller seq than `before`, the latest `limit`, in ascending order."""
        ...

    async def message(self, message_id: str) -> Message | None:
        """A message."""
        ...

    async def run(self, run_id: str) -> Run | None:
        """A run."""
        ...

    async def running(self) -> tuple[Run, ...]:
        """All runs that have not ended."""
        ...

    async def documents(
        self, owner_id: str | None, limit: int, after: str | None = None
    ) -> tuple[Document, ...]:
        """Documents of an owner, or of all, newest first, from behind the document `after`."""
        ...

    async def document(self, document_id: str) -> Document | None:
        """A document."""
        ...

    async def document_sources(self, owner_id: str) -> dict[str, Document]:
        """The owner's documents that came from a path, by that path."""
        ...

    async def document_text(self, document_id: str, start: int = 0, end: int | None = None) -> str:
        """The document's text[start:end] in code points; empty if there is none."""
        ...

    async def document_span(
        self, document_id: str, first: int, last: int
    ) -> tuple[int, int] | None:
        """Where pages, both counted from 1 and both meant, begin and end in a document's text.

        In code points; None if there are none of them.
        """
        ...

    async def blob_used(self, sha256: str) -> bool:
        """Whether any document has these bytes."""
        ...

    async def task(self, task_id: str) -> Task | None:
        """A task."""
        ...

    async def tasks(self, user_id: str, limit: int) -> tuple[Task, ...]:
        """The user's tasks, newest first."""
        ...

    async def unfinished_tasks(self) -> tuple[QueuedTask, ...]:
        """Tasks that have not ended, oldest first."""
        ...

    async def drop_tasks(self, *, ended_before: datetime, at_most: int) -> int:
        """Drop tasks that ended so long ago, and no more than so many; how many."""
        ...

    async def receipt(self, user_id: str, client_msg_id: str) -> Receipt | None:
        """What was answered to this id before."""
        ...

    async def trim(self, *, keep_events: int, receipts_before: datetime) -> None:
        """Drop old events (advancing each stream's floor) and old receipts."""
        ...

    async def changed_elsewhere(self) -> bool:
        """Whether another process has changed something since this was last asked."""
        ...

    async def erase_freed(self) -> None:
        """Overwrite what was deleted also where the database keeps its log."""
        ...

    async def check(self) -> None:
        """Raise if the store does not work."""
        ...

    async def close(self) -> None:
        """Close all connections."""
        ...
