"""What the bridge remembers of a conversation, to go on with it over another connection.

Pure: messages in, frames out. In the era of handshakes a server keeps what its client said of
itself, subscribed to and wants logged for the connection alone (2025-11-25, basic/lifecycle): that
is said again. Requests are repeated where that can do no harm, and failed where it could.
"""

from collections.abc import Iterable, Iterator
from typing import Any

import msgspec

from basicchat.mcp.wire import frames
from basicchat.mcp.wire.frames import Id, Message, Notification, Params, Reply, Request

MAX_ASKED = 10_000
MAX_SUBSCRIBED = 1000
# They only read, or set what is set already if it was done before.
REPEATABLE = frozenset(
    {
        "initialize", "ping", "server/discover", "subscriptions/listen", "logging/setLevel",
        "tools/list", "prompts/list", "prompts/get", "completion/complete", "resources/list",
        "resources/templates/list", "resources/read", "resources/subscribe",
        "resources/unsubscribe", "tasks/get", "tasks/list", "tasks/cancel", "tasks/result",
    }
)  # fmt: skip
SUBSCRIPTION_ID = "io.modelcontextprotocol/subscriptionId"
# What can be listened to, as a capability and as a filter, and how its client learns of it.
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
    """A request of the client's that is not answered yet; one that listens may be acknowledged."""

    request: Request
    frame: bytes
    acknowledged: bool = False


class SessionState:
    """The memory of one client's conversation."""

    def __init__(self) -> None:
        self.pending: dict[Id, PendingRequest] = {}
        self._handshake: Params | None = None
        self._welcome: Params = {}
        self._ready = False
        self._level: Any = None
        # In the order of their coming.
        self._subscribed: dict[str, None] = {}
        self._only_reads: set[str] = set()
        # Requests of the server's: ours for the client, theirs for this connection's server.
        self._theirs: dict[Id, Id] = {}
        self._count = 0
        # What the client listens by, over whichever connection.
        self._listening: set[Id] = set()

    def to_server(self, message: Message, frame: bytes) -> bytes | None:
        """Note a message of the client's; what to send of it, if anything."""
        if isinstance(message, Request):
            if len(self.pending) < MAX_ASKED:
                self.pending[message.id] = PendingRequest(message, frame)
        elif isinstance(message, Notification):
            if message.method == "notifications/initialized":
                self._ready = True
            elif message.method == CANCELLED:
                self.give_up((message.params or {}).get("requestId"))
        elif isinstance(message, Reply):
            # It may be one to a server that is gone.
            known = self._theirs.pop(message.id, None)
            return None if known is None else _reply(known, message)
        return frame

    def give_up(self, request_id: object) -> None:
        """The client wants no answer to a request any more, if it names one."""
        if isinstance(request_id, int | str):
            self.pending.pop(request_id, None)
            self._listening.discard(request_id)

    def to_client(self, message: Message, frame: bytes) -> bytes | None:
        """Note a message of the server's; what to hand to the client. Nothing of the end of what it
        listens by: that goes on with the next server."""
        if isinstance(message, Reply):
            if message.id in self._listening and message.result is not None:
                return None
            pending = self.pending.pop(message.id, None)
            self._listening.discard(message.id)
            if pending is not None and message.result is not None:
                self._learn(pending.request, message.result)
        elif isinstance(message, Request):
            # The next server counts from the same number; the client's answers must not meet.
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
                told = {**(message.params or {}), "requestId": ours}
                return frames.encode_notification(CANCELLED, told)
        return None

    def _learn(self, request: Request, result: Params) -> None:
        params = request.params or {}
        match request.method:
            case "initialize":
                self._handshake, self._welcome = params, result
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
            # A later list may take a promise back.
            self._only_reads.discard(name)
            if hints.get("readOnlyHint") is True and len(self._only_reads) < MAX_ASKED:
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
        """The connection is lost: forget what was on its way.

        Args:
            unsent: requests that have not reached the server.

        Returns:
            Requests to repeat, requests that must not be, and what to tell the client at once.
        """
        pending, self.pending = list(self.pending.values()), {}
        repeat: list[PendingRequest] = []
        failed: list[PendingRequest] = []
        for each in pending:
            safe = each.request.id in unsent or self._repeatable(each.request)
            (repeat if safe else failed).append(each)
        reason = "The connection to the server was lost"
        told = [
            frames.encode_notification(CANCELLED, {"requestId": ours, "reason": reason})
            for ours in self._theirs
        ]
        self._theirs.clear()
        return repeat, failed, told

    @property
    def owes(self) -> bool:
        """Whether an answer is still to come."""
        return any(not each.acknowledged for each in self.pending.values())

    def farewell(self) -> dict[Id, bytes]:
        """The end of the conversation: what the client listened by, and the last word on each
        (2026-07-28, basic/patterns/subscriptions, "Graceful Closure")."""
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
        """The revision that the client's handshake agreed upon; None if there was none."""
        return self._welcome.get("protocolVersion")

    def again(self) -> Iterator[tuple[str, Params | None]]:
        """What a new server has to be told before anything else: requests, by method."""
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
        """Tell the client to look again at what may have changed while nobody told of it."""
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
    code, said = error.get("code", frames.INVALID_REQUEST), error.get("message", "")
    return frames.encode_error(known, code, said, error.get("data"))
