"""Input that a task waits for: asked through `tasks/get`, answered through `tasks/update`."""

import asyncio
import secrets
from collections.abc import Callable, Collection, Mapping
from typing import Any

import mcp_types as types
from pydantic import TypeAdapter, ValidationError

from basicchat.domain.errors import InvalidInput
from basicchat.mcp.features.client_input import ANSWER_SECONDS, fits, missing_capability, needed_for
from basicchat.mcp.features.request_context import InputResponses

_answer: TypeAdapter[types.InputResponse] = TypeAdapter(types.InputResponse)


class TaskClient:
    """The client of a task, which looks in from time to time.

    Args:
        methods: what it can answer, as it declared when it asked for the task.
        changed: called when the task begins to wait, or waits no more.
    """

    def __init__(self, methods: Collection[str], changed: Callable[[], None]) -> None:
        self._methods = frozenset(methods)
        self._changed = changed
        self._open: dict[str, tuple[types.InputRequest, asyncio.Future[types.InputResponse]]] = {}

    def supports(self, method: str) -> bool:
        """Whether it declared the capability."""
        return method in self._methods

    async def ask(self, requests: Mapping[str, types.InputRequest]) -> InputResponses:
        """Its answers, once all have come.

        Raises:
            InvalidInput: they did not come in time.
            MCPError: it cannot answer these.
        """
        for request in requests.values():
            if not self.supports(request.method):
                raise missing_capability(needed_for(request.method))
        loop = asyncio.get_running_loop()
        # A key means one question in all the life of a task, also when that is begun again.
        keys = {f"{name}-{secrets.token_hex(4)}": name for name in requests}
        futures: dict[str, asyncio.Future[types.InputResponse]] = {
            key: loop.create_future() for key in keys
        }
        self._open |= {key: (requests[name], futures[key]) for key, name in keys.items()}
        self._changed()
        try:
            async with asyncio.timeout(ANSWER_SECONDS):
                await asyncio.gather(*futures.values())
        except TimeoutError as late:
            raise InvalidInput("Nobody answered what was asked") from late
        finally:
            for key in keys:
                self._open.pop(key, None)
            self._changed()
        return {name: futures[key].result() for key, name in keys.items()}

    def questions(self) -> dict[str, Any]:
        """What is still to be answered, as it goes over the wire."""
        return {
            key: request.model_dump(by_alias=True, mode="json", exclude_none=True)
            for key, (request, answer) in self._open.items()
            if not answer.done()
        }

    def answer(self, responses: Mapping[str, Any]) -> None:
        """Take answers; those to nothing that is open are ignored.

        Raises:
            InvalidInput: one is not what was asked for.
        """
        given: dict[str, types.InputResponse] = {}
        for key, response in responses.items():
            if key not in self._open or self._open[key][1].done():
                continue
            try:
                answer = _answer.validate_python(response)
            except ValidationError as wrong:
                raise InvalidInput(f"{key}: that is no answer", field=key) from wrong
            if not fits(self._open[key][0], answer):
                raise InvalidInput(f"{key}: the answer is not as it was asked for", field=key)
            given[key] = answer
        for key, answer in given.items():
            self._open[key][1].set_result(answer)
