"""OAuth clients, codes and grants in the SQL store, mixed into store and transaction."""

from datetime import datetime
from typing import Any

import msgspec
from sqlalchemy import Select, bindparam, delete, func, select, update

from basicchat.domain.oauth import AuthorizationCode, Grant, OAuthClient
from basicchat.storage import rows
from basicchat.storage import tables as t
from basicchat.storage.database import Connection, Prepared
from basicchat.storage.rows import to_micros

# Runs with every request of an app.
GRANT = Prepared(select(t.oauth_grants).where(t.oauth_grants.c.grant_id == bindparam("of")))
_encode = msgspec.json.encode


def _grant(row: Any) -> Grant:
    whole = msgspec.json.decode(row.data, type=Grant)
    used = None if row.used_at is None else rows.from_micros(row.used_at)
    return msgspec.structs.replace(whole, used_at=used)


def _columns(grant: Grant) -> dict[str, Any]:
    used = None if grant.used_at is None else to_micros(grant.used_at)
    return {
        "user_id": grant.user_id,
        "client_id": grant.client_id,
        "refresh_hash": grant.refresh_hash,
        "created_at": to_micros(grant.created_at),
        "expires_at": to_micros(grant.expires_at),
        "used_at": used,
        "data": _encode(grant),
    }


def _idle() -> Select[Any]:
    """Clients without a grant."""
    granted = select(t.oauth_grants.c.client_id)
    return select(t.oauth_clients.c.client_id).where(t.oauth_clients.c.client_id.not_in(granted))


class SqlOAuthReads:
    """Implements `domain.oauth.OAuthReads`."""

    _reader: Connection

    async def oauth_client(self, client_id: str) -> OAuthClient | None:
        """A registered client."""
        query = select(t.oauth_clients.c.data).where(t.oauth_clients.c.client_id == client_id)
        return await rows.one(self._reader, query, OAuthClient)

    async def authorization_code(self, code_hash: str) -> AuthorizationCode | None:
        """A code, used or not."""
        query = select(t.oauth_codes).where(t.oauth_codes.c.code_hash == code_hash)
        row = (await self._reader.execute(query)).first()
        if row is None:
            return None
        whole = msgspec.json.decode(row.data, type=AuthorizationCode)
        return msgspec.structs.replace(whole, grant_id=row.grant_id)

    async def grant(self, grant_id: str) -> Grant | None:
        """A grant that has not been revoked."""
        row = (await self._reader.execute(GRANT, {"of": grant_id})).first()
        return None if row is None else _grant(row)

    async def grants(self, user_id: str) -> tuple[Grant, ...]:
        """The grants of a user, the oldest first."""
        g = t.oauth_grants.c
        query = select(t.oauth_grants).where(g.user_id == user_id)
        found = (await self._reader.execute(query.order_by(g.created_at, g.grant_id))).all()
        return tuple(_grant(row) for row in found)


class SqlOAuthWrites:
    """Implements `domain.oauth.OAuthWrites`."""

    _connection: Connection

    async def _put(self, table: Any, keys: Any, **values: Any) -> None:
        raise NotImplementedError

    async def add_oauth_client(self, client: OAuthClient, limit: int) -> bool:
        """Add a client; past `limit`, the oldest one without a grant is deleted."""
        count = await self._connection.execute(select(func.count(t.oauth_clients.c.client_id)))
        if (count.scalar() or 0) >= limit:
            oldest = (
                await self._connection.execute(_idle().order_by(t.oauth_clients.c.seen_at).limit(1))
            ).scalar()
            if oldest is None:
                return False
            gone = t.oauth_clients.c.client_id == oldest
            await self._connection.execute(delete(t.oauth_clients).where(gone))
        await self._put(
            t.oauth_clients,
            ["client_id"],
            client_id=client.client_id,
            seen_at=to_micros(client.created_at),
            data=_encode(client),
        )
        return True

    async def add_authorization_code(self, code: AuthorizationCode) -> None:
        """Store a code."""
        await self._put(
            t.oauth_codes,
            ["code_hash"],
            code_hash=code.code_hash,
            user_id=code.user_id,
            expires_at=to_micros(code.expires_at),
            grant_id=code.grant_id,
            data=_encode(code),
        )

    async def spend_code(self, code_hash: str, grant_id: str) -> bool:
        """Use a code for a grant; false if it was used before."""
        c = t.oauth_codes.c
        done = await self._connection.execute(
            update(t.oauth_codes)
            .where(c.code_hash == code_hash, c.grant_id.is_(None))
            .values(grant_id=grant_id)
        )
        return bool(done.rowcount)

    async def add_grant(self, grant: Grant, limit: int) -> None:
        """Add a grant; past `limit` of a user, the least recently used one is deleted."""
        g = t.oauth_grants.c
        last = func.coalesce(g.used_at, g.created_at)
        kept = select(g.grant_id).where(g.user_id == grant.user_id)
        kept = kept.order_by(last.desc()).limit(limit - 1)
        await self._connection.execute(
            delete(t.oauth_grants).where(g.user_id == grant.user_id, g.grant_id.not_in(kept))
        )
        await self._put(t.oauth_grants, ["grant_id"], grant_id=grant.grant_id, **_columns(grant))
        await self._see_client(grant.client_id, grant.created_at)

    async def _see_client(self, client_id: str, at: datetime) -> None:
        found = t.oauth_clients.c.client_id == client_id
        seen = update(t.oauth_clients).where(found).values(seen_at=to_micros(at))
        await self._connection.execute(seen)

    async def renew_grant(self, grant: Grant, instead_of: str) -> bool:
        """Exchange a grant's tokens if its refresh hash is still `instead_of`; else false."""
        g = t.oauth_grants.c
        done = await self._connection.execute(
            update(t.oauth_grants)
            .where(g.grant_id == grant.grant_id, g.refresh_hash == instead_of)
            .values(**_columns(grant))
        )
        await self._see_client(grant.client_id, grant.used_at or grant.created_at)
        return bool(done.rowcount)

    async def note_grant_use(self, grant_id: str, at: datetime) -> None:
        """Store when a grant was last used."""
        found = t.oauth_grants.c.grant_id == grant_id
        await self._connection.execute(
            update(t.oauth_grants).where(found).values(used_at=to_micros(at))
        )

    async def delete_grant(self, grant_id: str) -> bool:
        """Revoke a grant; false if it did not exist."""
        found = t.oauth_grants.c.grant_id == grant_id
        done = await self._connection.execute(delete(t.oauth_grants).where(found))
        return bool(done.rowcount)

    async def sweep_oauth(self, now: datetime, codes_before: datetime, idle: datetime) -> None:
        """Delete expired codes and grants, and old clients without a grant."""
        over = t.oauth_grants.c.expires_at < to_micros(now)
        await self._connection.execute(delete(t.oauth_grants).where(over))
        old = t.oauth_codes.c.expires_at < to_micros(codes_before)
        await self._connection.execute(delete(t.oauth_codes).where(old))
        c = t.oauth_clients.c
        idle_since = _idle().where(c.seen_at < to_micros(idle))
        await self._connection.execute(delete(t.oauth_clients).where(c.client_id.in_(idle_since)))
