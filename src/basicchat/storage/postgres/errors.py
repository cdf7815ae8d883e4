"""Translates PostgreSQL's errors: for callers that expect SQLAlchemy's, and for users."""

import asyncpg
from sqlalchemy.exc import DBAPIError, IntegrityError, ProgrammingError

from basicchat.domain.errors import DatabaseBusy, DatabaseUnavailable, StorageFull

_INTEGRITY = "23"
_FULL = frozenset({"53100"})
# Another transaction was preferred, or a lock was not released in time: a repetition can succeed.
_BUSY = frozenset({"40001", "40P01", "55P03", "57014"})
# The server stops, starts, has ended this connection or accepts no more of them. 25P03 and 57P05
# are its timeouts of idle sessions, 25006 a server that became a standby.
_GONE = frozenset({"57P01", "57P02", "57P03", "57P05", "53300", "25P03", "25006"})
_CONNECTION = "08"
# asyncpg's internal error is that of a connection which the server has just ended.
LOST = (
    asyncpg.PostgresConnectionError,
    asyncpg.InterfaceError,
    asyncpg.InternalClientError,
    OSError,
)


def translated(error: BaseException, sql: str = "") -> BaseException:
    """An error as `storage.database.Connection` raises it, without the parameters."""
    if isinstance(error, TimeoutError):
        return DatabaseBusy()
    if isinstance(error, asyncpg.PostgresError) and not is_lost(error):
        return _of_server(error, sql)
    return DatabaseUnavailable() if is_lost(error) else error


def _of_server(error: asyncpg.PostgresError, sql: str) -> BaseException:
    code = error.sqlstate or ""
    if code in _FULL:
        return StorageFull()
    if code in _BUSY:
        return DatabaseBusy()
    kind = IntegrityError if code.startswith(_INTEGRITY) else DBAPIError
    # The details name values of the row; the message does not.
    plain = type(error)(error.args[0]) if error.args else error
    if code == "42601":
        kind = ProgrammingError
    return kind(sql, None, plain, hide_parameters=True)


def is_lost(error: BaseException) -> bool:
    """Whether the connection was lost, so that another one may work."""
    if isinstance(error, asyncpg.PostgresError):
        code = error.sqlstate or ""
        return code in _GONE or code.startswith(_CONNECTION)
    # asyncpg raises values that it cannot encode as errors of its interface, too.
    return isinstance(error, LOST) and not isinstance(error, TimeoutError | ValueError)
