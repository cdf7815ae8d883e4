"""What was answered to a `client_msg_id`: the same request is carried out once (PROTOCOL 5.2)."""

import hashlib
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from typing import TypeVar

import msgspec

from basicchat.api.calls import Call
from basicchat.domain.errors import Conflict
from basicchat.domain.store import Receipt, Transaction
from basicchat.domain.values import Value
from basicchat.protocol.types import Params

R = TypeVar("R", bound=Value)


@dataclass(frozen=True)
class Claim:
    """A request that wants to be carried out once: whose it is, its id, and what it asks for."""

    user_id: str
    client_msg_id: str
    body_hash: str


def claim(call: Call, params: Params, what: str) -> Claim | None:
    """The claim of a request, if it has a `client_msg_id`.

    Args:
        what: requests of different meaning with equal parameters are told apart by it.
    """
    client_msg_id: str | None = getattr(params, "client_msg_id", None)
    if client_msg_id is None:
        return None
    body = what.encode() + b" " + msgspec.json.encode(params, order="deterministic")
    return Claim(call.actor.user.id, client_msg_id, hashlib.sha256(body).hexdigest())


async def before(call: Call, claimed: Claim | None, kind: type[R]) -> R | None:
    """What was answered to this before, if it came before.

    Raises:
        Conflict: the id came with another body.
    """
    if claimed is None:
        return None
    receipt = await call.services.store.receipt(claimed.user_id, claimed.client_msg_id)
    return _reply_of(receipt, claimed, kind)


async def before_within(change: Transaction, claimed: Claim | None, kind: type[R]) -> R | None:
    """The same, within the change that would carry it out."""
    if claimed is None:
        return None
    receipt = await change.receipt(claimed.user_id, claimed.client_msg_id)
    return _reply_of(receipt, claimed, kind)


def _reply_of(receipt: Receipt | None, claimed: Claim, kind: type[R]) -> R | None:
    if receipt is None:
        return None
    if receipt.body_hash != claimed.body_hash or receipt.reply is None:
        raise Conflict(
            "This client_msg_id was used for something else",
            hint="Give every message an id of its own.",
        )
    return msgspec.json.decode(receipt.reply, type=kind)


async def remember(call: Call, change: Transaction, claimed: Claim | None, reply: Value) -> None:
    """Keep the answer, in the change that it answers to."""
    if claimed is not None:
        receipt = Receipt(body_hash=claimed.body_hash, reply=msgspec.json.encode(reply))
        now = call.services.clock.now()
        await change.put_receipt(claimed.user_id, claimed.client_msg_id, receipt, now)


async def changed_once(
    call: Call,
    params: Params,
    what: str,
    kind: type[R],
    make: Callable[[Transaction], Awaitable[R]],
) -> R:
    """Make a change with its receipt in one transaction, or find its answer."""
    claimed = claim(call, params, what)
    async with call.services.hub.change() as change:
        known = await before_within(change, claimed, kind)
        if known is not None:
            return known
        reply = await make(change)
        await remember(call, change, claimed, reply)
    return reply


async def done_once(
    call: Call, params: Params, what: str, kind: type[R], work: Callable[[], Awaitable[R]]
) -> R:
    """Do what is no change of the store, and keep its answer; twins wait for each other."""
    claimed = claim(call, params, what)
    if claimed is None:
        return await work()
    async with call.services.once.at_a_time(claimed.user_id, claimed.client_msg_id):
        known = await before(call, claimed, kind)
        if known is not None:
            return known
        reply = await work()
        async with call.services.hub.change() as change:
            await remember(call, change, claimed, reply)
    return reply
