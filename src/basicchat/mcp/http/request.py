"""A request to `/mcp`, and the checks that apply to all of them."""

from collections.abc import Mapping

from starlette.datastructures import Headers

from basicchat.domain.errors import TooLarge
from basicchat.mcp.http.response import Message as Event
from basicchat.mcp.http.response import Receive, Refusal
from basicchat.mcp.wire import frames
from basicchat.mcp.wire.frames import Broken, Message, Stray

JSON = frozenset({"application/json", "application/*", "*/*"})
EVENTS = frozenset({"text/event-stream", "text/*", "*/*"})


class HttpRequest:
    """A request.

    Attributes:
        headers: by lower-case name; of several with one name, the last.
        pairs: all headers, in order.
        body: the whole body.
    """

    def __init__(self, scope: Event) -> None:
        self.method: str = scope["method"]
        self.pairs = [(k.decode("latin-1"), v.decode("latin-1")) for k, v in scope["headers"]]
        self.headers = dict(self.pairs)
        self.body = b""

    async def read(self, receive: Receive, max_bytes: int) -> None:
        """Read the body.

        Raises:
            TooLarge: it is larger than the limit.
        """
        self._expect_size(self.headers.get("content-length", ""), max_bytes)
        pieces, size, more = [], 0, True
        while more:
            message = await receive()
            if message["type"] == "http.disconnect":
                break
            pieces.append(message.get("body", b""))
            size += len(pieces[-1])
            more = message.get("more_body", False)
            self._expect_size(str(size), max_bytes)
        self.body = pieces[0] if len(pieces) == 1 else b"".join(pieces)

    def _expect_size(self, size: str, max_bytes: int) -> None:
        if size.isdecimal() and (len(size) > 18 or int(size) > max_bytes):
            raise TooLarge(
                f"The request body is larger than {max_bytes} bytes",
                hint="The setting is limits.mcp_body_bytes.",
                reason="body_too_large",
                params={"max_bytes": max_bytes},
            )

    def every_header(self) -> Mapping[str, str]:
        """The headers as a mapping whose iteration yields repeated names, too."""
        return Headers(raw=[(k.encode("latin-1"), v.encode("latin-1")) for k, v in self.pairs])

    def expect_accepts(self, *, events_alone: bool = False) -> None:
        """Check that the client accepts the media types of answers.

        Raises:
            Refusal: it does not.
        """
        kinds = {
            each.partition(";")[0].strip().lower()
            for each in self.headers.get("accept", "").split(",")
        }
        if kinds.isdisjoint(EVENTS) or (not events_alone and kinds.isdisjoint(JSON)):
            needed = "text/event-stream" if events_alone else "application/json, text/event-stream"
            raise Refusal(406, frames.INVALID_REQUEST, f"Not acceptable: accept {needed}")

    def broken(self, message: Message) -> Refusal:
        """The refusal of a message that is not a request."""
        if isinstance(message, Broken):
            refusal = Refusal(400, message.code, message.message)
            refusal.frame = frames.encode_error(message.id, message.code, message.message)
            return refusal
        fault = "a response answers nothing" if isinstance(message, Stray) else "send a request"
        return Refusal(400, frames.INVALID_REQUEST, f"Invalid request: {fault} here")
