"""llama.cpp in process: loading aside, once, and what is said when it does not work."""

import asyncio
import subprocess
import sys
from contextlib import suppress
from pathlib import Path

import psutil
import pytest

from basicchat.domain.chat import ChatMessage, ChatRequest, TextDelta
from basicchat.domain.errors import UpstreamUnavailable
from basicchat.domain.plugins import ProviderSettings
from basicchat.llm.llamacpp import LlamaCpp, create
from basicchat.testing.scripted_gguf import REPLIES, write_model
from support.frozen_time import SECONDS

pytestmark = pytest.mark.provider


def ask(model: str = "", text: str = "hi") -> ChatRequest:
    return ChatRequest(model=model, messages=(ChatMessage.from_text(role="user", text=text),))


async def said(llm: LlamaCpp, request: ChatRequest) -> str:
    async with asyncio.timeout(SECONDS):
        return "".join([c.text async for c in llm.stream(request) if isinstance(c, TextDelta)])


@pytest.fixture
def gguf(tmp_path: Path) -> Path:
    path = tmp_path / "tiny.gguf"
    write_model(path, REPLIES)
    return path


@pytest.mark.parametrize(
    ("content", "message"),
    [
        (None, "cannot be read"),
        (b"", "is not a GGUF file"),
        (b"PK\x03\x04 something", "is not a GGUF file"),
        (b"GGUF and then nonsense", "cannot load"),
    ],
)
async def test_a_bad_file_is_reported_by_name(
    tmp_path: Path, content: bytes | None, message: str
) -> None:
    path = tmp_path / "bad.gguf"
    if content is not None:
        path.write_bytes(content)
    llm = create(ProviderSettings(model_path=path))
    for _ in range(2):
        with pytest.raises(UpstreamUnavailable, match=message) as caught:
            await said(llm, ask())
        assert "bad.gguf" in caught.value.message
        assert str(tmp_path) not in caught.value.message
        assert caught.value.hint
        assert not caught.value.retryable
    await llm.close()


async def test_a_file_that_appears_later_is_loaded(tmp_path: Path) -> None:
    path = tmp_path / "late.gguf"
    llm = create(ProviderSettings(model_path=path))
    with pytest.raises(UpstreamUnavailable):
        await llm.models()
    write_model(path, REPLIES)
    assert [model.id for model in await llm.models()] == ["late"]
    await llm.close()


async def test_one_server_serves_all_who_connect_while_it_starts(gguf: Path) -> None:
    llm = create(ProviderSettings(model_path=gguf))
    hasty = asyncio.ensure_future(llm.models())
    answers = [asyncio.ensure_future(said(llm, ask())) for _ in range(3)]
    await asyncio.sleep(0)
    hasty.cancel()
    assert set(await asyncio.gather(*answers)) == {"Hello from a very small model."}
    with pytest.raises(asyncio.CancelledError):
        await hasty
    await llm.close()


async def test_another_model_than_its_own_is_unknown(gguf: Path) -> None:
    llm = create(ProviderSettings(model_path=gguf))
    with pytest.raises(UpstreamUnavailable, match="no model gpt-9") as caught:
        await said(llm, ask("gpt-9"))
    assert caught.value.hint == "Available: tiny."
    assert await said(llm, ask("tiny")) == "Hello from a very small model."
    await llm.close()


def place(llm: LlamaCpp) -> tuple[str, int]:
    assert llm.endpoint is not None
    return "127.0.0.1", int(llm.endpoint.url.removesuffix("/v1").rpartition(":")[2])


async def test_its_server_wants_its_key_and_stops_with_it(gguf: Path) -> None:
    llm = create(ProviderSettings(model_path=gguf))
    await llm.models()
    address = place(llm)
    reader, writer = await asyncio.open_connection(*address)
    writer.write(b"POST /v1/chat/completions HTTP/1.0\r\nContent-Length: 2\r\n\r\n{}")
    assert b" 401 " in await asyncio.wait_for(reader.readline(), SECONDS)
    writer.close()
    await llm.close()
    with pytest.raises(ConnectionRefusedError):
        await asyncio.open_connection(*address)


async def test_after_a_crash_it_is_started_again(gguf: Path) -> None:
    llm = create(ProviderSettings(model_path=gguf))
    stream = llm.stream(ask(text="forever"))
    await anext(stream)
    assert llm.process is not None
    llm.process.kill()
    async with asyncio.timeout(SECONDS):
        with pytest.raises(UpstreamUnavailable, match="broke off"):
            async for _ in stream:
                pass
        await llm.process.wait()
    assert await said(llm, ask()) == "Hello from a very small model."
    await llm.close()


async def test_it_can_be_closed_while_it_loads(gguf: Path) -> None:
    llm = create(ProviderSettings(model_path=gguf))
    loading = asyncio.ensure_future(llm.models())
    async with asyncio.timeout(SECONDS):
        while llm.process is None:
            await asyncio.wait([loading], timeout=0.001)
        process = llm.process
        await llm.close()
    assert process.returncode is not None
    with pytest.raises(asyncio.CancelledError):
        await loading


async def test_it_runs_outside_the_server_that_started_it_and_ends_with_it(gguf: Path) -> None:
    code = (
        "import asyncio, os, sys\n"
        "from pathlib import Path\n"
        "from basicchat.domain.plugins import ProviderSettings\n"
        "from basicchat.llm.llamacpp import create\n"
        "async def main():\n"
        "    llm = create(ProviderSettings(model_path=Path(sys.argv[1])))\n"
        "    await llm.models()\n"
        "    print('xllamacpp' in sys.modules, llm.process.pid, flush=True)\n"
        "    os.kill(os.getpid(), 9)\n"
        "asyncio.run(main())\n"
    )
    parent = await asyncio.create_subprocess_exec(
        sys.executable, "-c", code, str(gguf), stdout=subprocess.PIPE
    )
    output, _ = await asyncio.wait_for(parent.communicate(), SECONDS)
    inside, pid = output.decode().split()
    assert inside == "False"  # loading holds the interpreter lock, and so would stop the loop
    with suppress(psutil.NoSuchProcess):
        await asyncio.to_thread(psutil.Process(int(pid)).wait, SECONDS)


async def test_closing_before_the_start_is_allowed(tmp_path: Path) -> None:
    await create(ProviderSettings(model_path=tmp_path / "none.gguf")).close()


async def test_without_the_extra_it_says_how_to_install_it(
    gguf: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    hidden = tmp_path / "path"
    hidden.mkdir()
    (hidden / "xllamacpp.py").write_text("raise ImportError")
    monkeypatch.setenv("PYTHONPATH", str(hidden))
    llm = create(ProviderSettings(model_path=gguf))
    with pytest.raises(UpstreamUnavailable, match="not installed") as caught:
        await llm.models()
    assert 'pip install "basicchat[local]"' in str(caught.value.hint)
    await llm.close()
