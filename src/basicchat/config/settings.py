"""All settings of BasicChat, with their defaults."""

import ipaddress
import re
from collections.abc import Mapping
from pathlib import Path
from typing import Any, Literal

import msgspec
from pydantic import PrivateAttr, field_validator, model_validator
from pydantic_core import PydanticCustomError

from basicchat.config.embedder import LOCAL, Embedder
from basicchat.config.fallbacks import Fallback
from basicchat.config.fields import WEB, need, setting
from basicchat.config.installed_embedder import installed_embedder
from basicchat.config.limits import MIB, Group, Limits
from basicchat.config.oauth import OAuth
from basicchat.config.oidc import Oidc
from basicchat.config.paths import data_dir
from basicchat.config.reranker import Reranker
from basicchat.config.tool_servers import ToolServer
from basicchat.domain.plugins import ProviderSettings
from basicchat.domain.redis_url import parse_redis_url

SECRET_CHARACTERS = 32
SECRET_HINT = (
    "Create a secret once and keep it: "
    "python3 -c 'import secrets; print(secrets.token_urlsafe(48))'"
)
_SQLITE = re.compile(r"sqlite(\+aiosqlite)?:///(?P<path>[^?#]+)")
_POSTGRES = re.compile(r"postgres(ql)?://\S+")
# A bucket's name, as Amazon allows it, and a prefix of plain characters.
_S3 = re.compile(
    r"s3://(?P<bucket>[a-z0-9][a-z0-9.-]{1,61}[a-z0-9])(/(?P<prefix>[\w-][\w.-]*(/[\w-][\w.-]*)*))?/?",
    re.ASCII,
)
_ORIGIN = re.compile(r"https?://[^/\s?#@]+")


