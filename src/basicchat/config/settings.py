"""All settings of BasicChat, with their defaults."""

import ipaddress
import re
from collections.abc import Mapping
from pathlib import Path
from typing import Any, Literal

from pydantic import PrivateAttr, field_validator, model_validator
from pydantic_core import PydanticCustomError

from basicchat.config.fields import setting
from basicchat.config.limits import Group, Limits
from basicchat.config.oauth import OAuth
from basicchat.config.oidc import Oidc
from basicchat.config.paths import data_dir
from basicchat.domain.plugins import ProviderSettings

SECRET_CHARACTERS = 32
SECRET_HINT = (
    "Make a secret once and keep it: python3 -c 'import secrets; print(secrets.token_urlsafe(48))'"
)
_SQLITE = re.compile(r"sqlite(\+aiosqlite)?:///(?P<path>[^?#]+)")
_ORIGIN = re.compile(r"https?://[^/\s?#@]+")
_WEB = re.compile(r"https?://\S+")


class Settings(Group):
    """Everything that can be set. Frozen; `load_settings` reads one from the surroundings."""

    host: str = setting(
        "127.0.0.1",
        "Address to listen on. Anything but this machine alone demands `secret_key`.",
        allowed="an IP address or a host name",
    )
    port: int = setting(8765, "Port to listen on; 0 takes any free one.", ge=0, le=65535)
    public_origins: tuple[str, ...] = setting(
        (), "Origins besides its own under which browsers reach the server, behind a proxy say.",
        allowed="a list of origins such as https://chat.example.org, without a path",
    )  # fmt: skip
    data_dir: Path = setting(
        data_dir, "Folder for the database, the index, uploaded originals and the local key.",
        allowed="a path",
    )  # fmt: skip
    database_url: str | None = setting(
        None, "The database, if not `basicchat.db` in the data folder.", plain="DATABASE_URL",
        allowed="sqlite:///PATH (this version knows no other database)",
    )  # fmt: skip
    redis_url: str | None = setting(
        None, "Reserved for several nodes, which this version does not do.", plain="REDIS_URL",
        allowed="nothing (this version runs as one node, without Redis)",
    )  # fmt: skip
    secret_key: str | None = setting(
        None, "Key that signs tokens; kept in the data folder if it is not given.",
        allowed=f"at least {SECRET_CHARACTERS} characters", plain="SECRET_KEY", secret=True,
    )  # fmt: skip
    secret_key_previous: str | None = setting(
        None, "The key before `secret_key`: tokens that it signed hold until they expire.",
        allowed=f"at least {SECRET_CHARACTERS} characters", secret=True,
    )  # fmt: skip
    tls_cert: Path | None = setting(
        None, "Certificate chain to serve HTTPS with, PEM; needs `tls_key`.",
        allowed="the path of a file that exists",
    )  # fmt: skip
    tls_key: Path | None = setting(
        None, "Private key of `tls_cert`, PEM, without a passphrase.",
        allowed="the path of a file that exists",
    )  # fmt: skip
    trusted_proxies: tuple[str, ...] = setting(
        (), "Proxies whose X-Forwarded-For and X-Forwarded-Proto are believed; nobody else's are.",
        allowed="a list of IP addresses and networks such as 10.0.0.0/8",
    )  # fmt: skip
    egress_networks: tuple[str, ...] = setting(
        (), "Private networks that URLs named by clients may lead to; else only public addresses.",
        allowed="a list of IP addresses and networks such as 10.0.0.0/8",
    )  # fmt: skip
    metrics_token: str | None = setting(
        None, "Bearer token that opens `/metrics`; without it, only an administrator's does.",
        allowed=f"at least {SECRET_CHARACTERS} characters", secret=True,
    )  # fmt: skip
    token_hours: float = setting(24.0, "Hours that a token is valid.", ge=0.01, le=8760)
    log_level: Literal["debug", "info", "warning", "error", "critical"] = setting(
        "info", "Least severe log line that is written.", plain="LOG_LEVEL"
    )
    log_format: Literal["auto", "json", "console"] = setting(
        "auto", "Form of log lines: JSON, or for people; auto looks for a terminal."
    )
    provider: str = setting(
        "auto", "Which provider of models to use; auto takes the first configured or running.",
        allowed="auto, or a provider's name such as ollama, openai_compatible, llamacpp, "
        "extractive",
    )  # fmt: skip
    model: str | None = setting(
        None, "Model to ask, by the provider's name for it; else the provider's first.",
        allowed="a model's name",
    )  # fmt: skip
    embedding_model: str | None = setting(
        None, "Model for embeddings; without one, search is by words alone.",
        allowed="a model's name",
    )  # fmt: skip
    ollama_host: str | None = setting(
        None, "Where Ollama is; the usual address is tried if this is not set.",
        allowed="HOST, HOST:PORT or a URL", plain="OLLAMA_HOST",
    )  # fmt: skip
    openai_base_url: str | None = setting(
        None, "An OpenAI-compatible server, with its /v1.", plain="OPENAI_BASE_URL",
        allowed="a URL that starts with http:// or https://",
    )  # fmt: skip
    openai_api_key: str | None = setting(
        None, "Key for the OpenAI-compatible server.", plain="OPENAI_API_KEY", secret=True,
        allowed="the key, without spaces",
    )  # fmt: skip
    model_path: Path | None = setting(
        None, "GGUF file to run in this process (extra `local`).",
        allowed="the path of a file that exists",
    )  # fmt: skip
    num_ctx: int = setting(
        8192, "Context that the model is given, in tokens.", ge=512, le=4_194_304
    )
    connect_seconds: float = setting(
        2.0, "Seconds to wait for a connection to a provider.", ge=0.05, le=60
    )
    idle_seconds: float = setting(
        120.0, "Seconds that a provider may be silent in the midst of an answer.", ge=0.1, le=3600
    )
    keep_alive: str = setting(
        "5m", "How long Ollama keeps a model in memory after use.",
        allowed="a duration such as 5m or 1h, seconds, or -1 for ever",
    )  # fmt: skip
    provider_options: dict[str, Any] = setting(
        dict, "Options that only one provider understands, passed on as they are.",
        allowed="a table (in the environment, a JSON object)",
    )  # fmt: skip
    documents: tuple[Path, ...] = setting(
        (), "Folders and files to index when the server starts.",
        allowed="a list of paths that exist",
    )  # fmt: skip
    chunk_size: int = setting(
        1400, "Longest passage that is indexed as one, in characters; most end by 1000.",
        ge=100, le=40_000,
    )  # fmt: skip
    chunk_overlap: int = setting(
        0, "Characters that neighbouring passages may share.", ge=0, le=10_000,
        allowed="a whole number from 0 to 10000, less than chunk_size",
    )  # fmt: skip
    retrieval_k: int = setting(6, "Passages that a question is answered from.", ge=1, le=100)
    limits: Limits = Limits()
    oidc: Oidc = Oidc()
    oauth: OAuth = OAuth()

    _origins: dict[str, str] = PrivateAttr(default_factory=dict)
    _notes: tuple[str, ...] = PrivateAttr(default=())

    @field_validator("log_level", "log_format", "provider", mode="before")
    @classmethod
    def _lower(cls, value: Any) -> Any:
        lower = value.strip().lower() if isinstance(value, str) else value
        return {"warn": "warning", "fatal": "critical"}.get(lower, lower)

    @field_validator("data_dir", "model_path", "documents", "tls_cert", "tls_key")
    @classmethod
    def _expand(cls, value: Path | tuple[Path, ...] | None) -> Path | tuple[Path, ...] | None:
        if isinstance(value, Path):
            return value.expanduser().absolute()
        return value and tuple(path.expanduser().absolute() for path in value)

    @field_validator("model_path", "documents", "tls_cert", "tls_key")
    @classmethod
    def _exists(cls, value: Path | tuple[Path, ...] | None) -> Any:
        wanted = (value,) if isinstance(value, Path) else value or ()
        return _need(value, all(path.exists() for path in wanted))

    @field_validator("host")
    @classmethod
    def _is_host(cls, value: str) -> str:
        stripped = value.strip("[]")
        named = re.fullmatch(r"[A-Za-z0-9]([A-Za-z0-9.-]*[A-Za-z0-9])?", stripped)
        return str(_need(stripped, bool(named) or _address(stripped) is not None))

    @field_validator("secret_key", "secret_key_previous", "metrics_token")
    @classmethod
    def _is_long(cls, value: str | None) -> Any:
        return _need(value, value is None or len(value) >= SECRET_CHARACTERS)

    @field_validator("database_url")
    @classmethod
    def _is_sqlite(cls, value: str | None) -> Any:
        found = _SQLITE.fullmatch(value) if value else None
        return _need(value, value is None or (found is not None and found["path"] != ":memory:"))

    @field_validator("redis_url")
    @classmethod
    def _is_unset(cls, value: str | None) -> Any:
        return _need(value, value is None)

    @field_validator("public_origins")
    @classmethod
    def _are_origins(cls, value: tuple[str, ...]) -> Any:
        return _need(value, all(_ORIGIN.fullmatch(origin) for origin in value))

    @field_validator("openai_base_url")
    @classmethod
    def _is_web(cls, value: str | None) -> Any:
        return _need(value, value is None or _WEB.fullmatch(value) is not None)

    @field_validator("openai_api_key")
    @classmethod
    def _is_one_word(cls, value: str | None) -> Any:
        return _need(value, value is None or " " not in value)

    @field_validator("trusted_proxies", "egress_networks")
    @classmethod
    def _are_networks(cls, value: tuple[str, ...]) -> Any:
        return _need(value, all(_is_network(each) for each in value))

    @model_validator(mode="after")
    def _agree(self) -> "Settings":
        if not self.is_loopback and self.secret_key is None:
            raise PydanticCustomError("needs_secret", "host: secret_key is not set")
        if (self.tls_cert is None) != (self.tls_key is None):
            missing: Literal["tls_key", "tls_cert"]
            missing = "tls_key" if self.tls_key is None else "tls_cert"
            raise PydanticCustomError(missing, "tls_cert and tls_key: only one is set")
        if self.chunk_overlap >= self.chunk_size:
            raise PydanticCustomError("chunk_overlap", "chunk_overlap: not less than chunk_size")
        return self

    @property
    def is_loopback(self) -> bool:
        """Whether only this machine can reach the server."""
        address = _address(self.host)
        return self.host == "localhost" or (address is not None and address.is_loopback)

    @property
    def url(self) -> str:
        """Where a browser on this machine finds the server, unless the port is any."""
        host = {"0.0.0.0": "127.0.0.1", "::": "::1"}.get(self.host, self.host)
        scheme = "https" if self.tls_cert else "http"
        return f"{scheme}://{f'[{host}]' if ':' in host else host}:{self.port}"

    @property
    def database_path(self) -> Path:
        """The SQLite file."""
        found = _SQLITE.fullmatch(self.database_url or "")
        return Path(found["path"]).absolute() if found else self.data_dir / "basicchat.db"

    @property
    def origins(self) -> Mapping[str, str]:
        """Where each setting that is no default came from, by its dotted name."""
        return self._origins

    @property
    def flagged(self) -> frozenset[str]:
        """The settings that flags of this command gave."""
        return frozenset(name for name, place in self._origins.items() if place.startswith("--"))

    @property
    def notes(self) -> tuple[str, ...]:
        """What the user should know though it is no error: unknown variables, say."""
        return self._notes

    def provider_settings(self) -> ProviderSettings:
        """What a provider may be told of these."""
        return ProviderSettings(
            model=self.model,
            embedding_model=self.embedding_model,
            ollama_host=self.ollama_host,
            openai_base_url=self.openai_base_url,
            openai_api_key=self.openai_api_key,
            model_path=self.model_path,
            num_ctx=self.num_ctx,
            connect_seconds=self.connect_seconds,
            idle_seconds=self.idle_seconds,
            keep_alive=self.keep_alive,
            options=self.provider_options,
        )


def _need(value: Any, holds: bool) -> Any:
    if not holds:
        raise PydanticCustomError("not_allowed", "not allowed")
    return value


def _is_network(text: str) -> bool:
    try:
        ipaddress.ip_network(text, strict=False)
    except ValueError:
        return False
    return True


def _address(host: str) -> ipaddress.IPv4Address | ipaddress.IPv6Address | None:
    try:
        return ipaddress.ip_address(host)
    except ValueError:
        return None
