"""Routes a request to its handler: authorises, decodes, charges limits, and maps errors."""

import re
from time import perf_counter
from types import CoroutineType
from typing import Any, get_args, get_type_hints
from uuid import uuid4

import msgspec
import structlog

from basicchat.accounts.permissions import authorise, server
from basicchat.api import methods as methods_package
from basicchat.api.calls import Call, Caller, Method, Services
from basicchat.api.errors import kind_of, to_wire
from basicchat.domain.errors import BasicChatError, InvalidInput
from basicchat.domain.plugins import discover
from basicchat.protocol.codec import (
    Envelope,
    Invalid,
    Request,
    encode_error,
    encode_result,
)
from basicchat.protocol.errors import WireError, wire_error
from basicchat.protocol.jsonrpc import MALFORMED
from basicchat.protocol.types import Params

log = structlog.get_logger(__name__)
_PATH = re.compile(r" - at `\$\.?(?P<path>[^`]*)`$")
_MISSING = re.compile(r"required field `(?P<field>[^`]+)`")
NO_REPLY = b""
# Of the cost of a request, if it repeats one that has been answered.
REPEAT_SHARE = 0.1
# Fields whose values must not appear in errors, which may be shown or logged.
SECRET = {"password", "current", "token", "resume_token", "code"}


def method_table() -> dict[str, Method]:
    """All methods, by name."""
    methods = discover(methods_package.__name__, "basicchat.methods", Method)
    return {method.name: method for method in sorted(methods, key=lambda method: method.name)}


class Router:
    """Answers requests according to the method table."""

    def __init__(self, services: Services) -> None:
        self.services = services
        self.methods = method_table()

    def answer_now(
        self, caller: Caller, request: Request | Invalid, envelope: Envelope
    ) -> bytes | None:
        """Answer an invalid request or an instant method; None if `answer` has to."""
        if isinstance(request, Invalid):
            return self._reject(caller, request, request.error, envelope)
        method = self.methods.get(request.method)
        if method is None:
            hint = "docs/protocol.md lists all methods."
            error = wire_error(
                "unknown_method", f"Unknown message type: {request.method[:100]}", hint=hint
            )
            return self._reject(caller, request, error, envelope)
        if not method.instant:
            return None
        try:
            call = Call(services=self.services, caller=caller)
            params = self._checked(caller, method, request)
            self.services.request_limits.message(caller.budget)
            result = method.handler(call, params)
        except BasicChatError as error:
            self._count(method.name, kind_of(error))
            return _refused(envelope, request, error)
        self._count(method.name, "ok")
        return NO_REPLY if request.notify else encode_result(envelope, request.id, result)

    def _reject(
        self, caller: Caller, request: Request | Invalid, error: WireError, envelope: Envelope
    ) -> bytes:
        """Answer a request that reaches no method; it is charged like any other."""
        try:
            self.services.request_limits.message(caller.budget)
        except BasicChatError as limit:
            error = to_wire(limit)
        self._count("unknown", error.data.kind)
        notify = isinstance(request, Request) and request.notify
        return NO_REPLY if notify else encode_error(envelope, request.id, error)

    def _count(self, method: str, outcome: str) -> None:
        """Count a request answered within the reader; its duration is not measured."""
        self.services.metrics.requests[method, outcome] += 1

    async def answer(self, call: Call, request: Request, envelope: Envelope) -> bytes:
        """Answer a request; raises only if cancelled. A notification gets no bytes."""
        actor = call.caller.actor
        with structlog.contextvars.bound_contextvars(
            request_id=uuid4().hex[:12],
            session_id=actor.session_id if actor else None,
            user_id=actor.user.id if actor else None,
        ):
            try:
                result = await self.call(call, request)
                return NO_REPLY if request.notify else encode_result(envelope, request.id, result)
            # A fault of a handler must not end the connection or the process.
            except Exception as error:  # noqa: BLE001
                return _refused(envelope, request, error)

    async def call(self, call: Call, request: Request) -> Any:
        """Call the method of a request. Raises what the handler raises."""
        began, outcome = perf_counter(), "ok"
        try:
            return await self._carry_out(call, request)
        except BaseException as error:
            outcome = kind_of(error)
            raise
        finally:
            self.services.metrics.request(request.method, outcome, perf_counter() - began)

    async def _carry_out(self, call: Call, request: Request) -> Any:
        method = self.methods[request.method]
        params = self._checked(call.caller, method, request)
        await self._charge(call, method, params)
        if call.caller.actor is not None:
            await self.services.sessions.touch(call.caller.actor.session_id)
        result = method.handler(call, params)
        return await result if isinstance(result, CoroutineType) else result

    def _checked(self, caller: Caller, method: Method, request: Request) -> Any:
        if not method.open:
            actor = caller.require_actor()
            authorise(actor, method.needs, server(actor))
        return decode_params(method, request.params)

    async def _charge(self, call: Call, method: Method, params: Any) -> None:
        """Charge a call; a repeated request costs a fraction, as it costs one read.

        Raises:
            RateLimited: the budget is used up.
        """
        limits, budget = self.services.request_limits, call.caller.budget
        client_msg_id = getattr(params, "client_msg_id", None)
        if client_msg_id is None:
            limits.message(budget, method.weight)
            return
        limits.message(budget, method.weight * REPEAT_SHARE)
        if await self.services.store.receipt(call.actor.user.id, client_msg_id) is None:
            limits.message(budget, method.weight * (1 - REPEAT_SHARE))


