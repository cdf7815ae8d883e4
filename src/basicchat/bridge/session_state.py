"""The state of a client's session, from which the bridge restores it on another connection.

Pure: messages in, frames out. Before 2026-07-28, capabilities, subscriptions and the log level
belong to the connection (2025-11-25, basic/lifecycle), so they are sent again. Unanswered requests
are repeated if that is harmless, and fail otherwise.
"""

from collections.abc import Iterable, Iterator
from typing import Any

import msgspec

from basicchat.mcp.wire import frames
from basicchat.mcp.wire.frames import Id, Message, Notification, Params, Reply, Request

MAX_PENDING = 10_000
MAX_SUBSCRIBED = 1000
# Requests without effects, or whose repetition has no further effect.
REPEATABLE = frozenset(
    {
        "initialize", "ping", "server/discover", "subscriptions/listen", "logging/setLevel",
        "tools/list", "prompts/list", "prompts/get", "completion/complete", "resources/list",
        "resources/templates/list", "resources/read", "resources/subscribe",
        "resources/unsubscribe", "tasks/get", "tasks/list", "tasks/cancel", "tasks/result",
    }
)  # fmt: skip
SUBSCRIPTION_ID = "io.modelcontextprotocol/subscriptionId"
# Lists that can change: the capability, the filter of `subscriptions/listen`, the notification.
LISTS = (
    ("tools", "toolsListChanged", "notifications/tools/list_changed"),
    ("prompts", "promptsListChanged", "notifications/prompts/list_changed"),
    ("resources", "resourcesListChanged", "notifications/resources/list_changed"),
)
UPDATED = "notifications/resources/updated"
CANCELLED = "notifications/cancelled"
ACKNOWLEDGED = "notifications/subscriptions/acknowledged"
LISTEN = "subscriptions/listen"


class PendingRequest(msgspec.Struct):
    """An unanswered request of the client; `acknowledged` is set for an open stream of changes."""

    request: Request
    frame: bytes
    acknowledged: bool = False


