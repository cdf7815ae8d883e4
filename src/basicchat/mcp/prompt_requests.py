"""Listing prompts and getting them: `prompts/*`."""

from collections.abc import Iterable

import mcp_types as types

from basicchat.api.router import Router
from basicchat.domain.errors import InvalidInput
from basicchat.domain.plugins import discover
from basicchat.mcp.clients import InputNeeded
from basicchat.mcp.context import Context
from basicchat.mcp.prompt_offers import PromptOffer
from basicchat.mcp.visits import visit_of

MAX_ARGUMENT = 20_000


def prompt_list() -> list[PromptOffer]:
    """The prompts of this package and of third parties, by name."""
    found = discover("basicchat.mcp.prompts", "basicchat.mcp_prompts", PromptOffer)
    return sorted(found, key=lambda offer: offer.name)


class Prompts:
    """All prompts of the server."""

    def __init__(self, router: Router, offers: Iterable[PromptOffer]) -> None:
        self._router = router
        self.offers = {offer.name: offer for offer in offers}

    async def list(
        self, ctx: Context, params: types.PaginatedRequestParams | None
    ) -> types.ListPromptsResult:
        """All prompts."""
        if params is not None and params.cursor is not None:
            raise InvalidInput("cursor: it does not hold", field="cursor")
        return types.ListPromptsResult(
            prompts=[offer.described() for offer in self.offers.values()]
        )

    async def get(
        self, ctx: Context, params: types.GetPromptRequestParams
    ) -> types.GetPromptResult | types.InputRequiredResult:
        """A prompt with its arguments filled in.

        Raises:
            InvalidInput: there is no such prompt, or an argument is missing.
        """
        offer, given = self.offers.get(params.name), params.arguments or {}
        if offer is None:
            raise InvalidInput(f"Unknown prompt: {params.name[:100]}", field="name")
        for argument in offer.arguments:
            value = given.get(argument.name, "")
            if argument.required and not value.strip():
                raise InvalidInput(f"{argument.name}: is missing", field=argument.name)
            if len(value) > MAX_ARGUMENT:
                raise InvalidInput(f"{argument.name}: is too long", field=argument.name)
        try:
            messages = await offer.make(visit_of(self._router, ctx, params), given)
        except InputNeeded as needed:
            return needed.result
        return types.GetPromptResult(description=offer.description, messages=list(messages))
