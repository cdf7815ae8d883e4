"""Round trips while 100 documents are indexed, and answers from 10,000 passages."""

import asyncio
import random
import time
from pathlib import Path
from tempfile import TemporaryDirectory

import msgspec

from bench.load import Result, open_loop
from bench.numbers import ms, spread
from bench.programs import basicchat, peer, token
from bench.scenarios.ping import PING, Ponged, Target, open_sockets
from bench.table import Check, Table
from bench.uploads import upload
from bench.wsclient import Socket, close_all, exchange, frame

NAME = "documents"
# As for a user: server, parsers and client on any core.
PINNED = False
DOCUMENTS, PARAGRAPHS = 100, 100
QUESTIONS = 40
PINGS = 200.0
SLICE_SECONDS = 2.0
CONSONANTS, VOWELS = "bdfgklmnprstvw", "aeiou"


def words() -> list[str]:
    """Invented words, the same in every run."""
    chance = random.Random(3)
    syllables = [consonant + vowel for consonant in CONSONANTS for vowel in VOWELS]
    return sorted({"".join(chance.choices(syllables, k=chance.randint(2, 4))) for _ in range(8000)})


def documents(vocabulary: list[str]) -> list[tuple[str, str]]:
    """Names and Markdown texts, of paragraphs that fill about one passage each.

    Word frequencies follow Zipf's law, as in a natural language.
    """
    chance = random.Random(4)
    weights = [1 / rank for rank in range(1, len(vocabulary) + 1)]
    texts = []
    for number in range(DOCUMENTS):
        paragraphs = []
        for _ in range(PARAGRAPHS):
            sentences = [
                " ".join(chance.choices(vocabulary, weights, k=12)).capitalize() + "."
                for _ in range(13)
            ]
            paragraphs.append(" ".join(sentences))
        texts.append((f"report-{number:03}.md", f"# Report {number}\n\n" + "\n\n".join(paragraphs)))
    return texts


async def upload_all(port: int, requests: list[bytes]) -> None:
    """Upload the documents one by one.

    Raises:
        ConnectionError: one was refused.
    """
    for request in requests:
        reader, writer = await asyncio.open_connection("127.0.0.1", port)
        writer.write(request)
        answer = await reader.read()
        writer.close()
        if b'"document_id"' not in answer:
            raise ConnectionError(answer.decode("latin-1")[:500])


class Watcher:
    """Waits for the events that report all documents as ready."""

    def __init__(self, socket: Socket) -> None:
        self.finished = asyncio.Event()
        self._ready: set[str] = set()
        self._failed: list[str] = []
        socket.received = self._received

    def _received(self, socket: Socket, message: bytes) -> None:
        if b'"document.updated"' not in message:
            return
        for event in msgspec.json.decode(message)["params"]["events"]:
            document = event["data"]
            if document["status"] == "ready":
                self._ready.add(document["document_id"])
            elif document["status"] == "failed":
                raise ValueError(f"a document failed: {document['error']}")
        if len(self._ready) == DOCUMENTS:
            self.finished.set()


async def while_indexing(
    target: Target, control: Target, requests: list[bytes]
) -> tuple[list[Result], list[Result], float]:
    """Round trips to the server, and to a bare echo in parallel, until everything is indexed."""
    watching, pinging = await open_sockets(target, 2)
    watcher = Watcher(watching)
    bare = await open_sockets(control, 1)
    mine, echo = [], []
    began = time.perf_counter()
    uploading = asyncio.create_task(upload_all(target.child.port, requests))
    while not watcher.finished.is_set():
        await asyncio.sleep(0)
        results = await asyncio.gather(
            open_loop([pinging], frame(PING), PINGS, SLICE_SECONDS, target.child),
            open_loop(bare, frame(PING), PINGS, SLICE_SECONDS, control.child),
        )
        mine.append(results[0])
        echo.append(results[1])
        if uploading.done():
            uploading.result()
    seconds = time.perf_counter() - began
    close_all([watching, pinging, *bare])
    return mine, echo, seconds


