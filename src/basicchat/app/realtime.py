"""Builds the hub and the services that deliver by it."""

from dataclasses import dataclass

from basicchat.api import errors as api_errors
from basicchat.app.build_context import BuildContext
from basicchat.hub.connections import Connections
from basicchat.hub.hub import Hub
from basicchat.hub.live_runs import LiveRuns
from basicchat.hub.presence import Presence
from basicchat.hub.run_streams import RunStreams
from basicchat.hub.sessions import Sessions
from basicchat.hub.status_relay import StatusRelay
from basicchat.hub.typing import Typing

# A user who does not answer a ping within this time is shown as offline.
PONG_SECONDS = 3.0


@dataclass(frozen=True)
class Realtime:
    """The hub, and what it delivers."""

    hub: Hub
    live_runs: LiveRuns
    run_streams: RunStreams
    connections: Connections
    status_relay: StatusRelay
    presence: Presence
    typing: Typing
    sessions: Sessions


def realtime_of(context: BuildContext) -> Realtime:
    """Assemble the hub and the services that deliver by it."""
    resources, store = context.resources, context.resources.presence
    silent_seconds = context.settings.limits.heartbeat_seconds + PONG_SECONDS
    connections = Connections(store, context.clock, silent_seconds=silent_seconds)
    live_runs = LiveRuns()
    hub = Hub(
        context.store,
        bus=resources.bus,
        live_text=live_runs,
        # A single node has all runs itself.
        run_directory=None if resources.alone else resources.run_directory,
        observer=connections,
    )
    return Realtime(
        hub=hub,
        live_runs=live_runs,
        run_streams=RunStreams(
            hub, context.clock, live_runs, store, resources.spawn, api_errors.to_run_error
        ),
        connections=connections,
        status_relay=StatusRelay(connections, resources.bus),
        presence=Presence(hub, context.store, store, resources.spawn),
        typing=Typing(hub, context.clock, alone=resources.link is None),
        sessions=Sessions(
            resources.sessions, context.clock, seconds=context.settings.limits.session_seconds
        ),
    )
