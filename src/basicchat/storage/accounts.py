"""Accounts in the SQL store: a reading and a writing half, mixed into store and transaction."""

from collections.abc import Sequence
from datetime import datetime
from typing import Any

import msgspec
from sqlalchemy import Row, Select, bindparam, delete, func, insert, or_, select, update

from basicchat.domain.accounts import AccessChange, Account, ApiKey, Invitation
from basicchat.domain.events import user_stream
from basicchat.storage import rows
from basicchat.storage import tables as t
from basicchat.storage.database import Connection, Prepared
from basicchat.storage.rows import from_micros, to_micros

NOT_DELETED = t.users.c.status != "deleted"
# Run with every request, and several times a second.
BY_ID = Prepared(select(t.users).where(t.users.c.user_id == bindparam("of"), NOT_DELETED))
VOIDED = Prepared(
    select(t.voided_logins.c.session_id).where(t.voided_logins.c.session_id == bindparam("of"))
)
KEY = Prepared(select(t.api_keys.c.data).where(t.api_keys.c.key_id == bindparam("of")))
LATEST_ACCESS = Prepared(select(func.max(t.access_changes.c.seq)))
_CREDENTIALS = (t.sessions, t.login_codes, t.oauth_codes, t.oauth_grants)
KEEP_ACCESS_MICROS = 3600 * 1_000_000


def folded(name: str) -> str:
    """A name in the form in which names are compared."""
    return name.strip().casefold()


def account_of(row: Row[Any]) -> Account:
    """An account from its row."""
    return Account(
        user=rows.user_of(row),
        created_at=from_micros(row.created_at),
        password_hash=row.password_hash,
        tokens_after=from_micros(row.tokens_after) if row.tokens_after else None,
    )


async def _first(
    connection: Connection, query: Select[Any] | Prepared, values: Any = None
) -> Account | None:
    row = (await connection.execute(query, values)).first()
    return None if row is None else account_of(row)


async def _keys(connection: Connection, user_id: str | None) -> tuple[ApiKey, ...]:
    query = select(t.api_keys.c.data).order_by(t.api_keys.c.created_at)
    if user_id is not None:
        query = query.where(t.api_keys.c.user_id == user_id)
    return await rows.many(connection, query, ApiKey)


def _valid(now: datetime) -> Select[Any]:
    i = t.invitations.c
    return select(t.invitations).where(i.expires_at >= to_micros(now), i.uses_left > 0)


def _invitation(row: Row[Any]) -> Invitation:
    whole = msgspec.json.decode(row.data, type=Invitation)
    return msgspec.structs.replace(whole, uses_left=row.uses_left)


class SqlAccountReads:
    """Implements `domain.accounts.AccountReads`."""

    _reader: Connection

    async def account(
        self, *, user_id: str | None = None, login: str | None = None
    ) -> Account | None:
        """An account by the user's id or by their name."""
        if user_id is not None:
            return await _first(self._reader, BY_ID, {"of": user_id})
        return await _first(
            self._reader, select(t.users).where(t.users.c.login == folded(login or ""))
        )

    async def accounts(self) -> tuple[Account, ...]:
        """All accounts, the oldest first."""
        query = select(t.users).where(NOT_DELETED).order_by(t.users.c.created_at, t.users.c.user_id)
        return tuple(account_of(row) for row in await self._reader.execute(query))

    async def deleted_users(self) -> tuple[str, ...]:
        """Deleted users who still have data in the store."""
        return tuple(
            (await self._reader.execute(select(t.users.c.user_id).where(~NOT_DELETED))).scalars()
        )

    async def api_key(self, key_id: str) -> ApiKey | None:
        """A key that has not been revoked."""
        return await rows.one(self._reader, KEY, ApiKey, {"of": key_id})

    async def api_keys(self, user_id: str | None) -> tuple[ApiKey, ...]:
        """The keys of a user, or of all, the oldest first."""
        return await _keys(self._reader, user_id)

    async def login_voided(self, session_id: str) -> bool:
        """Whether the login with this id was ended before its tokens expire."""
        return (await self._reader.execute(VOIDED, {"of": session_id})).first() is not None

    async def invitation(self, code_hash: str, now: datetime) -> Invitation | None:
        """The invitation with this code, if it is still valid."""
        query = _valid(now).where(t.invitations.c.code_hash == code_hash)
        row = (await self._reader.execute(query)).first()
        return None if row is None else _invitation(row)

    async def invitations(self, now: datetime) -> tuple[Invitation, ...]:
        """All invitations that are still valid."""
        found = [_invitation(row) for row in await self._reader.execute(_valid(now))]
        return tuple(sorted(found, key=lambda invitation: invitation.created_at))

    async def identity(self, issuer: str, subject: str) -> str | None:
        """The id of the user with this identity at a single sign-on provider."""
        i = t.identities.c
        query = select(i.user_id).where(i.issuer == issuer, i.subject == subject)
        found: str | None = (await self._reader.execute(query)).scalar()
        return found

    async def access_position(self) -> int:
        """The seq of the latest access change."""
        return (await self._reader.execute(LATEST_ACCESS)).scalar() or 0

    async def access_changes(self, after: int) -> tuple[AccessChange, ...]:
        """Access changes after a seq, in order."""
        a = t.access_changes.c
        query = select(a.seq, a.user_id).where(a.seq > after).order_by(a.seq)
        found = (await self._reader.execute(query)).all()
        return tuple(AccessChange(seq=row.seq, user_id=row.user_id) for row in found)


