"""Listing and getting prompts: `prompts/*`."""

from collections.abc import Iterable

import mcp_types as types

from basicchat.api.router import Router
from basicchat.domain.errors import InvalidInput
from basicchat.domain.plugins import discover
from basicchat.mcp.features.client_input import InputRequired, request_context
from basicchat.mcp.features.errors import invalid_cursor
from basicchat.mcp.features.prompt_types import PromptDefinition
from basicchat.mcp.features.sdk_context import SdkContext

MAX_ARGUMENT = 20_000


def prompt_definitions() -> list[PromptDefinition]:
    """The prompts of this package and of third parties, by name."""
    found = discover("basicchat.mcp.prompts", "basicchat.mcp_prompts", PromptDefinition)
    return sorted(found, key=lambda definition: definition.name)


class Prompts:
    """All prompts of the server."""

    def __init__(self, router: Router, definitions: Iterable[PromptDefinition]) -> None:
        self._router = router
        self.definitions = {definition.name: definition for definition in definitions}

    async def list(
        self, ctx: SdkContext, params: types.PaginatedRequestParams | None
    ) -> types.ListPromptsResult:
        """All prompts."""
        if params is not None and params.cursor is not None:
            raise invalid_cursor()
        return types.ListPromptsResult(
            prompts=[definition.described() for definition in self.definitions.values()]
        )

    async def get(
        self, ctx: SdkContext, params: types.GetPromptRequestParams
    ) -> types.GetPromptResult | types.InputRequiredResult:
        """The messages of a prompt with its arguments filled in.

        Raises:
            InvalidInput: there is no such prompt, or an argument is missing.
        """
        definition, given = self.definitions.get(params.name), params.arguments or {}
        if definition is None:
            raise InvalidInput(
                f"Unknown prompt: {params.name[:100]}",
                field="name",
                reason="prompt_not_found",
                params={"name": params.name[:100]},
            )
        for argument in definition.arguments:
            value = given.get(argument.name, "")
            if argument.required and not value.strip():
                raise InvalidInput(
                    f"{argument.name}: is missing",
                    field=argument.name,
                    reason="field_missing",
                    params={"field": argument.name},
                )
            if len(value) > MAX_ARGUMENT:
                raise InvalidInput(
                    f"{argument.name}: is longer than {MAX_ARGUMENT} characters",
                    field=argument.name,
                    reason="field_too_long",
                    params={"field": argument.name, "max_length": MAX_ARGUMENT},
                )
        try:
            messages = await definition.make(request_context(self._router, ctx, params), given)
        except InputRequired as needed:
            return needed.result
        return types.GetPromptResult(description=definition.description, messages=list(messages))
