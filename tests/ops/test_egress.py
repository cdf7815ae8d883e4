"""The guarded way out: what is never asked, and what of what was asked is believed."""

import asyncio
import ssl
from collections.abc import AsyncIterator, Sequence
from pathlib import Path

import pytest

from basicchat.domain.errors import InvalidInput, UpstreamUnavailable
from basicchat.domain.ports import Egress
from basicchat.ops.egress import EgressGuard
from support.tls import Site, certificate, said, site

NAME = "app.example"
BODY = b'{"client_id": "x"}'
OUTSIDE = "127.0.0.2"
INSIDE = "127.0.0.1"


class Resolver:
    """A name server that gives its answers one after the other; the last one for ever."""

    def __init__(self, *answers: Sequence[str]) -> None:
        self.answers = list(answers)
        self.asked: list[str] = []

    async def __call__(self, host: str, port: int) -> Sequence[str]:
        self.asked.append(host)
        answer = self.answers.pop(0) if len(self.answers) > 1 else self.answers[0]
        if not answer:
            raise OSError("no such name")
        return answer


@pytest.fixture
def cert(tmp_path: Path) -> tuple[Path, Path]:
    return certificate(tmp_path, NAME, OUTSIDE)


@pytest.fixture
async def outside(cert: tuple[Path, Path]) -> AsyncIterator[Site]:
    async with site(cert, said(BODY, "content-type: application/JSON; charset=utf-8")) as here:
        here.answer = here.answer.replace(b"\r\n\r\n", b"\r\ncache-control: max-age=60\r\n\r\n", 1)
        yield here


def guard(cert: tuple[Path, Path], resolver: Resolver | None = None, **more: float) -> EgressGuard:
    trust = ssl.create_default_context(cafile=str(cert[0]))
    resolve = resolver or Resolver([INSIDE])
    options: dict[str, int] = {name: int(value) for name, value in more.items()}
    return EgressGuard([INSIDE, OUTSIDE], resolve=resolve, trust=trust, **options)


async def test_urls_that_may_be_fetched(outside: Site, cert: tuple[Path, Path]) -> None:
    out: Egress = guard(cert)
    found = await out.fetch(f"https://{NAME}:{outside.port}/a/b?c=d", accept="application/json")
    assert (found.status, found.media_type, found.body) == (200, "application/json", BODY)
    assert found.cache_control == "max-age=60"
    asked = outside.heard[0].decode().lower()
    assert asked.startswith("get /a/b?c=d http/1.1")
    assert f"host: {NAME}:{outside.port}" in asked
    assert "accept: application/json" in asked


@pytest.mark.parametrize(
    "url",
    [
        "http://app.example/",
        "ftp://app.example/",
        "file:///etc/passwd",
        "https://",
        "https:///path",
        "https://user@app.example/",
        "https://app.example@127.0.0.1/",
        "https://app.example\\@127.0.0.1/",
        "https://app.example:99999/",
        "https://app.example/ x",
        "https://app.example/\r\nx: y",
        "https://åpp.example/",
        "https://2130706433/",
        "https://0x7f.1/",
        "https://127.1/",
        "https://[::1/",
        "https://app.example/" + "x" * 2000,
    ],
)
async def test_urls_that_are_not_fetched(url: str) -> None:
    resolver = Resolver([OUTSIDE])
    with pytest.raises(InvalidInput):
        await EgressGuard([OUTSIDE], resolve=resolver).fetch(url, accept="*/*")
    assert not resolver.asked


INNER = [
    "127.0.0.1", "127.255.255.254", "10.0.0.1", "172.16.0.1", "192.168.1.1", "169.254.169.254",
    "100.64.0.1", "100.100.100.200", "0.0.0.0", "192.0.0.192", "198.18.0.1", "224.0.0.1",
    "240.0.0.1", "255.255.255.255", "168.63.129.16", "::", "::1", "::127.0.0.1",
    "::ffff:127.0.0.1", "::ffff:10.0.0.1", "fe80::1", "fc00::1", "fd00:ec2::254", "ff02::1",
    "64:ff9b::7f00:1", "64:ff9b:1::1", "2002:7f00:1::", "2001:0:7f00:1::", "2001:db8::1",
]  # fmt: skip


