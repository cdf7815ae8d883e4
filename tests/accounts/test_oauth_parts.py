"""The parts of the authorisation server that need no server: addresses, scopes, names, ids."""

from urllib.parse import urlsplit

import pytest
from hypothesis import given
from hypothesis import strategies as st

from basicchat.accounts.oauth import redirects, resources, scopes
from basicchat.accounts.oauth.clients import _cache_seconds, is_document, shown_name

# a redirect URI, whether an app may have it, what is shown of it
ADDRESSES = [
    ("https://app.example/back", True, "app.example"),
    ("https://app.example:8443/back?x=1", True, "app.example:8443"),
    ("http://127.0.0.1/back", True, "127.0.0.1"),
    ("http://127.0.0.1:1/", True, "127.0.0.1:1"),
    ("http://[::1]:1/", True, "[::1]:1"),
    ("http://localhost", True, "localhost"),
    ("cursor://anysphere.cursor-mcp/oauth", True, "cursor:"),
    ("com.example.app:/back", True, "com.example.app:"),
    ("http://app.example/", False, None),
    ("http://127.0.0.2/", False, None),
    ("http://127.1/", False, None),
    ("http://localhost.evil.example/", False, None),
    ("http://localhost@evil.example/", False, None),
    ("http://localhost:1@evil.example/", False, None),
    ("http://127.0.0.1\\@evil.example/", False, None),
    ("https://a@app.example/", False, None),
    ("https://app.example/#", False, None),
    ("https://app.example/ ", False, None),
    ("https://äpp.example/", False, None),
    ("HTTPS://app.example/", False, None),
    ("https:app.example", False, None),
    ("//app.example/", False, None),
    ("javascript:/alert(1)", False, None),
    ("data:/text/html,x", False, None),
    ("blob:/x", False, None),
    ("file:///x", False, None),
    ("ftp://app.example/", False, None),
    ("chrome://settings", False, None),
    ("", False, None),
]


@pytest.mark.parametrize(("uri", "may", "shown"), ADDRESSES)
def test_addresses(uri: str, may: bool, shown: str | None) -> None:
    assert redirects.acceptable(uri) is may
    assert redirects.matches([uri], uri) is may
    if shown is not None:
        assert redirects.host_of(uri) == shown


PIECES = st.sampled_from(
    ["http:", "https:", "//", "/", "127.0.0.1", "localhost", "[::1]", "app.example", "evil.example",
     ":80", ":7777", "@", "?", "x", "=", "..", "%2f", "\\", "#", "back"]
)  # fmt: skip


@given(st.lists(PIECES, max_size=8).map("".join))
def test_redirects_match_only_registered_addresses(uri: str) -> None:
    """However it is put together: what matches has scheme, host, path and query of one that was
    named, and its port as well unless it is on this device."""
    named = ["https://app.example/back", "http://127.0.0.1:7777/back?x"]
    if not redirects.matches(named, uri):
        return
    found = urlsplit(uri)
    one = next(each for each in map(urlsplit, named) if each.hostname == found.hostname)
    assert (found.scheme, found.path, found.query) == (one.scheme, one.path, one.query)
    assert found.username is None
    if found.hostname != "127.0.0.1":
        assert found.port == one.port


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("basicchat:read", ("read",)),
        ("basicchat:write", ("read", "write")),
        ("basicchat:admin basicchat:read", ("read", "admin")),
        ("  basicchat:write\tbasicchat:write ", ("read", "write")),
        ("offline_access openid", ()),
        ("basicchat:own BASICCHAT:READ read", ()),
        ("", ()),
    ],
)
def test_scopes(text: str, expected: tuple[str, ...]) -> None:
    found = scopes.parse(text)
    assert found == expected
    assert scopes.parse(scopes.text_of(found)) == found


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("Claude", "Claude"),
        ("  Two   words ", "Two words"),
        ("a\u202eb\u200bc\x00d\ne", "abcd e"),
        ("", "Unnamed app"),
        ("\u200b\u2066", "Unnamed app"),
        ("x" * 100, "x" * 80),
        ("e\u0301", "é"),
    ],
)
def test_names(text: str, expected: str) -> None:
    assert shown_name(text) == expected


@given(st.text(max_size=120))
def test_names_can_always_be_seen(text: str) -> None:
    shown = shown_name(text)
    assert 1 <= len(shown) <= 80
    assert shown.strip() == shown
    assert all(each.isprintable() for each in shown)


@pytest.mark.parametrize(
    ("client_id", "expected"),
    [
        ("https://app.example/client.json", True),
        ("https://app.example:8443/a?b=c", True),
        ("https://app.example/", False),
        ("https://app.example", False),
        ("http://app.example/client.json", False),
        ("https://a@app.example/client.json", False),
        ("https://app.example/./client.json", False),
        ("https://app.example/a/..", False),
        ("https://app.example/%2E%2e/x", False),
        ("https://app.example/x#y", False),
        ("https://app.example/" + "x" * 500, False),
        ("app_0123", False),
        ("", False),
    ],
)
def test_ids_that_are_documents(client_id: str, expected: bool) -> None:
    assert is_document(client_id) is expected


@pytest.mark.parametrize(
    ("said", "seconds"),
    [
        ("", 3600),
        ("max-age=120", 120),
        ("public, MAX-AGE=120", 120),
        ("max-age=1", 60),
        ("max-age=99999999", 86400),
        ("no-store, max-age=500", 60),
        ("no-cache", 60),
        ("s-maxage=5", 3600),
        ("max-age=nonsense", 3600),
    ],
)
def test_how_long_a_document_is_believed(said: str, seconds: float) -> None:
    assert _cache_seconds(said) == seconds


@pytest.mark.parametrize(
    ("url", "expected"),
    [
        ("http://h:1/mcp", "http://h:1/mcp"),
        ("http://h:1/mcp/", "http://h:1/mcp"),
        ("HTTP://H:1/mcp", "http://h:1/mcp"),
        ("http://h:1/MCP", "http://h:1/MCP"),
        ("http://h:1/mcp?", "http://h:1/mcp?"),
        ("http://h:1/mcp#", "http://h:1/mcp#"),
        ("http://[", "http://["),
        ("", "://"),
    ],
)
def test_resources(url: str, expected: str) -> None:
    assert resources.canonical(url) == expected


def test_schemes_that_browsers_know_are_never_an_apps() -> None:
    known = "javascript data vbscript about view-source blob ws intent ms-msdt steam tel"
    for scheme in known.split():
        assert not redirects.acceptable(f"{scheme}:/x")
        assert not redirects.acceptable(f"{scheme}://x")
