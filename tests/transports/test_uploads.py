"""Documents over HTTP: uploads of every kind, and downloads."""

import asyncio
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import httpx2
import pytest

from basicchat.domain.values import Scope, User
from support.servers import SECONDS, RunningServer, events_of, eventually, running, settings_for

LIMIT = 64 * 1024
BEES = b"# Bees\n\nBees dance to tell each other where food is.\n"
BOUNDARY = "xxBOUNDARYxx"


@pytest.fixture
async def server(tmp_path: Path) -> AsyncIterator[RunningServer]:
    async with running(settings_for(tmp_path, limits={"max_upload_bytes": LIMIT})) as here:
        yield here


@pytest.fixture
async def http(server: RunningServer) -> AsyncIterator[httpx2.AsyncClient]:
    async with server.http(headers=server.bearer()) as client:
        yield client


def part(name: str, content: bytes, disposition: str = "", head: str = "") -> bytes:
    """One part of a form."""
    lines = f'Content-Disposition: form-data; name="{name}"{disposition}\r\n{head}\r\n'
    return f"--{BOUNDARY}\r\n".encode() + lines.encode() + content + b"\r\n"


def form(*parts: bytes) -> bytes:
    """A whole form."""
    return b"".join(parts) + f"--{BOUNDARY}--\r\n".encode()


async def send(http: httpx2.AsyncClient, body: bytes, kind: str | None = None) -> httpx2.Response:
    content_type = kind or f"multipart/form-data; boundary={BOUNDARY}"
    return await http.post("/api/documents", content=body, headers={"content-type": content_type})


def no_leftovers(server: RunningServer) -> None:
    """No temporary file stays behind."""
    assert [*(server.app.settings.data_dir / "uploads").iterdir()] == []


FILE = '; filename="bees.md"'
WRONG: list[tuple[str, bytes, str | None, int]] = [
    ("no form", BEES, "text/plain", 400),
    ("no content type", b"", "", 400),
    ("no boundary", form(part("file", BEES, FILE)), "multipart/form-data", 400),
    ("a long boundary", b"", "multipart/form-data; boundary=" + "x" * 5000, 400),
    ("another boundary", form(part("file", BEES, FILE)), "multipart/form-data; boundary=y", 400),
    ("no body", b"", None, 400),
    ("no file in it", form(part("other", BEES, FILE)), None, 400),
    ("no parts", form(), None, 400),
    ("two files", form(part("file", BEES, FILE), part("file", b"more", FILE)), None, 400),
    ("broken off in the file", part("file", BEES, FILE)[:-20], None, 400),
    ("broken off before its end", part("file", BEES, FILE), None, 400),
    ("broken off in its head", part("file", BEES, FILE)[:30], None, 400),
    ("no proper head", f"--{BOUNDARY}\r\n\0\0bad".encode() + BEES, None, 400),
    ("a huge header", form(part("file", BEES, FILE, "X-A: " + "a" * 60_000 + "\r\n")), None, 400),
    ("many headers", form(part("file", BEES, FILE, "X-A: a\r\n" * 5000)), None, 400),
    ("many parts", form(*[part("x", b"y")] * 101, part("file", BEES, FILE)), None, 400),
    ("an empty file", form(part("file", b"", FILE)), None, 400),
    ("a byte too many", form(part("file", b"x" * (LIMIT + 1), FILE)), None, 413),
    ("far too many", form(part("file", b"x" * (LIMIT * 20), FILE)), None, 413),
    ("far too many elsewhere", form(part("other", b"x" * (LIMIT * 20))), None, 413),
]


@pytest.mark.parametrize(
    ("body", "kind", "status"), [wrong[1:] for wrong in WRONG], ids=[wrong[0] for wrong in WRONG]
)
async def test_uploads_that_are_wrong(
    server: RunningServer, http: httpx2.AsyncClient, body: bytes, kind: str | None, status: int
) -> None:
    answer = await http.post(
        "/api/documents",
        content=body,
        headers={
            "content-type": f"multipart/form-data; boundary={BOUNDARY}" if kind is None else kind
        },
    )
    assert answer.status_code == status
    error = answer.json()["error"]
    assert error["code"] == (-32010 if status == 413 else -32602)
    assert error["data"].get("field") == (None if status == 413 else "file")
    no_leftovers(server)
    listed = await server.app.store.documents((server.app.owner.id,), 10)
    assert listed == ()
    assert (await http.get("/health/live")).status_code == 200


async def ready(server: RunningServer, body: bytes) -> dict[str, Any]:
    """Upload, and wait for the document to be ready; its record."""
    async with server.talk() as talk, server.http(headers=server.bearer()) as http:
        answer = await send(http, body)
        assert answer.status_code == 202
        arrival = answer.json()
        assert set(arrival) == {"document_id", "task_id", "duplicate"}
        assert arrival["duplicate"] is False
        types = []
        async with asyncio.timeout(SECONDS):
            while True:
                for event in events_of([await talk.note()]):
                    types.append(event["type"])
                    data = event["data"]
                    if event["type"] == "document.updated" and data["status"] in (
                        "ready",
                        "failed",
                    ):
                        assert types[:2] == ["task.updated", "document.added"]
                        assert data["document_id"] == arrival["document_id"]
                        return dict(data)