@pytest.mark.parametrize("address", INNER)
async def test_inner_addresses(address: str) -> None:
    """Neither by name, nor as they are, nor among others that would be allowed."""
    literal = f"[{address}]" if ":" in address else address
    for url, answer in (
        (f"https://{NAME}/", [address]),
        (f"https://{NAME}/", ["93.184.216.34", address]),
        (f"https://{literal}/", ["93.184.216.34"]),
    ):
        with pytest.raises(InvalidInput, match="private address"):
            await EgressGuard(resolve=Resolver(answer)).fetch(url, accept="*/*")


async def test_a_name_that_turns_inside_once_it_was_checked(
    outside: Site, cert: tuple[Path, Path]
) -> None:
    """DNS rebinding: the address that was checked is the one that is asked, and none other."""
    async with site(cert, said(b"secret"), port=outside.port, address=OUTSIDE) as meant:
        meant.answer = outside.answer
        resolver = Resolver([OUTSIDE], [INSIDE])
        trust = ssl.create_default_context(cafile=str(cert[0]))
        out = EgressGuard([OUTSIDE], resolve=resolver, trust=trust)
        found = await out.fetch(f"https://{NAME}:{outside.port}/", accept="*/*")
        assert found.body == BODY
        assert resolver.asked == [NAME]
        with pytest.raises(InvalidInput):
            await out.fetch(f"https://{NAME}:{outside.port}/", accept="*/*")
        assert (len(meant.heard), len(outside.heard)) == (1, 0)


async def test_redirects_are_not_followed(outside: Site, cert: tuple[Path, Path]) -> None:
    async with site(cert, said(b"secret")) as inner:
        place = f"location: https://{NAME}:{inner.port}/"
        outside.answer = said(b"", place, status="302 Found")
        found = await guard(cert).fetch(f"https://{NAME}:{outside.port}/", accept="*/*")
        assert (found.status, found.body, inner.heard) == (302, b"", [])


@pytest.mark.parametrize(
    ("answer", "why"),
    [
        (said(b"x" * 70_000), "65536 bytes"),
        (b"HTTP/1.1 200 OK\r\nconnection: close\r\n\r\n" + b"x" * 70_000, "65536 bytes"),
        (said(b"\x1f\x8b", "content-encoding: gzip"), "encoding"),
        (b"nonsense\r\n\r\n", "does not answer"),
        (b"", "does not answer"),
    ],
)
async def test_answers_that_are_not_taken(
    outside: Site, cert: tuple[Path, Path], answer: bytes, why: str
) -> None:
    outside.answer = answer
    with pytest.raises(UpstreamUnavailable, match=why):
        await guard(cert).fetch(f"https://{NAME}:{outside.port}/", accept="*/*")


async def test_silence_has_an_end(outside: Site, cert: tuple[Path, Path]) -> None:
    outside.silent = True
    with pytest.raises(UpstreamUnavailable, match="in time"):
        await guard(cert, seconds=1).fetch(f"https://{NAME}:{outside.port}/", accept="*/*")


async def test_many_at_once_wait_for_each_other(outside: Site, cert: tuple[Path, Path]) -> None:
    out = guard(cert)
    url = f"https://{NAME}:{outside.port}/"
    found = await asyncio.gather(*(out.fetch(url, accept="*/*") for _ in range(20)))
    assert {each.body for each in found} == {BODY}


async def test_certificates_are_checked_against_the_name(
    outside: Site, cert: tuple[Path, Path], tmp_path: Path
) -> None:
    url = f"https://other.example:{outside.port}/"
    with pytest.raises(UpstreamUnavailable):
        await guard(cert).fetch(url, accept="*/*")
    other = certificate(tmp_path / "other", NAME)
    with pytest.raises(UpstreamUnavailable):
        await guard(other).fetch(f"https://{NAME}:{outside.port}/", accept="*/*")
    assert not outside.heard


async def test_an_unknown_name(cert: tuple[Path, Path]) -> None:
    for answer in ([], ["no address"]):
        with pytest.raises(UpstreamUnavailable, match="cannot be resolved"):
            await guard(cert, Resolver(answer)).fetch(f"https://{NAME}/", accept="*/*")


async def test_the_systems_resolver() -> None:
    out = EgressGuard()
    with pytest.raises(InvalidInput, match="private"):
        await out.fetch("https://localhost:1/", accept="*/*")
    out.close()
