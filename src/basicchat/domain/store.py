"""The store's port: durable data, and the transactions that change it."""

from collections.abc import Callable, Sequence
from contextlib import AbstractAsyncContextManager
from datetime import datetime
from typing import Protocol

from basicchat.domain.accounts import AccountReads, AccountWrites
from basicchat.domain.approvals import ApprovalReads, ApprovalWrites
from basicchat.domain.collections import CollectionReads, CollectionWrites
from basicchat.domain.documents import DocumentReads, DocumentWrites
from basicchat.domain.event_log import LogReads, LogWrites
from basicchat.domain.events import Position
from basicchat.domain.metrics import Histogram
from basicchat.domain.oauth import OAuthReads, OAuthWrites
from basicchat.domain.room_views import RoomViews
from basicchat.domain.rooms import (
    MAX_ROOMS,
    Member,
    Message,
    Room,
    RoomMembership,
    RoomPage,
    RoomRole,
)
from basicchat.domain.runs import Run
from basicchat.domain.sessions import SessionReads, SessionWrites
from basicchat.domain.tasks import TaskReads, TaskWrites
from basicchat.domain.values import User, Value


class Receipt(Value, frozen=True, kw_only=True):
    """The reply to a request with a `client_msg_id`, as JSON; None while it is being made."""

    body_hash: str
    reply: bytes | None = None


class Snapshot(Value, frozen=True, kw_only=True):
    """A room at a position of its stream, with the user's draft.

    `members` are the members of the room, with their read positions.
    """

    room: Room
    members: tuple[Member, ...]
    messages: tuple[Message, ...]
    position: Position
    draft: str = ""


class FoundMessage(Value, frozen=True, kw_only=True):
    """A message that matches a search, and its position among the searched messages."""

    message: Message
    place: int


class FoundMessages(Value, frozen=True, kw_only=True):
    """The messages that match a search, newest first.

    If no message has all words of the query, those with similar words match; `similar` are all
    such words.
    """

    found: tuple[FoundMessage, ...] = ()
    similar: tuple[str, ...] = ()


class Transaction(
    LogWrites,
    SessionWrites,
    DocumentWrites,
    CollectionWrites,
    TaskWrites,
    AccountWrites,
    OAuthWrites,
    ApprovalWrites,
    Protocol,
):
    """A set of changes that become visible together with their events.

    Attributes:
        after_commit: what to do once they are visible, in this process; `Hub.change` does it after
            the delivery of the events, without suspending before its caller goes on.
    """

    after_commit: list[Callable[[], None]]

    async def put_user(self, user: User, created_at: datetime) -> None:
        """Add or change a user, and open their stream.

        Raises:
            Conflict: another user has this name.
        """
        ...

    async def put_room(self, room_id: str, name: str, at: datetime) -> None:
        """Add or rename a room, and open its stream."""
        ...

    async def delete_room(self, room_id: str) -> None:
        """Delete a room and all that is in it; `Store.delete_portion` deletes that of a large one.

        From now on nobody sees it, and no event can be recorded in its stream.
        """
        ...

    async def put_member(self, room_id: str, user_id: str, role: RoomRole) -> None:
        """Add a member or change their role."""
        ...

    async def remove_member(self, room_id: str, user_id: str) -> None:
        """Remove a user from a room."""
        ...

    async def membership(self, room_id: str, user_id: str) -> RoomMembership | None:
        """A user's membership of a room in this transaction; None if they are not a member."""
        ...

    async def members(self, room_id: str) -> tuple[Member, ...]:
        """A room's members, with their read positions."""
        ...

    async def member_ids(self, room_id: str, *, read_from: int = 0) -> tuple[str, ...]:
        """The ids of a room's members, or of those who have read at least up to a seq."""
        ...

    async def member_count(self, room_id: str, limit: int) -> int:
        """How many members a room has, counted up to `limit`."""
        ...

    async def last_message_seq(self, room_id: str, before: int | None = None) -> int:
        """The seq of the latest message, or of the latest one before a seq; 0 if none exists."""
        ...

    async def put_draft(self, room_id: str, user_id: str, text: str) -> None:
        """Store a member's draft."""
        ...

    async def mark_read(self, room_id: str, user_id: str, seq: int) -> bool:
        """Advance a user's read position to seq; whether it moved."""
        ...

    async def room(self, room_id: str, user_id: str) -> Room | None:
        """The room as it is in this transaction; None for users who are not members."""
        ...

    async def room_views(self, room_id: str, user_ids: Sequence[str]) -> RoomViews | None:
        """The room as each of these users sees it; users who are not members are left out."""
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

    async def keep_run(self, run: Run) -> bool:
        """Change a run in progress; false if it has ended, or its room has been deleted.

        Nobody else can end the run before this transaction does.
        """
        ...

    async def run(self, run_id: str) -> Run | None:
        """The run as it is in this transaction."""
        ...

    async def runs_of(self, question: Message) -> tuple[Run, ...]:
        """All runs that answer a question, as they are in this transaction."""
        ...

    async def receipt(
        self, user_id: str, client_msg_id: str, room_id: str | None = None
    ) -> Receipt | None:
        """The receipt of an earlier request with this id.

        Args:
            room_id: the room that the request is about, which engines may read with it.
        """
        ...

    async def put_receipt(
        self, user_id: str, client_msg_id: str, receipt: Receipt, at: datetime
    ) -> None:
        """Store a receipt."""
        ...