async def test_an_upload_becomes_a_document(
    server: RunningServer, http: httpx2.AsyncClient
) -> None:
    document = await ready(server, form(part("note", b"ignored"), part("file", BEES, FILE)))
    assert (document["status"], document["name"], document["bytes"]) == ("ready", "bees.md", 53)
    found = await server.app.services.retriever.search(_scope(server), "bees dance", 3)
    assert [hit.document_id for hit in found] == [document["document_id"]]
    again = await send(http, form(part("file", BEES, '; filename="other.md"')))
    assert (again.status_code, again.json()) == (
        200,
        {
            "document_id": document["document_id"],
            "task_id": document["task_id"],
            "duplicate": True,
        },
    )
    no_leftovers(server)


def _scope(server: RunningServer) -> Any:
    return Scope(user_id=server.app.owner.id)


async def test_the_largest_upload_is_taken(server: RunningServer, http: httpx2.AsyncClient) -> None:
    text = b"word " * (LIMIT // 5)
    answer = await send(http, form(part("file", text.ljust(LIMIT), '; filename="big.txt"')))
    assert answer.status_code == 202


NAMES = [
    ("../../etc/passwd.txt", "passwd.txt"),
    ("C:\\\\Users\\\\me\\\\tea.txt", "tea.txt"),
    ("a\tb\x07c.txt", "abc.txt"),
    ("Büro 会議 🐝.txt", "Büro 会議 🐝.txt"),
    ("\u202etxt.exe.txt", "txt.exe.txt"),
    ("x" * 300 + ".txt", None),
    ("", "document"),
    ("..", None),
    ('\\"quoted\\".txt', '"quoted".txt'),
]


@pytest.mark.parametrize(("sent", "kept"), NAMES)
async def test_names_are_made_plain(
    server: RunningServer, http: httpx2.AsyncClient, sent: str, kept: str | None
) -> None:
    answer = await send(http, form(part("file", BEES, f'; filename="{sent}"')))
    assert answer.status_code == 202
    document = await server.app.store.document(answer.json()["document_id"])
    assert document is not None
    name = document.name or ""
    assert 0 < len(name) <= 200
    assert "/" not in name
    assert name.isprintable()
    if kept is not None:
        assert name == kept
    got = await http.get(f"/api/documents/{document.document_id}/content")
    assert got.content == BEES
    assert got.headers["content-disposition"].startswith("attachment")


async def test_content_is_always_a_download(
    server: RunningServer, http: httpx2.AsyncClient
) -> None:
    page = b"<script>alert(1)</script>"
    head = "Content-Type: text/html\r\n"
    sent = await send(http, form(part("file", page, '; filename="p.html"', head)))
    got = await http.get(f"/api/documents/{sent.json()['document_id']}/content")
    assert got.content == page
    assert got.headers["content-type"] == "application/octet-stream"
    assert got.headers["content-disposition"] == 'attachment; filename="p.html"'
    assert got.headers["x-content-type-options"] == "nosniff"
    part_of = await http.get(got.url.path, headers={"range": "bytes=0-6"})
    assert (part_of.status_code, part_of.content) == (206, b"<script")


@pytest.mark.parametrize("document_id", ["d_none", "..", "%2e%2e%2fsecret", "x" * 5000, "%00"])
async def test_a_missing_document_has_no_content(
    http: httpx2.AsyncClient, document_id: str
) -> None:
    answer = await http.get(f"/api/documents/{document_id}/content")
    assert answer.status_code == 404


async def test_a_document_of_another_is_not_there(server: RunningServer) -> None:
    stranger = User(id="u_stranger", name="Stranger", role="member")
    async with server.app.store.transaction() as change:
        await change.put_user(stranger, server.app.services.clock.now())
    document = await ready(server, form(part("file", BEES, FILE)))
    headers = {"authorization": f"Bearer {server.app.token(stranger)}"}
    async with server.http(headers=headers) as http:
        path = f"/api/documents/{document['document_id']}/content"
        assert (await http.get(path)).status_code == 404
        # The same bytes are another document to them.
        answer = await send(http, form(part("file", BEES, FILE)))
        assert answer.json()["duplicate"] is False
        assert answer.json()["document_id"] != document["document_id"]


async def test_a_disconnected_client_leaves_nothing_behind(server: RunningServer) -> None:
    reader, writer = await asyncio.open_connection("127.0.0.1", server.app.settings.port)
    head = (
        f"POST /api/documents HTTP/1.1\r\nHost: localhost\r\nContent-Length: 60000\r\n"
        f"Content-Type: multipart/form-data; boundary={BOUNDARY}\r\n"
        f"Authorization: Bearer {server.token()}\r\nExpect: 100-continue\r\n\r\n"
    )
    writer.write(head.encode())
    async with asyncio.timeout(SECONDS):
        assert (await reader.readline()).startswith(b"HTTP/1.1 100")
    writer.write(part("file", BEES, FILE)[:100])
    await writer.drain()
    writer.close()
    await eventually(lambda: not [*(server.app.settings.data_dir / "uploads").iterdir()])
    assert await server.app.store.documents((server.app.owner.id,), 10) == ()


async def test_an_unreadable_file_fails_alone(server: RunningServer) -> None:
    disguised = b"<html><body>no PDF</body></html>"
    broken = await ready(server, form(part("file", disguised, '; filename="x.pdf"')))
    assert broken["status"] == "failed"
    assert broken["error"]
    good = await ready(server, form(part("file", BEES, FILE)))
    assert good["status"] == "ready"
