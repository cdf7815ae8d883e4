"""Refuses tool calls for which an app's token lacks the scope, before they are made.

Over HTTP, the status and a header tell the app which scope to request from its user (MCP
authorization, "Scope Challenge Handling").
"""

from collections.abc import Mapping

import msgspec

from basicchat.api import oauth_resource
from basicchat.domain.values import Actor


class _Params(msgspec.Struct):
    name: str = ""


class _Call(msgspec.Struct):
    method: str = ""
    params: _Params = msgspec.field(default_factory=_Params)


class ScopeChallenge:
    """Checks which tools a request calls, for apps' tokens without all scopes.

    Args:
        scopes: the scope that each tool needs, by its name.
    """

    def __init__(self, scopes: Mapping[str, str]) -> None:
        self._scopes = scopes
        self._all = frozenset(filter(None, scopes.values()))

    def check(self, actor: Actor, body: bytes) -> None:
        """Check the body of a request. API keys cannot request scopes, so their calls fail later.

        Raises:
            Forbidden: an app's token lacks a scope.
        """
        if actor.client_id is None or actor.scopes is None or self._all <= set(actor.scopes):
            return
        for call in _calls(body):
            needed = self._scopes.get(call.params.name) if call.method == "tools/call" else None
            if needed:
                oauth_resource.require_scope(actor, needed)


def _calls(body: bytes) -> list[_Call]:
    """The calls of a body; a malformed one is left to the server to answer."""
    try:
        return [msgspec.json.decode(body, type=_Call)]
    except (msgspec.DecodeError, RecursionError, UnicodeError):
        pass
    try:
        return msgspec.json.decode(body, type=list[_Call])
    except (msgspec.DecodeError, RecursionError, UnicodeError):
        return []
