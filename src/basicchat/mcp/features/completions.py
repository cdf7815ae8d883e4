"""Completing arguments while a user types: `completion/complete`."""

from collections.abc import Sequence

import mcp_types as types

from basicchat.api.router import Router
from basicchat.domain.errors import InvalidInput, NotFound
from basicchat.mcp.features.client_input import request_context
from basicchat.mcp.features.prompts import Prompts
from basicchat.mcp.features.request_context import RequestContext
from basicchat.mcp.features.resource_types import ResourceTable
from basicchat.mcp.features.sdk_context import SdkContext
from basicchat.mcp.features.suggestions import MAX_VALUES


class Completions:
    """Completes arguments of prompts and variables of resource templates."""

    def __init__(self, router: Router, prompts: Prompts, resources: ResourceTable) -> None:
        self._router = router
        self._prompts = prompts
        self._resources = resources

    async def complete(
        self, ctx: SdkContext, params: types.CompleteRequestParams
    ) -> types.CompleteResult:
        """At most 100 values; none for what the caller may not see."""
        context = request_context(self._router, ctx)
        try:
            found = list(dict.fromkeys(await self._values(context, params)))
        except NotFound:
            found = []
        return types.CompleteResult(
            completion=types.Completion(
                values=found[:MAX_VALUES], total=len(found), has_more=len(found) > MAX_VALUES
            )
        )

    async def _values(
        self, context: RequestContext, params: types.CompleteRequestParams
    ) -> Sequence[str]:
        name, typed = params.argument.name, params.argument.value
        known = (params.context.arguments if params.context else None) or {}
        if isinstance(params.ref, types.PromptReference):
            return await self._of_prompt(context, params.ref.name, name, typed)
        for definition in self._resources.definitions:
            if definition.template == params.ref.uri:
                return await definition.complete(context, name, typed, known)
        raise _unknown_ref("template")

    async def _of_prompt(
        self, context: RequestContext, prompt: str, name: str, typed: str
    ) -> Sequence[str]:
        definition = self._prompts.definitions.get(prompt)
        if definition is None:
            raise _unknown_ref("prompt")
        for argument in definition.arguments:
            if argument.name == name and argument.complete is not None:
                return await argument.complete(context, typed)
        return ()


def _unknown_ref(kind: str) -> InvalidInput:
    return InvalidInput(
        f"ref: there is no such {kind}",
        field="ref",
        reason="resource_not_found",
        params={"resource": kind},
    )