class SqlAccountWrites:
    """Implements `domain.accounts.AccountWrites`."""

    _connection: Connection

    async def _put(self, table: Any, keys: Sequence[str], **values: Any) -> None:
        raise NotImplementedError

    async def account(self, user_id: str) -> Account | None:
        """The account as of this transaction."""
        return await _first(self._connection, BY_ID, {"of": user_id})

    async def active_owners(self) -> int:
        """The number of owners who are neither suspended nor deleted."""
        u = t.users.c
        query = select(func.count()).where(u.role == "owner", u.status == "active")
        return (await self._connection.execute(query)).scalar() or 0

    async def _change_user(self, user_id: str, **values: Any) -> None:
        found = t.users.c.user_id == user_id
        await self._connection.execute(update(t.users).where(found).values(**values))

    async def set_password(self, user_id: str, password_hash: str | None) -> None:
        """Store a password's hash, or none."""
        await self._change_user(user_id, password_hash=password_hash)

    async def void_tokens(self, user_id: str, before: datetime) -> None:
        """Void the tokens issued until now, and end the user's sessions, codes and grants."""
        await self._change_user(user_id, tokens_after=to_micros(before))
        for table in _CREDENTIALS:
            await self._connection.execute(delete(table).where(table.c.user_id == user_id))

    async def void_login(self, session_id: str, now: datetime, until: datetime) -> None:
        """Void the tokens of one login, and delete records of logins whose tokens have expired."""
        old = t.voided_logins.c.expires_at < to_micros(now)
        await self._connection.execute(delete(t.voided_logins).where(old))
        values = {"session_id": session_id, "expires_at": to_micros(until)}
        await self._put(t.voided_logins, ["session_id"], **values)

    async def retire_user(self, user_id: str) -> None:
        """Mark a user as deleted, free their name, and delete their credentials."""
        await self._change_user(user_id, status="deleted", login=None, password_hash=None)
        for table in (*_CREDENTIALS, t.api_keys, t.identities, t.tool_approvals):
            await self._connection.execute(delete(table).where(table.c.user_id == user_id))
        sent = t.invitations.c.inviter_id == user_id
        await self._connection.execute(delete(t.invitations).where(sent))

    async def delete_user(self, user_id: str) -> None:
        """Delete a user's remaining data; foreign keys delete the rest."""
        s = t.collection_shares.c
        shared = (s.kind == "user", s.subject_id == user_id)
        await self._connection.execute(delete(t.collection_shares).where(*shared))
        for table in (t.tasks, t.receipts, t.users):
            await self._connection.execute(delete(table).where(table.c.user_id == user_id))
        stream = t.streams.c.stream == user_stream(user_id)
        await self._connection.execute(delete(t.streams).where(stream))

    async def api_key(self, key_id: str) -> ApiKey | None:
        """The key as of this transaction, unless it was revoked."""
        return await rows.one(self._connection, KEY, ApiKey, {"of": key_id})

    async def api_keys(self, user_id: str) -> tuple[ApiKey, ...]:
        """A user's keys as of this transaction, oldest first."""
        return await _keys(self._connection, user_id)

    async def put_api_key(self, key: ApiKey) -> None:
        """Add or change a key."""
        values = {"user_id": key.user_id, "created_at": to_micros(key.created_at)}
        data = msgspec.json.encode(key)
        await self._put(t.api_keys, ["key_id"], key_id=key.key_id, data=data, **values)

    async def delete_api_key(self, key_id: str) -> None:
        """Revoke a key."""
        await self._connection.execute(delete(t.api_keys).where(t.api_keys.c.key_id == key_id))

    async def put_invitation(self, invitation: Invitation) -> None:
        """Add an invitation."""
        await self._put(
            t.invitations,
            ["invitation_id"],
            invitation_id=invitation.invitation_id,
            code_hash=invitation.code_hash,
            inviter_id=invitation.inviter_id,
            room_id=invitation.room_id,
            expires_at=to_micros(invitation.expires_at),
            uses_left=invitation.uses_left,
            data=msgspec.json.encode(invitation),
        )

    async def use_invitation(self, code_hash: str, now: datetime) -> Invitation | None:
        """Use an invitation once, and delete expired and used ones."""
        i = t.invitations.c
        over = or_(i.expires_at < to_micros(now), i.uses_left <= 0)
        await self._connection.execute(delete(t.invitations).where(over))
        used = await self._connection.execute(
            update(t.invitations)
            .where(i.code_hash == code_hash, i.uses_left > 0)
            .values(uses_left=i.uses_left - 1)
            .returning(i.data, i.uses_left)
        )
        row = used.first()
        return None if row is None else _invitation(row)

    async def delete_invitation(self, invitation_id: str) -> None:
        """Withdraw an invitation."""
        found = t.invitations.c.invitation_id == invitation_id
        await self._connection.execute(delete(t.invitations).where(found))

    async def put_identity(self, issuer: str, subject: str, user_id: str) -> None:
        """Link a single sign-on identity to a user."""
        keys = ["issuer", "subject"]
        await self._put(t.identities, keys, issuer=issuer, subject=subject, user_id=user_id)

    async def record_access(self, user_ids: Sequence[str], at: datetime) -> None:
        """Record that rights of these users changed, and delete old records."""
        moment = to_micros(at)
        for user_id in user_ids:
            values = {"user_id": user_id, "at": moment}
            await self._connection.execute(insert(t.access_changes).values(**values))
        old = t.access_changes.c.at < moment - KEEP_ACCESS_MICROS
        await self._connection.execute(delete(t.access_changes).where(old))