class SessionState:
    """The state of one client's session."""

    def __init__(self) -> None:
        self.pending: dict[Id, PendingRequest] = {}
        self._handshake: Params | None = None
        self._welcome: Params = {}
        self._ready = False
        self._level: Any = None
        # In the order of subscription.
        self._subscribed: dict[str, None] = {}
        self._only_reads: set[str] = set()
        # Requests of the server: their ids for the client, and those of the current connection.
        self._theirs: dict[Id, Id] = {}
        self._count = 0
        # The client's open streams of changes, on any connection.
        self._listening: set[Id] = set()

    def to_server(self, message: Message, frame: bytes) -> bytes | None:
        """Handle a message of the client; returns the frame to send, if any."""
        if isinstance(message, Request):
            if len(self.pending) < MAX_PENDING:
                self.pending[message.id] = PendingRequest(message, frame)
        elif isinstance(message, Notification):
            if message.method == "notifications/initialized":
                self._ready = True
            elif message.method == CANCELLED:
                self.give_up((message.params or {}).get("requestId"))
        elif isinstance(message, Reply):
            # It may answer a request of an earlier connection.
            known = self._theirs.pop(message.id, None)
            return None if known is None else _reply(known, message)
        return frame

    def adopt(self, handshake: Params, result: Params) -> None:
        """Take over a handshake that was answered before there was a connection."""
        self._handshake, self._welcome = handshake, result

    def give_up(self, request_id: object) -> None:
        """Forget a request that the client cancelled."""
        if isinstance(request_id, int | str):
            self.pending.pop(request_id, None)
            self._listening.discard(request_id)

    def to_client(self, message: Message, frame: bytes) -> bytes | None:
        """Handle a message of the server; returns the frame for the client.

        The end of a stream of changes is not passed on, since it continues on the next connection.
        """
        if isinstance(message, Reply):
            if message.id in self._listening and message.result is not None:
                return None
            pending = self.pending.pop(message.id, None)
            self._listening.discard(message.id)
            if pending is not None and message.result is not None:
                self._learn(pending.request, message.result)
        elif isinstance(message, Request):
            # Servers number their requests alike, so each one gets an id that is unique here.
            self._count += 1
            self._theirs[f"server-{self._count}"] = message.id
            return frames.encode_request(f"server-{self._count}", message.method, message.params)
        elif isinstance(message, Notification):
            if message.method == CANCELLED:
                return self._withdrawn(message) or frame
            if message.method == ACKNOWLEDGED:
                meta = (message.params or {}).get("_meta")
                named = meta.get(SUBSCRIPTION_ID) if isinstance(meta, dict) else None
                listening = self.pending.get(named) if isinstance(named, int | str) else None
                if listening is not None:
                    listening.acknowledged = True
                    self._listening.add(listening.request.id)
        return frame

    def _withdrawn(self, message: Notification) -> bytes | None:
        wanted = (message.params or {}).get("requestId")
        for ours, theirs in self._theirs.items():
            if theirs == wanted:
                del self._theirs[ours]
                params = {**(message.params or {}), "requestId": ours}
                return frames.encode_notification(CANCELLED, params)
        return None

    def _learn(self, request: Request, result: Params) -> None:
        params = request.params or {}
        match request.method:
            case "initialize":
                self.adopt(params, result)
            case "logging/setLevel":
                self._level = params.get("level")
            case "resources/subscribe" if len(self._subscribed) < MAX_SUBSCRIBED:
                self._subscribed[str(params.get("uri"))] = None
            case "resources/unsubscribe":
                self._subscribed.pop(str(params.get("uri")), None)
            case "tools/list":
                self._learn_tools(result.get("tools"))

    def _learn_tools(self, tools: Any) -> None:
        for tool in tools if isinstance(tools, list) else ():
            hints, name = tool.get("annotations") or {}, str(tool.get("name"))
            # In a later list the tool may no longer be read-only.
            self._only_reads.discard(name)
            if hints.get("readOnlyHint") is True and len(self._only_reads) < MAX_PENDING:
                self._only_reads.add(name)

    def _repeatable(self, request: Request) -> bool:
        if request.method != "tools/call":
            return request.method in REPEATABLE
        params = request.params or {}
        arguments = params.get("arguments")
        keyed = isinstance(arguments, dict) and isinstance(arguments.get("idempotency_key"), str)
        return keyed or params.get("name") in self._only_reads

    def lost(
        self, unsent: set[Id]
    ) -> tuple[list[PendingRequest], list[PendingRequest], list[bytes]]:
        """Handle the loss of the connection.

        Args:
            unsent: requests that did not reach the server.

        Returns:
            requests to repeat, requests to fail, and frames for the client.
        """
        pending, self.pending = list(self.pending.values()), {}
        repeat: list[PendingRequest] = []
        failed: list[PendingRequest] = []
        for each in pending:
            safe = each.request.id in unsent or self._repeatable(each.request)
            (repeat if safe else failed).append(each)
        reason = "The connection to the server was lost"
        notifications = [
            frames.encode_notification(CANCELLED, {"requestId": ours, "reason": reason})
            for ours in self._theirs
        ]
        self._theirs.clear()
        return repeat, failed, notifications

    @property
    def owes(self) -> bool:
        """Whether a request is unanswered."""
        return any(not each.acknowledged for each in self.pending.values())

    def farewell(self) -> dict[Id, bytes]:
        """The results that end the client's streams of changes, by request id.

        See 2026-07-28, basic/patterns/subscriptions, "Graceful Closure".
        """
        ended, self._listening = self._listening, set()
        for each in ended:
            self.pending.pop(each, None)
        return {
            each: frames.encode_result(
                each, {"resultType": "complete", "_meta": {SUBSCRIPTION_ID: each}}
            )
            for each in ended
        }

    @property
    def version(self) -> Any:
        """The revision that the client's handshake negotiated; None if there was none."""
        return self._welcome.get("protocolVersion")

    def again(self) -> Iterator[tuple[str, Params | None]]:
        """The messages that restore the session on a new connection, as methods and parameters."""
        if self._handshake is None:
            return
        yield "initialize", self._handshake
        if self._ready:
            yield "notifications/initialized", None
        if self._level is not None:
            yield "logging/setLevel", {"level": self._level}
        for uri in self._subscribed:
            yield "resources/subscribe", {"uri": uri}

    def missed(self, repeated: Iterable[PendingRequest]) -> Iterator[bytes]:
        """Notifications of everything that may have changed while there was no connection."""
        if self._ready:
            offered = self._welcome.get("capabilities") or {}
            for name, _, method in LISTS:
                if (offered.get(name) or {}).get("listChanged"):
                    yield frames.encode_notification(method, None)
            for uri in self._subscribed:
                yield frames.encode_notification(UPDATED, {"uri": uri})
        for pending in repeated:
            if pending.acknowledged:
                yield from _missed_by(pending.request)


def _missed_by(listening: Request) -> Iterator[bytes]:
    wanted = (listening.params or {}).get("notifications")
    wanted = wanted if isinstance(wanted, dict) else {}
    meta = {"_meta": {SUBSCRIPTION_ID: listening.id}}
    for _, kind, method in LISTS:
        if wanted.get(kind) is True:
            yield frames.encode_notification(method, meta)
    uris = wanted.get("resourceSubscriptions")
    for uri in uris if isinstance(uris, list) else ():
        yield frames.encode_notification(UPDATED, {"uri": uri, **meta})


def _reply(known: Id, message: Reply) -> bytes:
    if message.error is None:
        return frames.encode_result(known, message.result or {})
    error = message.error
    code, text = error.get("code", frames.INVALID_REQUEST), error.get("message", "")
    return frames.encode_error(known, code, text, error.get("data"))
