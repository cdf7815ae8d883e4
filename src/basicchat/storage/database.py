"""The database port: what the SQL store needs of a database engine.

`storage/` holds the statements that are the same in every engine, as SQLAlchemy Core. What differs
is behind this port, implemented once for each engine in a folder of its own (`storage/sqlite/`):
connections and transactions, the few statements with SQL of their own (`SqlDialect`), and the
upkeep of files.

Statements that run often are `Prepared`. They are declared once, at the top of the module that uses
them, and each engine compiles them on first use.
"""

from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import AbstractAsyncContextManager
from typing import Any, Protocol

from sqlalchemy import ColumnElement, Executable, Table

from basicchat.domain.metrics import Histogram
from basicchat.storage.message_tokens import Form

Row = dict[str, Any]
# The maximum number of words of a query.
MAX_TERMS = 32


class SqlDialect(Protocol):
    """Builds the statements that are written differently in each engine."""

    def upsert(
        self,
        table: Table,
        keys: Sequence[str],
        changing: Sequence[str],
        values: Mapping[str, Any] | None = None,
    ) -> Executable:
        """INSERT a row, or if one with the same keys exists, change some of its columns.

        Args:
            keys: the columns of a primary key or a unique constraint.
            changing: the columns to change; if there are none, the existing row stays as it is.
            values: expressions for columns of the new row that are not given as parameters.
        """
        ...

    def any_of(self, column: ColumnElement[str], parameter: str) -> ColumnElement[bool]:
        """A condition: the column equals one of the strings in a parameter, which is a list.

        The statement is the same for any number of strings, so that it is compiled once.
        """
        ...

    def message_search(self, *, one_room: bool) -> Executable:
        """SELECT `data` and `place` of the messages that match, newest first.

        Its parameters: `words` (of `message_query`), `user_id` (only rooms of this member),
        `limit`, `before` (only smaller places) and, for one room, `room_id`. A message's place is
        its seq within one room, and a number that grows with each message over all rooms.
        """
        ...

    def message_query(self, terms: Sequence[Sequence[Form]]) -> str:
        """A full-text query for texts that have one of the forms of each term; at least one."""
        ...

    def put_message_text(self) -> Executable:
        """INSERT the text of a message, or change it.

        Its parameters: `message_id`, `room_id`, `text` and, separated by spaces, `words`.
        """
        ...

    def insertion(self, table: Table) -> tuple[Executable, Callable[[Row], Row]]:
        """INSERT a row of a table as it is in another database.

        Returns:
            the statement, and a function that completes a row with this engine's own columns.
        """
        ...

    def counters_behind_rows(self) -> Sequence[Executable]:
        """Let the keys that the database counts up continue behind the rows that it has."""
        ...

    def message_vocabulary(self) -> Executable:
        """SELECT `term`: words of messages that begin in certain ways.

        They are at least those of messages in the user's rooms. Its parameters: `beginnings`, a
        list of strings; `user_id`; `limit`.
        """
        ...


StatementMaker = Callable[[SqlDialect], Executable]


class Prepared:
    """A statement that runs often, with parameters by name.

    Args:
        statement: a statement without typed results (columns are text, numbers and bytes), or a
            function that makes it for a dialect.

    Attributes:
        compiled: where engines keep the compiled statement, by the engine's name.
    """

    __slots__ = ("_statement", "compiled")

    def __init__(self, statement: Executable | StatementMaker) -> None:
        self._statement = statement
        self.compiled: dict[str, Any] = {}

    def for_dialect(self, dialect: SqlDialect) -> Executable:
        """The statement as this dialect has it."""
        made = self._statement
        return made if isinstance(made, Executable) else made(dialect)


class Result(Protocol):
    """The result of a statement; rows have their columns as attributes."""

    @property
    def rowcount(self) -> int:
        """How many rows it changed."""
        ...

    def first(self) -> Any:
        """The first row, if any."""
        ...

    def all(self) -> Sequence[Any]:
        """All rows."""
        ...

    def scalar(self) -> Any:
        """The first row's first column; None if there is no row."""
        ...

    def scalars(self) -> Any:
        """Every row's first column."""
        ...

    def __iter__(self) -> Iterator[Any]: ...


class Connection(Protocol):
    """Executes statements."""

    async def execute(self, statement: Executable | Prepared, parameters: Any = None) -> Result:
        """Execute a statement; with a list of parameters, once for each of them.

        Raises:
            sqlalchemy.exc.IntegrityError: it would break a constraint.
            sqlalchemy.exc.DBAPIError: it failed for another reason.
        """
        ...


class Database(Protocol):
    """An open database whose schema is up to date."""

    @property
    def dialect(self) -> SqlDialect:
        """Builds the statements that this engine writes differently."""
        ...

    @property
    def reader(self) -> Connection:
        """Executes queries outside transactions, each of which sees what is committed."""
        ...

    @property
    def several_writers(self) -> bool:
        """Whether transactions run at the same time; if not, they wait for each other."""
        ...

    @property
    def commit_seconds(self) -> Histogram:
        """How long commits took."""
        ...

    def transaction(
        self, on_commit: Callable[[], None] | None = None
    ) -> AbstractAsyncContextManager[Connection]:
        """A transaction. Commits when the block ends, rolls back if it raises.

        Args:
            on_commit: called directly after the commit, even if the task is being cancelled.

        Raises:
            UpstreamUnavailable: the database cannot be written to, at least for now.
        """
        ...

    def snapshot(self) -> AbstractAsyncContextManager[Connection]:
        """A connection whose queries all see the database as it was at one moment."""
        ...

    async def changed_elsewhere(self) -> bool:
        """Whether another process has committed something since the last call."""
        ...

    async def erase_deleted(self, *, only_words: bool = False) -> None:
        """Overwrite deleted rows wherever the engine's files still hold them.

        Args:
            only_words: only if `note_deleted_messages` was called since the last time.
        """
        ...

    def note_deleted_messages(self) -> None:
        """Note that messages were deleted, whose words the search index may still hold."""
        ...

    async def tidy(self) -> None:
        """Do upkeep that is due. Called several times a second; cheap if nothing is due."""
        ...

    async def close(self) -> None:
        """Close all connections."""
        ...
