"""An OpenAI-compatible model server as a process, which says what `chaos_server` expects: PORT."""

import asyncio
import json
import re
import sys
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parents[1] / "chaos"))
from chaos_server import pieces_of

HEAD = b"HTTP/1.1 200 OK\r\ncontent-type: %s\r\nconnection: close\r\n\r\n"
PACE_SECONDS = 0.05
QUESTION = re.compile(r"person \d+ asks \d+")


def question_of(body: bytes) -> str:
    """The question in a prompt, in the form that `drill_load` asks."""
    prompt = json.dumps(json.loads(body)["messages"][-1], ensure_ascii=False)
    return ([*QUESTION.findall(prompt)] or ["another"])[-1]


async def answer(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    """One request, then the connection ends."""
    try:
        head = await reader.readuntil(b"\r\n\r\n")
        length = next(
            (int(line.split(b":")[1]) for line in head.lower().split(b"\r\n")
             if line.startswith(b"content-length:")), 0,
        )  # fmt: skip
        body = await reader.readexactly(length)
        if head.startswith(b"GET"):
            models = {"object": "list", "data": [{"id": "chat", "object": "model"}]}
            writer.write(HEAD % b"application/json" + json.dumps(models).encode())
        else:
            writer.write(HEAD % b"text/event-stream")
            for piece in pieces_of(question_of(body)):
                choice = {"index": 0, "delta": {"content": piece}, "finish_reason": None}
                await _say(writer, {"choices": [choice]})
                await asyncio.sleep(PACE_SECONDS)
            await _say(writer, {"choices": [{"index": 0, "delta": {}, "finish_reason": "stop"}]})
            writer.write(b"data: [DONE]\n\n")
        await writer.drain()
    except (OSError, asyncio.IncompleteReadError):
        pass
    finally:
        writer.close()


async def _say(writer: asyncio.StreamWriter, chunk: dict[str, object]) -> None:
    whole = {"id": "c", "object": "chat.completion.chunk", "created": 1, "model": "chat"} | chunk
    writer.write(b"data: " + json.dumps(whole).encode() + b"\n\n")
    await writer.drain()


async def main(port: int) -> None:
    """Serve until killed."""
    async with await asyncio.start_server(answer, "127.0.0.1", port) as server:
        print("ready", flush=True)
        await server.serve_forever()


if __name__ == "__main__":
    asyncio.run(main(int(sys.argv[1])))