class Store(
    LogReads,
    SessionReads,
    DocumentReads,
    CollectionReads,
    TaskReads,
    AccountReads,
    OAuthReads,
    ApprovalReads,
    Protocol,
):
    """Durable data."""

    @property
    def several_writers(self) -> bool:
        """Whether transactions run at the same time, those of one process included."""
        ...

    def transaction(
        self, on_commit: Callable[[Transaction], None] | None = None
    ) -> AbstractAsyncContextManager[Transaction]:
        """A transaction: commits when the block ends, and rolls back if it raises.

        Args:
            on_commit: called directly after the commit, even if the task is being cancelled.
        """
        ...

    async def user(self, user_id: str) -> User | None:
        """A user."""
        ...

    async def users_named(self, name: str) -> tuple[User, ...]:
        """The users with a name, at most two."""
        ...

    async def instance_id(self) -> str:
        """The random name of this server, which all its nodes share; created at the first use."""
        ...

    async def owner(self) -> User | None:
        """The server's owner, if there is one yet."""
        ...

    async def rooms(
        self, user_id: str, limit: int = MAX_ROOMS, after: str | None = None
    ) -> RoomPage:
        """A page of the user's rooms, latest activity first.

        Args:
            after: `RoomPage.next` of the page before.

        Raises:
            InvalidInput: `after` is not such a value.
        """
        ...

    async def room(self, room_id: str, user_id: str) -> Room | None:
        """A room as a member sees it; None for users who are not members."""
        ...

    async def membership(self, room_id: str, user_id: str) -> RoomMembership | None:
        """A user's membership of a room; None if they are not a member. Cheaper than `room`."""
        ...

    async def some_member_ids(self, room_id: str, limit: int) -> tuple[str, ...]:
        """The ids of at most `limit` members of a room."""
        ...

    async def room_ids(self, user_id: str) -> tuple[str, ...]:
        """The ids of the rooms that a user is a member of."""
        ...

    async def drafts(self, user_id: str) -> dict[str, str]:
        """The user's drafts, by room."""
        ...

    async def search_messages(
        self, user_id: str, query: str, room_id: str | None, before: int | None, limit: int
    ) -> FoundMessages:
        """Messages that have all words of the query, in the user's rooms, newest first.

        The query's last word may be the beginning of one. If nothing matches, words may be
        misspelt. Within one room, a message's place is its seq.

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

    async def receipt(self, user_id: str, client_msg_id: str) -> Receipt | None:
        """The receipt of an earlier request with this id."""
        ...

    async def delete_portion(self) -> bool:
        """Delete some of what is left of large rooms that were deleted; false if nothing is."""
        ...

    async def trim(self, *, keep_events: int, receipts_before: datetime) -> None:
        """Drop old events (advancing each stream's floor) and old receipts."""
        ...

    @property
    def commit_seconds(self) -> Histogram:
        """How long commits took, for the metrics."""
        ...

    async def erase_deleted(self, *, only_words: bool = False) -> None:
        """Overwrite deleted data wherever the database's files still hold it.

        Args:
            only_words: only if the search index may hold words of deleted messages.
        """
        ...

    async def tidy(self) -> None:
        """Do upkeep that is due. Called several times a second; cheap if nothing is due."""
        ...

    async def check(self) -> None:
        """Raise if the store does not work."""
        ...

    async def close(self) -> None:
        """Close all connections."""
        ...
