"""Input for tasks: clients see the questions by `tasks/get`, and answer by `tasks/update`."""

import asyncio
import secrets
from collections.abc import Callable, Collection, Mapping
from typing import Any

import mcp_types as types
from pydantic import TypeAdapter, ValidationError

from basicchat.domain.errors import InvalidInput
from basicchat.mcp.features.client_input import (
    CLIENT_ANSWER_SECONDS,
    capability_for,
    fits,
    missing_capability,
    unfit_answer,
)
from basicchat.mcp.features.request_context import InputResponses

_answer: TypeAdapter[types.InputResponse] = TypeAdapter(types.InputResponse)


class TaskClient:
    """The client of a task, which polls it.

    Args:
        methods: the requests that it can answer, as it declared when it started the task.
        changed: called when the questions change.
    """

    def __init__(self, methods: Collection[str], changed: Callable[[], None]) -> None:
        self._methods = frozenset(methods)
        self._changed = changed
        self._open: dict[str, tuple[types.InputRequest, asyncio.Future[types.InputResponse]]] = {}

    def supports(self, method: str) -> bool:
        """Whether the client declared the capability."""
        return method in self._methods

    def asked(self) -> Collection[str]:
        """Always empty: a task is not sent again."""
        return ()

    async def ask(self, requests: Mapping[str, types.InputRequest]) -> InputResponses:
        """The client's answers, once all have been sent.

        Raises:
            InvalidInput: they were not sent in time.
            MCPError: the client cannot answer these.
        """
        for request in requests.values():
            if not self.supports(request.method):
                raise missing_capability(capability_for(request.method))
        loop = asyncio.get_running_loop()
        # A key names one question during the whole life of a task, including restarts.
        keys = {f"{name}-{secrets.token_hex(4)}": name for name in requests}
        futures: dict[str, asyncio.Future[types.InputResponse]] = {
            key: loop.create_future() for key in keys
        }
        self._open |= {key: (requests[name], futures[key]) for key, name in keys.items()}
        self._changed()
        try:
            async with asyncio.timeout(CLIENT_ANSWER_SECONDS):
                await asyncio.gather(*futures.values())
        except TimeoutError as late:
            raise InvalidInput(
                "The task's question was not answered in time",
                reason="client_input_missing",
                params={"method": next(iter(requests.values())).method},
            ) from late
        finally:
            for key in keys:
                self._open.pop(key, None)
            self._changed()
        return {name: futures[key].result() for key, name in keys.items()}

    def questions(self) -> dict[str, Any]:
        """The open questions, in wire format."""
        return {
            key: request.model_dump(by_alias=True, mode="json", exclude_none=True)
            for key, (request, answer) in self._open.items()
            if not answer.done()
        }

    def answer(self, responses: Mapping[str, Any]) -> None:
        """Accept answers; those without an open question are ignored.

        Raises:
            InvalidInput: an answer does not fit its question.
        """
        given: dict[str, types.InputResponse] = {}
        for key, response in responses.items():
            if key not in self._open or self._open[key][1].done():
                continue
            try:
                answer = _answer.validate_python(response)
            except ValidationError as wrong:
                raise unfit_answer(key) from wrong
            if not fits(self._open[key][0], answer):
                raise unfit_answer(key)
            given[key] = answer
        for key, answer in given.items():
            self._open[key][1].set_result(answer)
