"""A minimal chat: python examples/minimal.py "$(basicchat token)"

It needs a server (`basicchat serve`). The client handles lost connections, restarts of the server
and networks without WebSocket.
"""

import sys

from basicchat.client import BlockingClient, Delta

room = None
with BlockingClient("http://127.0.0.1:8765", token=sys.argv[1]) as client:
    while question := input("> "):
        for event in client.stream_query(question, room_id=room):
            if event.type == "accepted":
                room = event.room_id
            elif isinstance(event, Delta) and event.kind == "answer":
                print(event.text, end="", flush=True)
        print()
