"""Which provider is used, and why."""

import asyncio
import subprocess
import sys
from collections.abc import Awaitable, Callable
from pathlib import Path

import pytest

from basicchat.domain.errors import InvalidInput
from basicchat.domain.plugins import Provider, ProviderSettings, discover
from basicchat.llm import ollama
from basicchat.llm.discovery import find_provider
from basicchat.llm.extractive import Extractive
from basicchat.llm.probe import PROBE_SECONDS, answers
from basicchat.testing.ollama_server import ollama_server
from basicchat.testing.raw_server import answer, raw_server
from basicchat.testing.scripted_llm import PacedLLM
from support.frozen_time import SECONDS, frozen_time


async def no() -> bool:
    return False


async def yes() -> bool:
    return True


async def late() -> bool:
    await asyncio.Event().wait()
    return True


async def broken() -> bool:
    raise OSError("no network")


def provider(
    name: str,
    priority: int,
    running: Callable[[], Awaitable[bool]] = no,
    configured: bool = False,
) -> Provider:
    return Provider(
        name=name,
        priority=priority,
        hint=f"Get {name}.",
        configured=lambda settings: configured,
        running=lambda settings: running(),
        create=lambda settings: PacedLLM({"": ["hi"]}, name=name),
    )


LAST = provider("extractive", 1000, yes)


@pytest.mark.parametrize(
    ("others", "choice", "name", "why"),
    [
        ([], "auto", "extractive", "no language model"),
        ([provider("ollama", 1)], "auto", "extractive", "Get ollama."),
        ([provider("a", 1, yes)], "auto", "a", "running"),
        ([provider("b", 2, yes), provider("a", 1, yes)], "auto", "a", "running"),
        ([provider("a", 1, yes), provider("b", 2, no, True)], "auto", "b", "configured"),
        ([provider("a", 1, no, True), provider("b", 2, no, True)], "auto", "a", "configured"),
        ([provider("a", 1, late), provider("b", 2, yes)], "auto", "b", "running"),
        ([provider("a", 1, broken), provider("b", 2, yes)], "auto", "b", "running"),
        ([provider("a", 1, late)], "auto", "extractive", "no language model"),
        ([provider("a", 1, yes), provider("b", 2)], "b", "b", "chosen"),
        ([provider("a", 1, yes)], "extractive", "extractive", "chosen"),
    ],
)
async def test_choice(others: list[Provider], choice: str, name: str, why: str) -> None:
    async with asyncio.timeout(SECONDS):
        found, reason = await find_provider([LAST, *others], ProviderSettings(), choice)
    assert found.name == name
    assert why in reason


async def test_an_unknown_name_is_refused_with_those_there_are() -> None:
    with pytest.raises(InvalidInput, match="no provider gpt") as caught:
        await find_provider([LAST, provider("a", 1)], ProviderSettings(), "gpt")
    assert caught.value.hint == "Choose one of: auto, a, extractive."
    assert caught.value.field == "provider"


def test_every_provider_is_discovered_once() -> None:
    found = discover("basicchat.llm", "basicchat.providers", Provider)
    assert sorted(p.name for p in found) == [
        "extractive",
        "llamacpp",
        "ollama",
        "openai_compatible",
    ]
    assert all(p.hint for p in found)


@pytest.mark.parametrize(
    ("settings", "name"),
    [
        (ProviderSettings(ollama_host="gpu"), "ollama"),
        (ProviderSettings(openai_api_key="k"), "openai_compatible"),
        (ProviderSettings(openai_base_url="http://gpu/v1"), "openai_compatible"),
        (ProviderSettings(model_path=Path("m.gguf")), "llamacpp"),
        (ProviderSettings(model_path=Path("m.gguf"), ollama_host="gpu"), "llamacpp"),
        (ProviderSettings(openai_api_key="k", ollama_host="gpu"), "ollama"),
    ],
)
async def test_the_configured_providers_are_used(settings: ProviderSettings, name: str) -> None:
    providers = discover("basicchat.llm", "basicchat.providers", Provider)
    found, reason = await find_provider(providers, settings)
    llm = found.create(settings)
    assert (found.name, llm.name, reason) == (name, name, "configured")
    await llm.close()


async def test_the_real_probes_end() -> None:
    providers = discover("basicchat.llm", "basicchat.providers", Provider)
    async with asyncio.timeout(SECONDS):
        found, _ = await find_provider(providers, ProviderSettings())
    assert found.name in {"extractive", "ollama", "openai_compatible"}
    chosen, _ = await find_provider(providers, ProviderSettings(), "extractive")
    assert isinstance(chosen.create(ProviderSettings()), Extractive)


def test_finding_a_provider_imports_no_vendors_library() -> None:
    code = (
        "import asyncio, sys\n"
        "from basicchat.domain.plugins import Provider, ProviderSettings, discover\n"
        "from basicchat.llm.discovery import find_provider\n"
        "providers = discover('basicchat.llm', 'basicchat.providers', Provider)\n"
        "asyncio.run(find_provider(providers, ProviderSettings(ollama_host='127.0.0.1:9')))\n"
        "print(*{'ollama', 'openai', 'pydantic', 'xllamacpp'} & sys.modules.keys())\n"
    )
    done = subprocess.run(
        [sys.executable, "-c", code], capture_output=True, text=True, timeout=SECONDS
    )
    assert (done.returncode, done.stdout.strip(), done.stderr) == (0, "", "")


def port(url: str) -> int:
    return int(url.rpartition(":")[2])


async def test_a_probe_sees_a_running_ollama() -> None:
    async with ollama_server() as server:
        with frozen_time():
            assert await answers(server.port, "/api/version", b'"version"')
            assert not await answers(server.port, "/api/none", b'"version"')
    assert not await answers(server.port, "/api/version", b'"version"')
    assert await ollama.running(ProviderSettings()) in (True, False)


@pytest.mark.parametrize(
    ("script", "found"),
    [
        ([answer('{"version":"1"}')], True),
        ([answer('{"vers'), b'ion":"1"}'], True),
        ([answer('{"version":"1"}', 404)], False),
        ([answer("<html>a web page</html>")], False),
        ([answer("x" * 200_000), b'"version"'], False),
        ([b"SSH-2.0-OpenSSH\r\n"], False),
        ([b"\xff\x00"], False),
        ([None], False),
    ],
)
async def test_a_probe_is_not_fooled(script: list[bytes | None], found: bool) -> None:
    async with raw_server(script) as server:
        with frozen_time() as clock:
            asking = asyncio.ensure_future(answers(port(server.url), "/", b'"version"'))
            await server.asked.wait()
            if script == [None]:
                clock.advance(PROBE_SECONDS)
            assert await asking is found
