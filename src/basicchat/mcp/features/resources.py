"""Listing and reading resources: `resources/*`."""

import base64
import binascii

import mcp_types as types
import msgspec
from mcp.shared.exceptions import MCPError

from basicchat.api.router import Router
from basicchat.domain.errors import NotFound
from basicchat.domain.plugins import discover
from basicchat.mcp.features.client_input import InputRequired, request_context
from basicchat.mcp.features.errors import invalid_cursor
from basicchat.mcp.features.resource_types import ResourceDefinition, ResourceTable
from basicchat.mcp.features.sdk_context import SdkContext, is_modern

# Until 2025-11-25 (server/resources, "Error Handling"); since then it is INVALID_PARAMS.
LEGACY_NOT_FOUND = -32002


def resource_definitions() -> list[ResourceDefinition]:
    """The kinds of resources of this package and of third parties, by name."""
    found = discover("basicchat.mcp.resources", "basicchat.mcp_resources", ResourceDefinition)
    return sorted(found, key=lambda definition: definition.name)


class Resources:
    """Handles `resources/list`, `resources/templates/list` and `resources/read`."""

    def __init__(self, router: Router, table: ResourceTable) -> None:
        self._router = router
        self._table = table

    async def list(
        self, ctx: SdkContext, params: types.PaginatedRequestParams | None
    ) -> types.ListResourcesResult:
        """The resources that the caller may read, one kind after the other.

        A page may hold several kinds, because some clients request only the first page.
        """
        context = request_context(self._router, ctx)
        number, after = _position(params.cursor if params else None)
        if number >= len(self._table.definitions):
            raise invalid_cursor()
        shown: list[types.Resource] = []
        while number < len(self._table.definitions):
            found, after = await self._table.definitions[number].page(context, after)
            shown += found
            if after is not None:
                cursor = _cursor(number, after)
                return types.ListResourcesResult(resources=shown, next_cursor=cursor)
            number += 1
        return types.ListResourcesResult(resources=shown)

    async def templates(
        self, ctx: SdkContext, params: types.PaginatedRequestParams | None
    ) -> types.ListResourceTemplatesResult:
        """The URI templates."""
        if params is not None and params.cursor is not None:
            raise invalid_cursor()
        found = [
            definition.described()
            for definition in self._table.definitions
            if definition.is_template
        ]
        return types.ListResourceTemplatesResult(resource_templates=found)

    async def read(
        self, ctx: SdkContext, params: types.ReadResourceRequestParams
    ) -> types.ReadResourceResult | types.InputRequiredResult:
        """A resource's contents.

        Raises:
            MCPError: the caller has no such resource.
        """
        found = self._table.find(params.uri)
        if found is None:
            raise not_found(ctx, params.uri)
        definition, variables = found
        try:
            contents = await definition.read(request_context(self._router, ctx, params), variables)
        except NotFound as error:
            raise not_found(ctx, params.uri) from error
        except InputRequired as needed:
            return needed.result
        return types.ReadResourceResult(contents=list(contents))


def not_found(ctx: SdkContext, uri: str) -> MCPError:
    """The error for a URI without a resource, in the form of the client's era."""
    code = types.INVALID_PARAMS if is_modern(ctx.protocol_version) else LEGACY_NOT_FOUND
    return MCPError(code, "Resource not found", {"uri": uri})


def _cursor(number: int, after: str | None) -> str:
    return base64.urlsafe_b64encode(msgspec.json.encode([number, after])).decode()


def _position(cursor: str | None) -> tuple[int, str | None]:
    if cursor is None:
        return 0, None
    try:
        raw = base64.urlsafe_b64decode(cursor.encode())
        number, after = msgspec.json.decode(raw, type=tuple[int, str | None])
    except (binascii.Error, msgspec.MsgspecError, ValueError) as wrong:
        raise invalid_cursor() from wrong
    if number < 0:
        raise invalid_cursor()
    return number, after
