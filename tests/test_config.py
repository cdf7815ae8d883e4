"""Settings: precedence, origins, and how wrong values are refused."""

import inspect
import re
from pathlib import Path

import pytest
from pydantic import ValidationError

import basicchat
from basicchat.config import Limits, Settings, load_settings
from basicchat.config.display import shown
from basicchat.config.fallbacks import Fallback
from basicchat.config.fields import allowed, variables, walk
from basicchat.config.tool_servers import ToolServer
from basicchat.domain.errors import InvalidInput
from basicchat.domain.plugins import ProviderSettings

SECRET = "s" * 32


@pytest.fixture(autouse=True)
def no_user_file(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("XDG_CONFIG_HOME", str(tmp_path / "nowhere"))
    monkeypatch.setenv("HOME", str(tmp_path / "home"))


def written(folder: Path, text: str) -> Path:
    path = folder / "settings.toml"
    path.write_text(text)
    return path


def test_defaults_are_those_of_the_protocol() -> None:
    settings = load_settings(environ={})
    assert (settings.host, settings.port) == ("127.0.0.1", 8765)
    assert settings.limits == Limits(
        max_frame_bytes=1048576,
        max_upload_bytes=20971520,
        max_queue_bytes=1048576,
        requests_in_flight=32,
        runs_per_user=8,
        connections_per_address=10,
        messages_per_minute=100,
        session_seconds=3600,
        heartbeat_seconds=25.0,
        auth_seconds=10.0,
    )
    assert settings.token_hours == 24
    assert dict(settings.origins) == {}


def test_each_layer_beats_the_next(tmp_path: Path) -> None:
    file = written(tmp_path, 'port = 1\nlog_level = "error"\nmodel = "m"\nnum_ctx = 1024\n')
    environ = {
        "LOG_LEVEL": "debug",
        "BASICCHAT_PORT": "2",
        "BASICCHAT_MODEL": "env",
        "OLLAMA_HOST": "plain",
        "BASICCHAT_OLLAMA_HOST": "own",
    }
    settings = load_settings({"port": 3, "model": None}, config=file, environ=environ)
    assert (settings.port, settings.model, settings.num_ctx) == (3, "env", 1024)
    assert (settings.log_level, settings.ollama_host) == ("debug", "own")
    assert dict(settings.origins) == {
        "port": "--port",
        "model": "BASICCHAT_MODEL",
        "num_ctx": str(file),
        "log_level": "LOG_LEVEL",
        "ollama_host": "BASICCHAT_OLLAMA_HOST",
    }


def test_the_file_is_found_in_three_places(tmp_path: Path) -> None:
    usual = tmp_path / "xdg" / "basicchat" / "config.toml"
    usual.parent.mkdir(parents=True)
    usual.write_text("port = 1")
    named = written(tmp_path, "port = 2")
    environ = {"XDG_CONFIG_HOME": str(tmp_path / "xdg")}
    assert load_settings(environ=environ).port == 1
    environ["BASICCHAT_CONFIG"] = str(named)
    assert load_settings(environ=environ).port == 2
    (tmp_path / "third.toml").write_text("port = 3")
    assert load_settings(config=tmp_path / "third.toml", environ=environ).port == 3


@pytest.mark.parametrize(
    ("variable", "text", "name", "value"),
    [
        ("BASICCHAT_LIMITS_RUNS_PER_USER", "3", "limits.runs_per_user", 3),
        ("BASICCHAT_IDLE_SECONDS", "1.5", "idle_seconds", 1.5),
        ("LOG_LEVEL", "WARN", "log_level", "warning"),
        ("SECRET_KEY", SECRET, "secret_key", SECRET),
        ("OPENAI_BASE_URL", "http://box:8000/v1", "openai_base_url", "http://box:8000/v1"),
        ("OPENAI_API_KEY", "sk-1", "openai_api_key", "sk-1"),
        ("DATABASE_URL", "sqlite:////tmp/a.db", "database_url", "sqlite:////tmp/a.db"),
        ("DATABASE_URL", "postgres:///d?host=/run", "postgres_url", "postgres:///d?host=/run"),
        ("DATABASE_URL", "sqlite:////tmp/a.db", "postgres_url", None),
        ("BASICCHAT_PROVIDER_OPTIONS", '{"a": 1}', "provider_options", {"a": 1}),
        (
            "BASICCHAT_FALLBACKS",
            '[{"provider": "ollama", "models": {"a": "b"}}]',
            "fallbacks",
            (Fallback(provider="ollama", models={"a": "b"}),),
        ),
        ("BASICCHAT_PUBLIC_ORIGINS", "https://a, http://b:1", "public_origins",
         ("https://a", "http://b:1")),
        ("BASICCHAT_PUBLIC_ORIGINS", '["https://a"]', "public_origins", ("https://a",)),
        ("BASICCHAT_DOCUMENTS", "/", "documents", (Path("/"),)),
        ("BASICCHAT_HOST", "[::1]", "host", "::1"),
        ("OPENAI_API_KEY", "  ", "openai_api_key", None),
    ],
)  # fmt: skip
def test_variables_are_read(variable: str, text: str, name: str, value: object) -> None:
    settings = load_settings(environ={variable: text})
    place: object = settings
    for part in name.split("."):
        place = getattr(place, part)
    assert place == value


BAD = [
    ({"port": 99999}, {}, "", ["port: 99999", "--port", "from 0 to 65535"]),
    ({}, {"BASICCHAT_PORT": "http"}, "", ["port: 'http'", "BASICCHAT_PORT", "from 0 to 65535"]),
    ({}, {}, "port = true", ["port: True", "settings.toml", "whole number"]),
    ({}, {}, "[limits]\nruns_per_user = 0", ["limits.runs_per_user: 0", "from 1 to 10000"]),
    ({}, {}, "limits = 3", ["limits", "settings.toml", "is not a setting"]),
    ({}, {}, "prot = 1", ["prot (from", "is not a setting", "Did you mean port?"]),
    ({}, {}, "port =", ["settings.toml", "not valid TOML"]),
    ({"what": 1}, {}, "", ["what is not a setting"]),
    ({}, {"LOG_LEVEL": "loud"}, "", ["'loud'", "LOG_LEVEL", "debug, info, warning"]),
    ({}, {"DATABASE_URL": "mysql://h/d"}, "", ["mysql://h/d", "sqlite:///PATH", "postgresql://"]),
    ({}, {"BASICCHAT_ORIGINALS": "database"}, "", ["originals", "PostgreSQL"]),
    ({}, {"BASICCHAT_ORIGINALS": "s3://a/../b"}, "", ["s3://a/../b", "s3://BUCKET/PREFIX"]),
    ({}, {"AWS_ENDPOINT_URL_S3": "h:1"}, "", ["h:1", "AWS_ENDPOINT_URL_S3", "http or https"]),
    ({}, {"DATABASE_URL": "sqlite:///:memory:"}, "", [":memory:", "sqlite:///PATH"]),
    ({}, {"REDIS_URL": "http://h"}, "", ["http://h", "REDIS_URL", "redis+cluster://"]),
    ({}, {"REDIS_URL": "redis://h"}, "", ["redis_url", "same key", "SECRET_KEY"]),
    ({}, {"SECRET_KEY": "short"}, "", ["secret_key", "SECRET_KEY", "5 characters", "at least 32"]),
    ({}, {"OPENAI_BASE_URL": "box"}, "", ["openai_base_url: 'box'", "http://"]),
    ({"model_path": "/none.gguf"}, {}, "", ["/none.gguf", "--model-path", "file that exists"]),
    ({}, {}, "documents = ['none']", ["none", "paths that exist"]),
    ({}, {"BASICCHAT_PROVIDER_OPTIONS": "x"}, "", ["provider_options: 'x'", "JSON object"]),
    ({}, {"BASICCHAT_PUBLIC_ORIGINS": "https://a/b"}, "", ["https://a/b", "without a path"]),
    ({}, {}, "[[fallbacks]]\nmodel = 'm'", ["fallbacks", "settings.toml", "`provider`"]),
    ({}, {}, "[[mcp_servers]]\nname = 'a b'\nurl = 'http://a'\ntools = ['*']", ["mcp_servers"]),
    ({}, {}, "[[mcp_servers]]\nname = 'a'\ntools = ['*']", ["mcp_servers", "`command`"]),
    ({}, {}, "[[mcp_servers]]\nname = 'a'\nurl = 'http://a'", ["mcp_servers", "`tools`"]),
    ({}, {}, "[[mcp_servers]]\nname = 'a'\nurl = 'a'\ntools = ['*']", ["mcp_servers", "`url`"]),
    ({"host": "not a host"}, {}, "", ["host: 'not a host'", "IP address or a host name"]),
    ({"chunk_overlap": 1400}, {}, "", ["chunk_overlap: 1400", "less than chunk_size"]),
    ({"idle_seconds": float("nan")}, {}, "", ["idle_seconds: nan", "from 0.1 to 3600"]),
    ({"host": "0.0.0.0"}, {}, "", ["'0.0.0.0'", "--host", "secret_key", "token_urlsafe"]),
    ({}, {"BASICCHAT_HOST": "box.lan"}, "", ["'box.lan'", "BASICCHAT_HOST", "loopback"]),
    ({}, {"BASICCHAT_PORT": "tcp://10.0.0.1:8765"}, "", ["BASICCHAT_PORT", "enableServiceLinks"]),
    ({}, {"BASICCHAT_CONFIG": "/none.toml"}, "", ["/none.toml", "No such file"]),
]  # fmt: skip


@pytest.mark.parametrize(("flags", "environ", "toml", "said"), BAD)
def test_wrong_values_are_refused_in_full(
    flags: dict[str, object], environ: dict[str, str], toml: str, said: list[str], tmp_path: Path
) -> None:
    config = written(tmp_path, toml) if toml else None
    with pytest.raises(InvalidInput) as refused:
        load_settings(flags, config=config, environ=environ)
    told = f"{refused.value.message} {refused.value.hint}"
    assert [word for word in said if word not in told] == [], told


@pytest.mark.parametrize(
    ("environ", "hidden"),
    [
        ({"SECRET_KEY": "hush-hush"}, "hush"),
        ({"OPENAI_API_KEY": "sk hush"}, "hush"),
        ({"REDIS_URL": "redis://me:hush@box/0/1"}, "hush"),
        ({"REDIS_URL": "redis://me:hu/sh@x@box/0/1"}, "hu/sh"),
        ({"BASICCHAT_FALLBACKS": '[{"openai_api_key": "hush"'}, "hush"),
        ({"BASICCHAT_FALLBACKS": '[{"openai_api_key": "hush"}]'}, "hush"),
        ({"DATABASE_URL": "mysql://me:hush@box/d"}, "hush"),
        ({"DATABASE_URL": "mysql://box/d?user=me&password=hush"}, "hush"),
    ],
)
def test_refusals_keep_secrets(environ: dict[str, str], hidden: str) -> None:
    with pytest.raises(InvalidInput) as refused:
        load_settings(environ=environ)
    assert hidden not in refused.value.message
    assert next(iter(environ)) in refused.value.message


def test_every_wrong_value_is_named_at_once() -> None:
    with pytest.raises(InvalidInput) as refused:
        load_settings({"port": -1, "num_ctx": 1}, environ={})
    assert refused.value.message.count("\n") == 1


@pytest.mark.parametrize(
    ("host", "loopback"),
    [("127.0.0.1", True), ("127.9.9.9", True), ("::1", True), ("localhost", True),
     ("0.0.0.0", False), ("::", False), ("192.168.1.2", False), ("example.org", False)],
)  # fmt: skip
def test_only_loopback_needs_no_secret(host: str, loopback: bool) -> None:
    assert load_settings({"host": host, "secret_key": SECRET}, environ={}).is_loopback is loopback
    if not loopback:
        with pytest.raises(InvalidInput, match="secret_key is not set"):
            load_settings({"host": host}, environ={})
        with pytest.raises(ValidationError):
            Settings(host=host)


@pytest.mark.parametrize(
    ("told", "url"),
    [
        ({}, "http://127.0.0.1:8765"),
        ({"host": "0.0.0.0", "port": 80}, "http://127.0.0.1:80"),
        ({"host": "::"}, "http://[::1]:8765"),
        ({"host": "::1"}, "http://[::1]:8765"),
        ({"host": "chat.lan", "tls_cert": __file__, "tls_key": __file__}, "https://chat.lan:8765"),
    ],
)
def test_a_browser_on_this_machine_finds_it_there(told: dict[str, object], url: str) -> None:
    assert load_settings(told | {"secret_key": SECRET}, environ={}).url == url


@pytest.mark.parametrize(
    ("pair", "name", "value"),
    [
        ("num_ctx=1024", "num_ctx", 1024),
        ("public-origins = https://a", "public_origins", ("https://a",)),
        ('provider_options={"a": "b=c"}', "provider_options", {"a": "b=c"}),
    ],
)
def test_pairs_set_anything(pair: str, name: str, value: object) -> None:
    settings = load_settings({"port": 1}, pairs=[pair, "port=2"], environ={})
    assert (getattr(settings, name), settings.port) == (value, 1)
    assert dict(settings.origins) == {name: "--set", "port": "--port"}


@pytest.mark.parametrize("pair", ["prot=1", "port", "limits=1", "=", "limits.port=1"])
def test_pairs_must_name_a_setting(pair: str) -> None:
    with pytest.raises(InvalidInput, match=r"\(from --set\) is not a setting"):
        load_settings(pairs=[pair], environ={})


def test_unknown_variables_are_noted_and_not_refused() -> None:
    settings = load_settings(environ={"BASICCHAT_PROT": "1", "BASICCHAT_CONFIG": ""})
    assert settings.notes == ("BASICCHAT_PROT is not a setting; did you mean BASICCHAT_PORT?",)


def test_paths_in_a_file_are_relative_to_it(tmp_path: Path) -> None:
    (tmp_path / "notes").mkdir()
    file = written(tmp_path, 'documents = ["notes"]\ndata_dir = "data"')
    settings = load_settings(config=file, environ={})
    assert settings.documents == (tmp_path / "notes",)
    assert settings.data_dir == tmp_path / "data"
    assert settings.database_path == tmp_path / "data" / "basicchat.db"


def test_settings_are_frozen() -> None:
    with pytest.raises(ValidationError):
        load_settings(environ={}).port = 1  # type: ignore[misc]


def test_providers_receive_only_what_they_may_know() -> None:
    settings = load_settings({"model": "m", "num_ctx": 4096, "secret_key": SECRET}, environ={})
    told = settings.provider_settings()
    assert isinstance(told, ProviderSettings)
    assert (told.model, told.num_ctx, told.openai_api_key) == ("m", 4096, None)


@pytest.mark.parametrize(
    ("name", "value", "text"),
    [
        ("secret_key", SECRET, "********"),
        ("secret_key", None, "(not set)"),
        ("ollama_host", "http://me:hush@box", "'http://********@box'"),
        ("provider_options", {"api_key": "hush", "a": [1]}, "{api_key = ********, a = [1]}"),
        (
            "fallbacks",
            (Fallback(provider="ollama", openai_api_key="hush", model="m"),),
            "[{provider = 'ollama', model = 'm', openai_api_key = ********}]",
        ),
        (
            "mcp_servers",
            (ToolServer(name="a", command=("b",), env={"KEY": "hush"}, tools=("*",)),),
            "[{name = 'a', command = ['b'], env = ********, tools = ['*']}]",
        ),
        ("model", "m", "'m'"),
    ],
)
def test_values_are_shown_with_secrets_masked(name: str, value: object, text: str) -> None:
    assert shown(dict(walk(Settings))[name], value) == text


def test_every_setting_has_a_description_and_its_range() -> None:
    taken: set[str] = set()
    for name, field in walk(Settings):
        assert (field.description or "").endswith("."), name
        assert allowed(field), name
        assert taken.isdisjoint(variables(name, field)), name
        taken.update(variables(name, field))
    assert {"OLLAMA_HOST", "OPENAI_API_KEY", "OPENAI_BASE_URL", "REDIS_URL", "DATABASE_URL",
            "SECRET_KEY", "LOG_LEVEL"} <= taken  # fmt: skip


def test_no_setting_is_without_effect() -> None:
    """Each is read somewhere: as an attribute, or by its name in a table of limits."""
    package = Path(basicchat.__file__).parent
    aside = {"config", "cli"}
    read = [
        path.read_text(encoding="utf-8")
        for path in package.rglob("*.py")
        if aside.isdisjoint(path.relative_to(package).parts)
    ]
    read.append((package / "cli" / "options.py").read_text(encoding="utf-8"))
    # Its derived values are what the others read of some.
    text = "\n".join([*read, inspect.getsource(Settings)])
    leaves = {name.rsplit(".", 1)[-1] for name, _ in walk(Settings)}
    unread = {leaf for leaf in leaves if not re.search(rf"\.{leaf}\b|\[\"{leaf}\"\]", text)}
    assert unread == set()
