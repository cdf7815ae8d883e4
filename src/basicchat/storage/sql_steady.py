"""Lets no cancellation cut a statement or a commit in half.

A cancelled `await` of the driver leaves its thread at work: the lock stays taken until the broken
connection is closed, and a commit may have happened that its caller never hears of. So work on
the writing connection is always carried to its end, and the cancellation follows behind it.
"""

import asyncio
from collections.abc import Coroutine
from typing import Any, Protocol, TypeVar

from sqlalchemy import CursorResult, Executable
from sqlalchemy.ext.asyncio import AsyncConnection

T = TypeVar("T")


class Executes(Protocol):
    """The part of a connection that queries need."""

    async def execute(self, statement: Executable, parameters: Any = None) -> CursorResult[Any]:
        """Carry a statement out."""
        ...


async def _end(work: Coroutine[Any, Any, T]) -> tuple[T, bool]:
    """Await work to its end; returns its result, and whether the caller was cancelled."""
    task = asyncio.ensure_future(work)
    cancelled = False
    while not task.done():
        try:
            await asyncio.shield(task)
        except asyncio.CancelledError:
            if task.cancelled():
                raise
            cancelled = True
    return task.result(), cancelled


async def settled(work: Coroutine[Any, Any, T]) -> T:
    """Await work to its end, and only then be cancelled, if that was asked for meanwhile.

    Raises:
        asyncio.CancelledError: the caller was cancelled; the work is done nevertheless.
    """
    result, cancelled = await _end(work)
    if cancelled:
        raise asyncio.CancelledError
    return result


async def certain(work: Coroutine[Any, Any, T]) -> T:
    """Await work to its end and return; a cancellation meanwhile comes at the next `await`.

    So what depends on the work, and does not wait itself, is done before the caller ends.
    """
    result, cancelled = await _end(work)
    task = asyncio.current_task()
    if cancelled and task is not None:
        task.uncancel()
        task.cancel()
    return result


class SteadyConnection:
    """A connection whose statements are never cut off."""

    def __init__(self, connection: AsyncConnection) -> None:
        self._connection = connection

    async def execute(self, statement: Executable, parameters: Any = None) -> CursorResult[Any]:
        """Carry a statement out to its end."""
        return await settled(self._connection.execute(statement, parameters))
