"""Connected apps: `grants.list|revoke`."""

from datetime import datetime

from basicchat.api import access
from basicchat.api.calls import Call, Method
from basicchat.domain.accounts import KeyScope
from basicchat.domain.errors import NotFound
from basicchat.domain.oauth import Grant
from basicchat.domain.values import Value
from basicchat.protocol.account_types import GrantRef
from basicchat.protocol.types import NoParams


class GrantInfo(Value, frozen=True, kw_only=True):
    """An app's grant; `redirect_host` is the host that it was connected from."""

    grant_id: str
    client_id: str
    client_name: str
    redirect_host: str
    scopes: tuple[KeyScope, ...]
    resource: str
    created_at: datetime
    expires_at: datetime
    used_at: datetime | None = None


class GrantsListed(Value, frozen=True, kw_only=True):
    """Grants, oldest first."""

    grants: tuple[GrantInfo, ...]


class GrantRevoked(Value, frozen=True, kw_only=True):
    """The id of a revoked grant."""

    grant_id: str


def _info(grant: Grant) -> GrantInfo:
    return GrantInfo(**{name: getattr(grant, name) for name in GrantInfo.__struct_fields__})


async def list_grants(call: Call, params: NoParams) -> GrantsListed:
    """List one's connected apps."""
    access.on_own_account(call.actor, "secure")
    now = call.services.clock.now()
    grants = await call.services.store.grants(call.actor.user.id)
    return GrantsListed(grants=tuple(_info(grant) for grant in grants if grant.expires_at > now))


async def revoke(call: Call, params: GrantRef) -> GrantRevoked:
    """Disconnect an app at once; runs and tasks that it started are cancelled."""
    access.on_own_account(call.actor, "secure")
    grant = await call.services.store.grant(params.grant_id)
    if grant is None or grant.user_id != call.actor.user.id:
        raise NotFound(
            "There is no such grant", reason="resource_not_found", params={"resource": "grant"}
        )
    await call.services.grants.revoke(grant)
    call.services.access_revocation.nudge()
    return GrantRevoked(grant_id=grant.grant_id)


LIST = Method(
    name="grants.list", params=NoParams, result=GrantsListed, handler=list_grants, repeat="safe"
)
REVOKE = Method(
    name="grants.revoke", params=GrantRef, result=GrantRevoked, handler=revoke, repeat="never"
)
