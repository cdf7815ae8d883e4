"""Idempotent requests: each `client_msg_id` is executed once (docs/protocol.md).

A receipt (hash of the request, encoded reply) is written in the transaction that executes the
request. A repetition with the same body gets the stored reply; with another body it conflicts.
"""

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
    """A request to execute at most once: its user, its id, a hash of its body."""

    user_id: str
    client_msg_id: str
    body_hash: str


def claim(call: Call, params: Params, operation: str) -> Claim | None:
    """The claim of a request; None if it has no `client_msg_id`.

    Args:
        operation: distinguishes requests of different methods with equal parameters.
    """
    client_msg_id: str | None = getattr(params, "client_msg_id", None)
    if client_msg_id is None:
        return None
    body = operation.encode() + b" " + msgspec.json.encode(params, order="deterministic")
    return Claim(call.actor.user.id, client_msg_id, hashlib.sha256(body).hexdigest())


async def earlier_reply(call: Call, claim: Claim | None, kind: type[R]) -> R | None:
    """The reply to an earlier request with the same id; None if there was none.

    Raises:
        Conflict: the earlier request had another body.
    """
    if claim is None:
        return None
    receipt = await call.services.store.receipt(claim.user_id, claim.client_msg_id)
    return _decode_reply(receipt, claim, kind)


async def earlier_reply_within(
    change: Transaction, claim: Claim | None, kind: type[R], room_id: str | None = None
) -> R | None:
    """Like `earlier_reply`, within the transaction that would execute the request.

    Args:
        room_id: the room that the request is about, if it is known.
    """
    if claim is None:
        return None
    receipt = await change.receipt(claim.user_id, claim.client_msg_id, room_id)
    return _decode_reply(receipt, claim, kind)


def _decode_reply(receipt: Receipt | None, claim: Claim, kind: type[R]) -> R | None:
    if receipt is None:
        return None
    if receipt.body_hash != claim.body_hash or receipt.reply is None:
        raise Conflict(
            "This client_msg_id was used for something else",
            hint="Give every message an id of its own.",
            reason="request_id_reused",
        )
    return msgspec.json.decode(receipt.reply, type=kind)


async def remember(call: Call, change: Transaction, claim: Claim | None, reply: Value) -> None:
    """Write the receipt, in the transaction that executes the request."""
    if claim is not None:
        receipt = Receipt(body_hash=claim.body_hash, reply=msgspec.json.encode(reply))
        now = call.services.clock.now()
        await change.put_receipt(claim.user_id, claim.client_msg_id, receipt, now)


async def change_once(
    call: Call,
    params: Params,
    operation: str,
    kind: type[R],
    make: Callable[[Transaction], Awaitable[R]],
) -> R:
    """Make a change and write its receipt in one transaction, or return the earlier reply."""
    claimed = claim(call, params, operation)
    async with call.services.hub.change() as change:
        earlier = await earlier_reply_within(change, claimed, kind)
        if earlier is not None:
            return earlier
        reply = await make(change)
        await remember(call, change, claimed, reply)
    return reply


async def do_once(
    call: Call, params: Params, operation: str, kind: type[R], work: Callable[[], Awaitable[R]]
) -> R:
    """Do work outside of the store, and store its reply; concurrent repetitions wait for it."""
    claimed = claim(call, params, operation)
    if claimed is None:
        return await work()
    key = f"receipt:{claimed.user_id}:{claimed.client_msg_id}"
    async with call.services.locks.hold(key):
        earlier = await earlier_reply(call, claimed, kind)
        if earlier is not None:
            return earlier
        reply = await work()
        async with call.services.hub.change() as change:
            await remember(call, change, claimed, reply)
    return reply
