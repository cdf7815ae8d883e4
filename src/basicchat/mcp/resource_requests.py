"""Listing resources and reading them: `resources/*`."""

import base64
import binascii
from collections.abc import Iterable, Sequence

import mcp_types as types
import msgspec
from mcp.shared.exceptions import MCPError

from basicchat.api.router import Router
from basicchat.domain.errors import InvalidInput, NotFound
from basicchat.domain.plugins import discover
from basicchat.mcp.clients import InputNeeded, is_modern
from basicchat.mcp.context import Context
from basicchat.mcp.resource_offers import ResourceOffer, Variables
from basicchat.mcp.visits import visit_of

# Until 2025-11-25 (server/resources, Error Handling); later it is one of wrong parameters.
LEGACY_NOT_FOUND = -32002


def resource_kinds() -> list[ResourceOffer]:
    """The kinds of resources of this package and of third parties, by name."""
    found = discover("basicchat.mcp.resources", "basicchat.mcp_resources", ResourceOffer)
    return sorted(found, key=lambda offer: offer.name)


class Resources:
    """All resources of the server.

    Args:
        offers: their kinds; of two that match an address, the first is meant.
    """

    def __init__(self, router: Router, offers: Iterable[ResourceOffer]) -> None:
        self._router = router
        self.offers: Sequence[ResourceOffer] = tuple(offers)

    def find(self, uri: str) -> tuple[ResourceOffer, Variables] | None:
        """What an address means."""
        for offer in self.offers:
            variables = offer.match(uri)
            if variables is not None:
                return offer, variables
        return None

    async def list(
        self, ctx: Context, params: types.PaginatedRequestParams | None
    ) -> types.ListResourcesResult:
        """The resources that the caller may read, one kind behind the other. Few of them fit on one
        page, which is all that some clients ask for."""
        visit = visit_of(self._router, ctx)
        number, after = _place(params.cursor if params else None)
        if number >= len(self.offers):
            raise _bad_cursor()
        shown: list[types.Resource] = []
        while number < len(self.offers):
            found, after = await self.offers[number].page(visit, after)
            shown += found
            if after is not None:
                cursor = _cursor(number, after)
                return types.ListResourcesResult(resources=shown, next_cursor=cursor)
            number += 1
        return types.ListResourcesResult(resources=shown)

    async def templates(
        self, ctx: Context, params: types.PaginatedRequestParams | None
    ) -> types.ListResourceTemplatesResult:
        """The kinds of addresses."""
        if params is not None and params.cursor is not None:
            raise _bad_cursor()
        found = [offer.described() for offer in self.offers if offer.is_template]
        return types.ListResourceTemplatesResult(resource_templates=found)

    async def read(
        self, ctx: Context, params: types.ReadResourceRequestParams
    ) -> types.ReadResourceResult | types.InputRequiredResult:
        """A resource's contents.

        Raises:
            MCPError: there is no such resource, for this caller.
        """
        found = self.find(params.uri)
        if found is None:
            raise not_found(ctx, params.uri)
        offer, variables = found
        try:
            contents = await offer.read(visit_of(self._router, ctx, params), variables)
        except NotFound as error:
            raise not_found(ctx, params.uri) from error
        except InputNeeded as needed:
            return needed.result
        return types.ReadResourceResult(contents=list(contents))


def not_found(ctx: Context, uri: str) -> MCPError:
    """The error for an address that there is nothing at, as each era has it."""
    code = types.INVALID_PARAMS if is_modern(ctx.protocol_version) else LEGACY_NOT_FOUND
    return MCPError(code, "Resource not found", {"uri": uri})


def _cursor(number: int, after: str | None) -> str:
    return base64.urlsafe_b64encode(msgspec.json.encode([number, after])).decode()


def _place(cursor: str | None) -> tuple[int, str | None]:
    if cursor is None:
        return 0, None
    try:
        raw = base64.urlsafe_b64decode(cursor.encode())
        number, after = msgspec.json.decode(raw, type=tuple[int, str | None])
    except (binascii.Error, msgspec.MsgspecError, ValueError) as wrong:
        raise _bad_cursor() from wrong
    if number < 0:
        raise _bad_cursor()
    return number, after


def _bad_cursor() -> InvalidInput:
    return InvalidInput("cursor: it does not hold", field="cursor", hint="Begin without one.")
