"""Two servers on one host, in one browser, whose cookies ignore ports."""

import ssl
from pathlib import Path

import httpx2

from support.servers import RunningServer, request, running, settings_for
from support.tls import certificate

CSRF = {"x-basicchat": "1"}


async def is_logged_in(browser: httpx2.AsyncClient, server: RunningServer, url: str) -> bool:
    answer = await browser.post(f"{url}/api/rpc", json=request(1, "rooms.list"), headers=CSRF)
    return answer.status_code == 200


async def test_they_do_not_log_each_other_out(tmp_path: Path) -> None:
    async with (
        running(settings_for(tmp_path / "one")) as one,
        running(settings_for(tmp_path / "two")) as two,
        httpx2.AsyncClient(verify=False) as browser,
    ):
        for server in (one, two):
            await browser.get(await server.app.login_link())
        assert await is_logged_in(browser, one, one.url)
        assert await is_logged_in(browser, two, two.url)
        assert (await browser.post(f"{one.url}/api/renew", headers=CSRF)).status_code == 200
        assert await is_logged_in(browser, two, two.url)
        await browser.post(f"{one.url}/api/logout", headers=CSRF)
        assert not await is_logged_in(browser, one, one.url)
        assert await is_logged_in(browser, two, two.url)
        cookies = "; ".join(f"{name}={value}" for name, value in browser.cookies.items())
        async with two.socket(additional_headers={"cookie": cookies}) as talk:
            assert await talk.call("session.hello")


async def test_the_name_survives_a_restart(tmp_path: Path) -> None:
    names = []
    for _ in range(2):
        async with running(settings_for(tmp_path)) as server:
            names.append(server.cookie)
    assert names[0] == names[1]


async def test_over_tls_only_the_host_itself_sets_it(tmp_path: Path) -> None:
    cert, key = certificate(tmp_path, "localhost")
    trust = ssl.create_default_context(cafile=str(cert))
    async with running(settings_for(tmp_path, tls_cert=cert, tls_key=key)) as server:
        url = server.url.replace("127.0.0.1", "localhost")
        link = (await server.app.login_link()).replace("127.0.0.1", "localhost")
        async with httpx2.AsyncClient(verify=trust) as browser:
            answer = await browser.get(link)
            (name,) = browser.cookies
            assert name == f"__Host-{server.cookie}"
            header = answer.headers["set-cookie"].lower()
            assert "path=/" in header
            assert "domain" not in header
            assert await is_logged_in(browser, server, url)
            logged_out = await browser.post(f"{url}/api/logout", headers=CSRF)
            # A browser ignores such a cookie without Secure, and would keep the old one.
            assert "secure" in logged_out.headers["set-cookie"].lower()
            assert not await is_logged_in(browser, server, url)
            # A cookie of the plain name could come from another host of the domain.
            plain = {"cookie": f"{server.cookie}={server.token()}"} | CSRF
            answer = await browser.post(
                f"{url}/api/rpc", json=request(1, "rooms.list"), headers=plain
            )
            assert answer.status_code == 401
