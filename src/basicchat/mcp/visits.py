"""One request of an MCP client, as a tool, a resource or a prompt sees it."""

from typing import Any

import msgspec
from mcp.server.context import ServerRequestContext

from basicchat.api.calls import Call, Caller, Services
from basicchat.api.router import Router
from basicchat.domain.values import Actor
from basicchat.mcp.actors import caller_of
from basicchat.protocol.codec import Request

Context = ServerRequestContext[Any, Any]


class Visit:
    """A request, and the one way to what the server has: its method table.

    Args:
        charged: the session's rate limit was charged already; else the first call is.
    """

    def __init__(self, ctx: Context, router: Router, *, charged: bool) -> None:
        self.ctx = ctx
        self.router = router
        self.caller = caller_of(ctx)
        self._charged = charged

    @property
    def services(self) -> Services:
        """What handlers work with."""
        return self.router.services

    @property
    def actor(self) -> Actor:
        """Who asks, with the rights of now."""
        return self.caller.known()

    async def call(self, method: str, **params: Any) -> Any:
        """Call a method of the table as the actor, authorised and limited like any other.

        Args:
            params: its parameters; those that are None are left out.

        Raises:
            BasicChatError: what the method raises.
        """
        given = {name: value for name, value in params.items() if value is not None}
        caller = self.caller
        if self._charged:
            caller = Caller(actor=caller.actor, credentials=caller.credentials)
        self._charged = True
        call = Call(services=self.services, caller=caller)
        request = Request(id=None, method=method, params=msgspec.Raw(msgspec.json.encode(given)))
        result = await self.router.call(call, request)
        for follow in call.after_reply:
            follow()
        return result
