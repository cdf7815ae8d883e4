"""Sessions: `session.hello`, `session.close`, `session.ping`."""

from datetime import datetime
from functools import partial

import msgspec

from basicchat.api import subscriptions
from basicchat.api.calls import Call, Method
from basicchat.api.subscriptions import StreamState
from basicchat.domain.events import Position, room_stream, user_stream
from basicchat.domain.values import Actor, User, Value
from basicchat.hub.sessions import Opened
from basicchat.protocol.codec import SUBPROTOCOL
from basicchat.protocol.types import Hello, NoParams, Resume


class ServerInfo(Value, frozen=True, kw_only=True):
    """The server's name, version and protocol."""

    name: str
    version: str
    protocol: str


class SessionLimits(Value, frozen=True, kw_only=True):
    """The limits that apply to a client."""

    max_frame_bytes: int
    max_upload_bytes: int
    requests_in_flight: int
    messages_per_minute: int
    runs_per_user: int


class Welcome(Value, frozen=True, kw_only=True):
    """An open session; the resume token is sent only here, and changes with each hello."""

    session_id: str
    resume_token: str
    expires_at: datetime
    user: User
    server: ServerInfo
    heartbeat_seconds: float
    limits: SessionLimits
    resumed: bool
    streams: dict[str, StreamState]


class Pong(Value, frozen=True, kw_only=True):
    """The server's time."""

    at: datetime


class Closed(Value, frozen=True, kw_only=True):
    """The session has ended."""

    closed: bool


async def hello(call: Call, params: Hello) -> Welcome:
    """Open or resume a session, and follow one's own stream and all resumed streams."""
    services, caller = call.services, call.caller
    token = params.token or caller.credentials
    actor = await services.authenticator.authenticate(token)
    limits, login_id = services.request_limits, actor.session_id
    limits.hello(login_id)
    opened = await _open(call, actor, params.resume)
    # Again, because an access change before this point could not reach this connection.
    actor = await services.authenticator.authenticate(token)
    actor = msgspec.structs.replace(actor, session_id=opened.session_id)
    caller.credentials = token
    if caller.join is not None:
        if caller.subscriber is not None:
            services.hub.unsubscribe_all(caller.subscriber)
        caller.subscriber = caller.join(actor)
    caller.actor = actor
    caller.budget = limits.session_budget(login_id, opened.session_id, resumed=opened.resumed)
    # Cursors hold even if the session has expired: each stream is authorised and checked anyway.
    streams = await _follow_all(call, params.resume)
    if caller.subscriber is not None:
        call.after_reply.append(partial(services.service_notices.tell, caller.subscriber))
    return Welcome(
        session_id=opened.session_id,
        resume_token=opened.resume_token,
        expires_at=opened.expires_at,
        user=actor.user,
        server=ServerInfo(name="BasicChat", version=services.version, protocol=SUBPROTOCOL),
        heartbeat_seconds=services.limits.heartbeat_seconds,
        limits=SessionLimits(
            max_frame_bytes=services.limits.max_frame_bytes,
            max_upload_bytes=services.limits.max_upload_bytes,
            requests_in_flight=services.limits.requests_in_flight,
            messages_per_minute=services.limits.messages_per_minute,
            runs_per_user=services.limits.runs_per_user,
        ),
        resumed=opened.resumed,
        streams=streams,
    )


async def _open(call: Call, actor: Actor, resume: Resume | None) -> Opened:
    sessions = call.services.sessions
    if resume is not None:
        resumed = await sessions.resume(actor.user, resume.session_id, resume.resume_token)
        if resumed is not None:
            return resumed
    return await sessions.open(actor.user)


async def _follow_all(call: Call, resume: Resume | None) -> dict[str, StreamState]:
    own = user_stream(call.actor.user.id)
    cursors = dict(resume.cursors) if resume else {}
    offsets = _offsets(resume)
    positions: dict[str, Position | None] = {own: None}
    for run_id in offsets:
        run = await call.services.store.run(run_id)
        if run is not None:
            positions[room_stream(run.room_id)] = None
    for stream, cursor in cursors.items():
        positions[stream] = Position(epoch=cursor.epoch, seq=cursor.seq)
    streams = {}
    for stream, position in positions.items():
        if await _may_follow(call, stream):
            state = await subscriptions.follow(call, stream, position, offsets)
            if state is None:
                continue
            streams[stream] = state
            if state.recovered and stream != own:
                await subscriptions.send_presence(call, stream)
    return streams


async def _may_follow(call: Call, stream: str) -> bool:
    user_id = call.actor.user.id
    if stream == user_stream(user_id):
        return True
    kind, _, room_id = stream.partition(":")
    return kind == "room" and await call.services.store.membership(room_id, user_id) is not None


def _offsets(resume: Resume | None) -> dict[str, dict[int, int]]:
    if resume is None:
        return {}
    return {
        run_id: {int(part): off for part, off in parts.items() if part.isdecimal()}
        for run_id, parts in resume.runs.items()
    }


async def close(call: Call, params: NoParams) -> Closed:
    """End the session: it cannot be resumed."""
    await call.services.sessions.close(call.actor.session_id)
    return Closed(closed=True)


def ping(call: Call, params: NoParams) -> Pong:
    """Get the server's time, with the least possible work."""
    return Pong(at=call.services.clock.now())


HELLO = Method(
    name="session.hello", params=Hello, result=Welcome, handler=hello, repeat="never", open=True
)
CLOSE = Method(name="session.close", params=NoParams, result=Closed, handler=close, repeat="never")
PING = Method(
    name="session.ping", params=NoParams, result=Pong, handler=ping, repeat="safe", instant=True
)