def _refused(envelope: Envelope, request: Request, error: Exception) -> bytes:
    wire = to_wire(error)
    return NO_REPLY if request.notify else encode_error(envelope, request.id, wire)


def decode_params(method: Method, raw: msgspec.Raw) -> Any:
    """Decode and check a method's parameters.

    Raises:
        InvalidInput: a field is invalid; the message names it, its value and the allowed values.
    """
    return decode_as(method.params, raw)


def decode_as(kind: type[Params], raw: msgspec.Raw | bytes) -> Any:
    """Decode and check parameters of a kind.

    Raises:
        InvalidInput: a field is invalid; the message names it, its value and the allowed values.
    """
    try:
        return msgspec.json.decode(raw, type=kind)
    except msgspec.ValidationError as error:
        raise _explained(str(error), raw, kind) from error
    except MALFORMED as error:
        raise InvalidInput("The parameters are not valid JSON") from error


def _explained(message: str, raw: msgspec.Raw | bytes, params: type[Params]) -> InvalidInput:
    location = _PATH.search(message)
    path = location["path"] if location else ""
    problem = message[: location.start()] if location else message
    missing = _MISSING.search(problem)
    if missing:
        field = f"{path}.{missing['field']}" if path else missing["field"]
        return InvalidInput(
            f"{field}: is missing", field=field, reason="field_missing", params={"field": field}
        )
    return InvalidInput(
        f"{path or 'params'}: {problem}{_what_came(raw, path)}{_what_is_allowed(params, path)}",
        field=path or None,
    )


def _what_is_allowed(params: type[Params], path: str) -> str:
    """The allowed values of a field, if it is an enumeration."""
    choices = get_args(get_type_hints(params).get(path))
    named = [choice for choice in choices if isinstance(choice, str)]
    return f"; allowed: {', '.join(named)}" if named else ""


def _what_came(raw: msgspec.Raw | bytes, path: str) -> str:
    if path.rpartition(".")[2] in SECRET:
        return ""
    try:
        value: Any = msgspec.json.decode(raw)
        for name in re.findall(r"[^.\[\]]+", path):
            value = value[int(name) if isinstance(value, list) else name]
    except (*MALFORMED, KeyError, TypeError, IndexError, ValueError):
        return ""
    shown = msgspec.json.encode(value).decode()
    return f"; {shown if len(shown) <= 60 else shown[:60] + '…'} came"