class Settings(Group):
    """All settings, immutable; `load_settings` reads them from their sources."""

    host: str = setting(
        "127.0.0.1",
        "Address to listen on; one that other machines can reach requires `secret_key`.",
        allowed="an IP address or a host name",
    )
    port: int = setting(8765, "Port to listen on; 0 takes any free one.", ge=0, le=65535)
    workers: int = setting(
        1, "Processes that serve, on one machine; each uses one core.", ge=1, le=64
    )
    public_origins: tuple[str, ...] = setting(
        (), "Further origins under which browsers reach the server, for example behind a proxy.",
        allowed="a list of origins such as https://chat.example.org, without a path",
    )  # fmt: skip
    data_dir: Path = setting(
        data_dir, "Folder of the database, the index, uploaded originals and the local key.",
        allowed="a path",
    )  # fmt: skip
    originals: str = setting(
        "folder", "Where the originals of uploaded documents are kept.",
        allowed="folder; database, if `database_url` names a PostgreSQL database; or "
        "s3://BUCKET/PREFIX, a store that speaks S3 (extra `s3`)",
    )  # fmt: skip
    originals_endpoint: str | None = setting(
        None, "URL of the store that `originals` names, unless it is Amazon S3.",
        plain="AWS_ENDPOINT_URL_S3", allowed="an http or https URL",
    )  # fmt: skip
    originals_region: str | None = setting(
        None, "Region of the store that `originals` names; by default that of AWS_REGION.",
        allowed="a name such as eu-central-1",
    )  # fmt: skip
    originals_dir: Path | None = setting(
        None, "Folder of the originals, which several nodes may share; by default `blobs` in the "
        "data folder.", allowed="a path",
    )  # fmt: skip
    min_free_bytes: int = setting(
        200 * MIB, "Free disk space, in bytes; with less, the server reports that it is not ready.",
        ge=0, le=1 << 50,
    )  # fmt: skip
    database_url: str | None = setting(
        None, "Database; by default `basicchat.db` in the data folder.", plain="DATABASE_URL",
        allowed="sqlite:///PATH, or postgresql://USER@HOST/NAME in any of libpq's forms (extra "
        "`postgres`)",
    )  # fmt: skip
    redis_url: str | None = setting(
        None, "Redis or Valkey, through which several nodes of one server work together (extra "
        "`redis`). They need the same `database_url` and the same `secret_key`.",
        plain="REDIS_URL",
        allowed="redis://HOST:PORT/DB or rediss:// (TLS), unix:///PATH, "
        "redis+sentinel://HOST:PORT,HOST:PORT/SERVICE, or redis+cluster://HOST:PORT,HOST:PORT",
    )  # fmt: skip
    secret_key: str | None = setting(
        None, "Key that signs tokens; by default one is created in the data folder.",
        allowed=f"at least {SECRET_CHARACTERS} characters", plain="SECRET_KEY", secret=True,
    )  # fmt: skip
    secret_key_previous: str | None = setting(
        None, "Previous `secret_key`; tokens that it signed are valid until they expire.",
        allowed=f"at least {SECRET_CHARACTERS} characters", secret=True,
    )  # fmt: skip
    tls_cert: Path | None = setting(
        None, "Certificate chain for HTTPS, in PEM format; requires `tls_key`.",
        allowed="the path of a file that exists",
    )  # fmt: skip
    tls_key: Path | None = setting(
        None, "Private key of `tls_cert`, in PEM format, without a passphrase.",
        allowed="the path of a file that exists",
    )  # fmt: skip
    trusted_proxies: tuple[str, ...] = setting(
        (), "Proxies whose X-Forwarded-For and X-Forwarded-Proto headers are trusted.",
        allowed="a list of IP addresses and networks such as 10.0.0.0/8",
    )  # fmt: skip
    egress_networks: tuple[str, ...] = setting(
        (), "Private networks that URLs from clients may lead to, in addition to public addresses.",
        allowed="a list of IP addresses and networks such as 10.0.0.0/8",
    )  # fmt: skip
    metrics_token: str | None = setting(
        None, "Bearer token for `/metrics`; administrators' tokens are always accepted.",
        allowed=f"at least {SECRET_CHARACTERS} characters", secret=True,
    )  # fmt: skip
    token_hours: float = setting(24.0, "Hours that a token is valid.", ge=0.01, le=8760)
    log_level: Literal["debug", "info", "warning", "error", "critical"] = setting(
        "info", "Lowest severity of log lines that are written.", plain="LOG_LEVEL"
    )
    log_format: Literal["auto", "json", "console"] = setting(
        "auto", "Format of log lines; auto uses console in a terminal and JSON elsewhere."
    )
    provider: str = setting(
        "auto", "Model provider; auto uses the first one that is configured or running.",
        allowed="auto, or a provider's name such as ollama, openai_compatible, llamacpp, "
        "extractive",
    )  # fmt: skip
    model: str | None = setting(
        None, "Model, by the provider's name for it; by default the provider's first.",
        allowed="a model's name",
    )  # fmt: skip
    embedding_model: str | None = setting(
        None, "Model for embeddings; by default one that the embedder's server offers, if any.",
        allowed="a model's name",
    )  # fmt: skip
    ollama_host: str | None = setting(
        None, "Address of Ollama; by default its usual address is tried.",
        allowed="HOST, HOST:PORT or a URL", plain="OLLAMA_HOST",
    )  # fmt: skip
    openai_base_url: str | None = setting(
        None, "URL of an OpenAI-compatible server, including /v1.", plain="OPENAI_BASE_URL",
        allowed="a URL that starts with http:// or https://",
    )  # fmt: skip
    openai_api_key: str | None = setting(
        None, "API key of the OpenAI-compatible server.", plain="OPENAI_API_KEY", secret=True,
        allowed="the key, without spaces",
    )  # fmt: skip
    model_path: Path | None = setting(
        None, "GGUF file to run in this process (extra `local`).",
        allowed="the path of a file that exists",
    )  # fmt: skip
    num_ctx: int = setting(8192, "Context length of the model, in tokens.", ge=512, le=4_194_304)
    connect_seconds: float = setting(
        2.0, "Seconds to wait for a connection to a provider; three attempts are made.",
        ge=0.05, le=60,
    )  # fmt: skip
    ollama_connect_seconds: float | None = setting(
        None, "The same for Ollama alone; by default `connect_seconds`.", ge=0.05, le=60,
        allowed="a number of seconds from 0.05 to 60",
    )  # fmt: skip
    openai_connect_seconds: float | None = setting(
        None, "The same for the OpenAI-compatible server alone; by default `connect_seconds`.",
        ge=0.05, le=60, allowed="a number of seconds from 0.05 to 60",
    )  # fmt: skip
    idle_seconds: float = setting(
        120.0, "Seconds that a provider may be silent during an answer.", ge=0.1, le=3600
    )
    parallel_answers: int | None = setting(
        None, "Answers that the model server produces at once; further questions wait in a queue. "
        "By default it is learnt.",
        ge=1, le=1024, allowed="a whole number from 1 to 1024",
    )  # fmt: skip
    keep_alive: str = setting(
        "5m", "How long Ollama keeps a model in memory after use.",
        allowed="a duration such as 5m or 1h, seconds, or -1 for ever",
    )  # fmt: skip
    provider_options: dict[str, Any] = setting(
        dict, "Provider-specific options, passed on unchanged.",
        allowed="a table (in the environment, a JSON object)",
    )  # fmt: skip
    fallbacks: tuple[Fallback, ...] = setting(
        (), "Further providers, by priority, for answers that the first one fails to begin. One "
        "that fails is avoided until it works again.",
        allowed="a list of tables with `provider`, the `ollama_host`, `openai_base_url`, "
        "`openai_api_key` or `model_path` that it needs, and the `model` that it uses for those "
        "that it lacks, or a table `models` with its names for single ones",
    )  # fmt: skip
    mcp_servers: tuple[ToolServer, ...] = setting(
        (), "MCP servers whose tools the assistant may use. Only the tools that `tools` names are "
        "offered, and with `trust_annotations` those that the server declares read-only; they run "
        "without asking.",
        allowed="a list of tables with `name`; `command` (a list of texts, with `folder` and "
        "`env`) or `url` (with `token`); `tools` (a list of names, or *), `trust_annotations`; and "
        "`call_seconds`",
    )  # fmt: skip
    documents: tuple[Path, ...] = setting(
        (), "Folders and files to index when the server starts, and whenever they change.",
        allowed="a list of paths that exist",
    )  # fmt: skip
    indexing_workers: int = setting(
        2, "Processes that read documents at the same time; one of them never works on a file that "
        "takes long.", ge=2, le=64,
    )  # fmt: skip
    chunk_size: int = setting(
        1400, "Longest passage in the index, in characters; most end before 1000.",
        ge=100, le=40_000,
    )  # fmt: skip
    chunk_overlap: int = setting(
        0, "Characters that adjacent passages may share.", ge=0, le=10_000,
        allowed="a whole number from 0 to 10000, less than chunk_size",
    )  # fmt: skip
    retrieval_k: int = setting(6, "Passages that an answer is based on.", ge=1, le=100)
    answer_cache_seconds: int = setting(
        3600, "Seconds for which the same question may get the same answer, while the documents "
        "that it may use stay as they are; 0 answers every question anew.", ge=0, le=604_800,
    )  # fmt: skip
    limits: Limits = Limits()
    embedder: Embedder = Embedder()
    reranker: Reranker = Reranker()
    oidc: Oidc = Oidc()
    oauth: OAuth = OAuth()

    _origins: dict[str, str] = PrivateAttr(default_factory=dict)
    _notes: tuple[str, ...] = PrivateAttr(default=())

    @field_validator("log_level", "log_format", "provider", mode="before")
    @classmethod
    def _lower(cls, value: Any) -> Any:
        lower = value.strip().lower() if isinstance(value, str) else value
        return {"warn": "warning", "fatal": "critical"}.get(lower, lower)

    @field_validator("data_dir", "originals_dir", "model_path", "documents", "tls_cert", "tls_key")
    @classmethod
    def _expand(cls, value: Path | tuple[Path, ...] | None) -> Path | tuple[Path, ...] | None:
        if isinstance(value, Path):
            return value.expanduser().absolute()
        return value and tuple(path.expanduser().absolute() for path in value)

    @field_validator("model_path", "documents", "tls_cert", "tls_key")
    @classmethod
    def _exists(cls, value: Path | tuple[Path, ...] | None) -> Any:
        paths = (value,) if isinstance(value, Path) else value or ()
        return need(value, all(path.exists() for path in paths))

    @field_validator("host")
    @classmethod
    def _is_host(cls, value: str) -> str:
        stripped = value.strip("[]")
        named = re.fullmatch(r"[A-Za-z0-9]([A-Za-z0-9.-]*[A-Za-z0-9])?", stripped)
        return str(need(stripped, bool(named) or _address(stripped) is not None))

    @field_validator("secret_key", "secret_key_previous", "metrics_token")
    @classmethod
    def _is_long(cls, value: str | None) -> Any:
        return need(value, value is None or len(value) >= SECRET_CHARACTERS)

    @field_validator("database_url")
    @classmethod
    def _is_database(cls, value: str | None) -> Any:
        if value is None or _POSTGRES.fullmatch(value):
            return value
        match = _SQLITE.fullmatch(value)
        return need(value, match is not None and match["path"] != ":memory:")

    @field_validator("redis_url")
    @classmethod
    def _is_redis(cls, value: str | None) -> Any:
        try:
            return need(value, value is None or bool(parse_redis_url(value)))
        except ValueError:
            return need(value, False)

    @field_validator("public_origins")
    @classmethod
    def _are_origins(cls, value: tuple[str, ...]) -> Any:
        return need(value, all(_ORIGIN.fullmatch(origin) for origin in value))

    @field_validator("originals")
    @classmethod
    def _is_store(cls, value: str) -> Any:
        return need(value, value in ("folder", "database") or _S3.fullmatch(value) is not None)

    @field_validator("openai_base_url", "originals_endpoint")
    @classmethod
    def _is_web(cls, value: str | None) -> Any:
        return need(value, value is None or WEB.fullmatch(value) is not None)

    @field_validator("openai_api_key")
    @classmethod
    def _is_one_word(cls, value: str | None) -> Any:
        return need(value, value is None or " " not in value)

    @field_validator("trusted_proxies", "egress_networks")
    @classmethod
    def _are_networks(cls, value: tuple[str, ...]) -> Any:
        return need(value, all(_is_network(each) for each in value))

    @model_validator(mode="after")
    def _agree(self) -> "Settings":
        if not self.is_loopback and self.secret_key is None:
            raise PydanticCustomError("needs_secret", "host: secret_key is not set")
        if self.redis_url is not None and self.secret_key is None:
            raise PydanticCustomError("nodes_need_secret", "redis_url: secret_key is not set")
        if (self.tls_cert is None) != (self.tls_key is None):
            missing: Literal["tls_key", "tls_cert"]
            missing = "tls_key" if self.tls_key is None else "tls_cert"
            raise PydanticCustomError(missing, "tls_cert and tls_key: only one is set")
        if self.originals == "database" and self.postgres_url is None:
            raise PydanticCustomError("originals", "originals: database_url names no PostgreSQL")
        if self.reranker.model and not (self.reranker.url or self.openai_base_url):
            raise PydanticCustomError("reranker.url", "reranker.model: no server is named")
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
        """The server's URL for a browser on this machine, unless `port` is 0."""
        host = {"0.0.0.0": "127.0.0.1", "::": "::1"}.get(self.host, self.host)
        scheme = "https" if self.tls_cert else "http"
        return f"{scheme}://{f'[{host}]' if ':' in host else host}:{self.port}"

    @property
    def database_path(self) -> Path:
        """The SQLite file."""
        match = _SQLITE.fullmatch(self.database_url or "")
        return Path(match["path"]).absolute() if match else self.data_dir / "basicchat.db"

    @property
    def postgres_url(self) -> str | None:
        """The URL of the PostgreSQL database, if one is set."""
        url = self.database_url
        return url if url is not None and _POSTGRES.fullmatch(url) else None

    @property
    def s3_place(self) -> tuple[str, str] | None:
        """Bucket and prefix of the originals, if they are in a store that speaks S3."""
        match = _S3.fullmatch(self.originals)
        return (match["bucket"], match["prefix"] or "") if match else None

    @property
    def origins(self) -> Mapping[str, str]:
        """The source of each setting that is not a default, by its dotted name."""
        return self._origins

    @property
    def flagged(self) -> frozenset[str]:
        """The settings that were given by flags of this command."""
        return frozenset(name for name, source in self._origins.items() if source.startswith("--"))

    @property
    def notes(self) -> tuple[str, ...]:
        """Warnings for the user, such as unknown environment variables."""
        return self._notes

    def fallback_settings(self, fallback: Fallback) -> ProviderSettings:
        """The settings that a further provider may see."""
        return msgspec.structs.replace(
            self.provider_settings(),
            model=fallback.model,
            embedding_model=None,
            ollama_host=fallback.ollama_host,
            openai_base_url=fallback.openai_base_url,
            openai_api_key=fallback.openai_api_key,
            model_path=fallback.model_path,
        )

    def embedder_settings(self) -> ProviderSettings:
        """The settings that the embedder may see; a server of its own gets its own key only."""
        own, shared = self.embedder, self.provider_settings()
        prefixed = msgspec.structs.replace(
            shared,
            model=None,
            model_path=self.embedder_path,
            query_prefix=own.query_prefix,
            passage_prefix=own.passage_prefix,
        )
        if own.url is None:
            return prefixed
        return msgspec.structs.replace(
            prefixed,
            ollama_host=own.url,
            openai_base_url=own.url,
            openai_api_key=own.api_key,
        )

    @property
    def embedder_path(self) -> Path | None:
        """The embedder's file: the one named, else the installed one if nothing else is named."""
        own = self.embedder
        is_open = own.url is None and own.path is None and own.provider in ("auto", LOCAL)
        if not is_open or self.embedding_model is not None:
            return own.path
        return installed_embedder(self.data_dir)

    @property
    def embedder_choice(self) -> str:
        """The embedder's provider; auto if neither the settings nor an installed file tell it."""
        choice = self.embedder.choice
        return choice if choice != "auto" or self.embedder_path is None else LOCAL

    def reranker_settings(self) -> ProviderSettings:
        """The settings that the reranker may see, without a base URL if there is none.

        A server of its own gets its own key only.
        """
        own, shared = self.reranker, self.provider_settings()
        if own.url is None and own.model is not None:
            return shared
        return msgspec.structs.replace(shared, openai_base_url=own.url, openai_api_key=own.api_key)

    def provider_settings(self) -> ProviderSettings:
        """The settings that a provider may see."""
        return ProviderSettings(
            model=self.model,
            embedding_model=self.embedding_model,
            ollama_host=self.ollama_host,
            openai_base_url=self.openai_base_url,
            openai_api_key=self.openai_api_key,
            model_path=self.model_path,
            num_ctx=self.num_ctx,
            connect_seconds=self.connect_seconds,
            ollama_connect_seconds=self.ollama_connect_seconds,
            openai_connect_seconds=self.openai_connect_seconds,
            idle_seconds=self.idle_seconds,
            parallel_answers=self.parallel_answers,
            keep_alive=self.keep_alive,
            options=self.provider_options,
        )


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
