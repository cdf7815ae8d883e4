"""The store's port: what is kept for good, and the transaction that changes it."""

from collections.abc import Sequence
from contextlib import AbstractAsyncContextManager
from datetime import datetime
from typing import Protocol

from basicchat.domain.accounts import AccountReads, AccountWrites
from basicchat.domain.documents import DocumentReads, DocumentWrites
from basicchat.domain.event_log import LogReads, LogWrites
from basicchat.domain.events import Position
from basicchat.domain.metrics import Spread
from basicchat.domain.oauth import OAuthReads, OAuthWrites
from basicchat.domain.room_views import RoomViews
from basicchat.domain.sessions import SessionReads, SessionWrites
from basicchat.domain.tasks import TaskReads, TaskWrites
from basicchat.domain.values import (
    Member,
    Message,
    Room,
    RoomMembership,
    RoomRole,
    Run,
    User,
    Value,
)


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


class Transaction(
    LogWrites, SessionWrites, DocumentWrites, TaskWrites, AccountWrites, OAuthWrites, Protocol
):
    """Changes that become visible together, with the events that tell of them."""

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
        """Delete a room and all that is in it."""
        ...

    async def put_member(self, room_id: str, user_id: str, role: RoomRole) -> None:
        """Add a member or change their role."""
        ...

    async def remove_member(self, room_id: str, user_id: str) -> None:
        """Let a user be no member any more."""
        ...

    async def membership(self, room_id: str, user_id: str) -> RoomMembership | None:
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

    async def receipt(self, user_id: str, client_msg_id: str) -> Receipt | None:
        """What was answered to this id before."""
        ...

    async def put_receipt(
        self, user_id: str, client_msg_id: str, receipt: Receipt, at: datetime
    ) -> None:
        """Remember an answer."""
        ...


class Store(LogReads, SessionReads, DocumentReads, TaskReads, AccountReads, OAuthReads, Protocol):
    """What is kept for good."""

    @property
    def several_writers(self) -> bool:
        """Whether transactions of several processes, or of one, can run at the same time.

        Their events may then be delivered in another order than they were numbered in.
        """
        ...

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

    async def rooms(self, user_id: str) -> tuple[Room, ...]:
        """The user's rooms, latest activity first, at most 1000."""
        ...

    async def room(self, room_id: str, user_id: str) -> Room | None:
        """A room as a member sees it; None for anyone else."""
        ...

    async def membership(self, room_id: str, user_id: str) -> RoomMembership | None:
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

    async def receipt(self, user_id: str, client_msg_id: str) -> Receipt | None:
        """What was answered to this id before."""
        ...

    async def trim(self, *, keep_events: int, receipts_before: datetime) -> None:
        """Drop old events (advancing each stream's floor) and old receipts."""
        ...

    @property
    def commit_seconds(self) -> Spread:
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