async def ask(target: Target, texts: list[str]) -> tuple[list[float], int]:
    """Seconds per answer, and the number of answers with citations.

    Each question has most words of one sentence, including common ones that occur in most passages.
    """
    (socket,) = await open_sockets(target, 1)
    chance, samples, cited = random.Random(5), [], 0
    for _ in range(QUESTIONS):
        terms = chance.sample(chance.choice(chance.choice(texts).split(". ")).split(), 8)
        request = {
            "jsonrpc": "2.0",
            "id": 4,
            "method": "query",
            "params": {"query": f"What about {' '.join(terms)}?"},
        }
        began = time.perf_counter()
        answer = await reply(socket, frame(msgspec.json.encode(request)))
        samples.append(time.perf_counter() - began)
        cited += bool(answer["result"]["citations"])
    close_all([socket])
    return samples, cited


async def reply(socket: Socket, sent: bytes) -> dict[str, dict[str, object]]:
    """The reply to a request, skipping the events before it."""
    answered: asyncio.Future[bytes] = asyncio.get_running_loop().create_future()

    def received(_: Socket, message: bytes) -> None:
        if b'"id":4' in message[:40] and not answered.done():
            answered.set_result(message)

    socket.received = received
    socket.send(sent)
    async with asyncio.timeout(60):
        message: dict[str, dict[str, object]] = msgspec.json.decode(await answered)
    return message


async def passages(target: Target) -> int:
    """The number of passages of the documents."""
    request = {
        "jsonrpc": "2.0",
        "id": 4,
        "method": "documents.list",
        "params": {"limit": DOCUMENTS},
    }
    sockets = await open_sockets(target, 1)
    (answer,) = await exchange(sockets, [frame(msgspec.json.encode(request))])
    close_all(sockets)
    return sum(each["chunks"] for each in msgspec.json.decode(answer)["result"]["documents"])


def run() -> Table:
    """Run the scenario."""
    written = documents(words())
    with (
        TemporaryDirectory() as folder,
        peer("tcp-echo", core=None) as echo,
        basicchat(Path(folder), core=None, BASICCHAT_PROVIDER="extractive") as server,
    ):
        bearer = token(Path(folder))
        target = Target("BasicChat", server, Socket, bearer)
        control = Target("raw TCP echo", echo, Ponged)
        requests = [upload(name, text.encode(), bearer) for name, text in written]
        mine, bare, seconds = asyncio.run(while_indexing(target, control, requests))
        count = asyncio.run(passages(target))
        answers, cited = asyncio.run(ask(target, [text for _, text in written]))
    return table(mine, bare, seconds, count, answers, cited)


def table(
    mine: list[Result],
    bare: list[Result],
    seconds: float,
    count: int,
    answers: list[float],
    cited: int,
) -> Table:
    """Assemble the table."""
    pings = spread(sample for result in mine for sample in result.samples)
    echoes = spread(sample for result in bare for sample in result.samples)
    asked = spread(answers)
    rows = [
        [name, str(each.count), ms(each.p50), ms(each.p99), ms(each.largest)]
        for name, each in (
            ("`session.ping` while indexing, ms", pings),
            ("raw TCP echo beside it, ms", echoes),
            (f"extractive answer out of {count:,} passages, ms", asked),
        )
    ]
    checks = [
        Check(f"ping p99 while {DOCUMENTS} documents are indexed", "< 50 ms",
              f"{ms(pings.p99)} ms", pings.p99 < 50),
        Check(f"slowest extractive answer, {count:,} passages", "≤ 2 s",
              f"{asked.largest / 1000:.2f} s", asked.largest <= 2000),
    ]  # fmt: skip
    note = (
        f"{DOCUMENTS} Markdown documents of {count // DOCUMENTS} passages, uploaded one after the "
        f"other and indexed in {seconds:.0f} s ({count / seconds:,.0f} passages/s); pings at "
        f"{PINGS:.0f}/s, open loop. {QUESTIONS} questions, {cited} answered with citations. "
        "Server, parsers and client share all cores."
    )
    head = ["what", "count", "p50", "p99", "max"]
    return Table("Indexing, and answers without a model", head, rows, checks, [note])
