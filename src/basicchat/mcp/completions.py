"""Values for what somebody is typing: `completion/complete`."""

from collections.abc import Sequence

import mcp_types as types

from basicchat.api.router import Router
from basicchat.domain.errors import InvalidInput, NotFound
from basicchat.mcp.context import Context
from basicchat.mcp.prompt_requests import Prompts
from basicchat.mcp.resource_requests import Resources
from basicchat.mcp.suggestions import MAX_VALUES
from basicchat.mcp.visits import Visit, visit_of


class Completions:
    """Completes arguments of prompts and variables of templates."""

    def __init__(self, router: Router, prompts: Prompts, resources: Resources) -> None:
        self._router = router
        self._prompts = prompts
        self._resources = resources

    async def complete(
        self, ctx: Context, params: types.CompleteRequestParams
    ) -> types.CompleteResult:
        """At most 100 values; of what the caller may not see there are none."""
        visit = visit_of(self._router, ctx)
        try:
            found = list(dict.fromkeys(await self._values(visit, params)))
        except NotFound:
            found = []
        return types.CompleteResult(
            completion=types.Completion(
                values=found[:MAX_VALUES], total=len(found), has_more=len(found) > MAX_VALUES
            )
        )

    async def _values(self, visit: Visit, params: types.CompleteRequestParams) -> Sequence[str]:
        name, typed = params.argument.name, params.argument.value
        known = (params.context.arguments if params.context else None) or {}
        if isinstance(params.ref, types.PromptReference):
            return await self._of_prompt(visit, params.ref.name, name, typed)
        for offer in self._resources.offers:
            if offer.template == params.ref.uri:
                return await offer.complete(visit, name, typed, known)
        raise InvalidInput("ref: there is no such template", field="ref")

    async def _of_prompt(self, visit: Visit, prompt: str, name: str, typed: str) -> Sequence[str]:
        offer = self._prompts.offers.get(prompt)
        if offer is None:
            raise InvalidInput("ref: there is no such prompt", field="ref")
        for argument in offer.arguments:
            if argument.name == name and argument.complete is not None:
                return await argument.complete(visit, typed)
        return ()
