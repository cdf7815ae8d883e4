"""Requests for a client's input during one of its requests: from its user, its model, its roots.

The eras differ in how this works. Until 2025-11-25 the server sends a request of its own. Since
2026-07-28 the result names the required input, and the client sends its request again with the
answers. Tools need not know which era applies.
"""

from collections.abc import Collection, Mapping
from typing import Any

import jsonschema
import mcp_types as types
import msgspec
from mcp.shared.exceptions import MCPError
from mcp.shared.message import ServerMessageMetadata
from pydantic import BaseModel, TypeAdapter, ValidationError

from basicchat.api.router import Router
from basicchat.domain.errors import InvalidInput, UpstreamUnavailable
from basicchat.mcp.features.request_context import InputResponses, RequestContext
from basicchat.mcp.features.sdk_context import SdkContext, caller_of, is_modern

_RESULTS: dict[str, type[BaseModel]] = {
    "elicitation/create": types.ElicitResult,
    "sampling/createMessage": types.CreateMessageResult,
    "roots/list": types.ListRootsResult,
}
# The methods by which a client can be asked.
ASKABLE = tuple(_RESULTS)
_CAPABILITY = {
    "elicitation/create": "elicitation",
    "sampling/createMessage": "sampling",
    "roots/list": "roots",
}
CLIENT_ANSWER_SECONDS = 600.0
_answers: TypeAdapter[dict[str, types.InputResponse]] = TypeAdapter(dict[str, types.InputResponse])


class InputRequired(Exception):
    """The request ends here; the client has to send it again with the answers."""

    def __init__(self, result: types.InputRequiredResult) -> None:
        super().__init__("input needed")
        self.result = result


def capability_for(method: str) -> dict[str, Any]:
    """The capability that a client needs to answer requests of a method."""
    return {_CAPABILITY[method]: {}}


class NoClient:
    """The client of a tool call that never asks for input."""

    def supports(self, method: str) -> bool:
        """Always false."""
        return False

    def asked(self) -> Collection[str]:
        """Always empty."""
        return ()

    async def ask(self, requests: Mapping[str, types.InputRequest]) -> InputResponses:
        """Refuse. Raises MCPError."""
        raise missing_capability(capability_for(next(iter(requests.values())).method))


NO_CLIENT = NoClient()


class LiveClient:
    """A client that is waiting for the response to its request."""

    def __init__(self, ctx: SdkContext, params: BaseModel | None = None) -> None:
        self._ctx = ctx
        self._params = params if isinstance(params, types.InputResponseRequestParams) else None

    def supports(self, method: str) -> bool:
        """Whether the client declared the capability."""
        declared = self._ctx.session.client_capabilities
        found = None if declared is None else getattr(declared, _CAPABILITY[method])
        return _fills_forms(found) if method == "elicitation/create" else found is not None

    def asked(self) -> Collection[str]:
        """The keys of the questions to which this request, sent again, has the answers."""
        return self._state().asked if is_modern(self._ctx.protocol_version) else ()

    async def ask(self, requests: Mapping[str, types.InputRequest]) -> InputResponses:
        """The client's answers; see `ClientInput`."""
        for request in requests.values():
            if not self.supports(request.method):
                raise missing_capability(capability_for(request.method))
        if is_modern(self._ctx.protocol_version):
            return self._answered(requests)
        answers = {key: await self._send(request) for key, request in requests.items()}
        for key, request in requests.items():
            if not fits(request, answers[key]):
                raise unfit_answer(key)
        return answers

    async def _send(self, request: types.InputRequest) -> BaseModel:
        related = ServerMessageMetadata(related_request_id=self._ctx.request_id)
        try:
            return await self._ctx.session.send_request(
                request, _RESULTS[request.method], CLIENT_ANSWER_SECONDS, related
            )
        except (MCPError, ValidationError) as error:
            raise UpstreamUnavailable(
                f"The client did not answer {request.method}",
                provider="client",
                reason="client_input_missing",
                params={"method": request.method},
            ) from error

    def _state(self) -> "_State":
        given = self._params
        if given is None or not given.request_state:
            return _State()
        return msgspec.json.decode(given.request_state, type=_State)

    def _answered(self, requests: Mapping[str, types.InputRequest]) -> InputResponses:
        """The answers in this request and in the earlier ones. Raises InputRequired."""
        given, state = self._params, self._state()
        known: InputResponses = dict(_answers.validate_python(state.answers))
        if given is not None and given.input_responses:
            # Answers without a state belong to the first round, which a client may anticipate.
            asked_for = state.asked if given.request_state else requests
            known |= {key: each for key, each in given.input_responses.items() if key in asked_for}
        missing = {
            key: request
            for key, request in requests.items()
            if key not in known or not fits(request, known[key])
        }
        if not missing:
            return {key: known[key] for key in requests}
        kept = {key: _dumped(each) for key, each in known.items() if key not in missing}
        asked = msgspec.json.encode(_State(asked=list(missing), answers=kept)).decode()
        raise InputRequired(types.InputRequiredResult(input_requests=missing, request_state=asked))


class _State(msgspec.Struct):
    """The sealed state that a client sends back: the last questions, and all earlier answers."""

    asked: list[str] = []
    answers: dict[str, Any] = {}


def _fills_forms(declared: types.ElicitationCapability | None) -> bool:
    """Whether the client supports form elicitation, the only mode used here.

    A client that names no mode supports forms (2025-11-25, client/elicitation, "Capabilities").
    """
    if declared is None:
        return False
    return declared.form is not None or declared.url is None


def fits(request: types.InputRequest, answer: BaseModel) -> bool:
    """Whether an answer has the right type, and a form is filled in according to its schema."""
    if not isinstance(answer, _RESULTS[request.method]):
        return False
    if not isinstance(answer, types.ElicitResult) or answer.action != "accept":
        return True
    params = request.params
    if not isinstance(params, types.ElicitRequestFormParams):
        return True
    return bool(jsonschema.Draft202012Validator(params.requested_schema).is_valid(answer.content))


def unfit_answer(key: str) -> InvalidInput:
    """The error for an answer that does not fit its question."""
    return InvalidInput(
        f"{key}: the answer does not fit the question",
        field=key,
        reason="client_input_invalid",
        params={"field": key},
    )


def _dumped(answer: BaseModel) -> dict[str, Any]:
    return answer.model_dump(by_alias=True, mode="json", exclude_none=True)


def missing_capability(capabilities: dict[str, Any]) -> MCPError:
    """The error for a client that did not declare a capability that its request needs."""
    return MCPError(
        types.MISSING_REQUIRED_CLIENT_CAPABILITY,
        "Missing required client capability",
        {"requiredCapabilities": capabilities},
    )


def request_context(
    router: Router, ctx: SdkContext, params: BaseModel | None = None, *, charged: bool = True
) -> RequestContext:
    """The context of a request whose client is waiting for the response."""
    client = LiveClient(ctx, params)
    return RequestContext(router, caller_of(ctx), client, sdk_context=lambda: ctx, charged=charged)
