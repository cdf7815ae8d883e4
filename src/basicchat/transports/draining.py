"""When clients of a server that is stopping are to reconnect."""

from random import randrange

# Spreads the reconnections to the servers that remain, or to this one once it is back.
MIN_RECONNECT_MS = 500
MAX_RECONNECT_MS = 5000


def reconnect_ms() -> int:
    """A random pause before reconnecting, in milliseconds."""
    return randrange(MIN_RECONNECT_MS, MAX_RECONNECT_MS)


def close_reason() -> str:
    """The reason of a close frame with code 1001; clients may read the number in it."""
    return f"the server is stopping; reconnect after {reconnect_ms()} ms"
