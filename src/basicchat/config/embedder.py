"""Settings of the embedder, which is independent of the provider of answers."""

from pathlib import Path
from typing import Any

from pydantic import field_validator, model_validator
from pydantic_core import PydanticCustomError

from basicchat.config import fields
from basicchat.config.fields import need, setting
from basicchat.config.limits import Group

LOCAL = "llamacpp"
SERVERS = ("ollama", "openai_compatible")


class Embedder(Group):
    """The embedder: where the model that `embedding_model` names runs, and how texts are given."""

    provider: str = setting(
        "auto", "Provider of embeddings. With auto, `path` or `url` decides, else the provider of "
        "answers; without an `embedding_model`, one that its server offers is used, except of "
        "OpenAI itself. With none, search uses words only.",
        allowed="auto, none, or a provider's name such as ollama, openai_compatible, llamacpp",
    )  # fmt: skip
    url: str | None = setting(
        None, "URL of the embedder's server, for an OpenAI-compatible one including /v1; by "
        "default that of the provider.", allowed="a URL that starts with http:// or https://",
    )  # fmt: skip
    api_key: str | None = setting(
        None, "API key of the server at `embedder.url`.", allowed="the key, without spaces",
        secret=True,
    )  # fmt: skip
    path: Path | None = setting(
        None, "GGUF file of an embedding model to run beside this server (extra `local`).",
        allowed="the path of a file that exists",
    )  # fmt: skip
    query_prefix: str | None = setting(
        None, "Text before each query; by default the one that the model's family needs.",
        allowed="a text, such as 'query: '; empty for none",
    )  # fmt: skip
    passage_prefix: str | None = setting(
        None, "Text before each passage; by default the one that the model's family needs.",
        allowed="a text, such as 'passage: '; empty for none",
    )  # fmt: skip

    @field_validator("provider", mode="before")
    @classmethod
    def _lower(cls, value: Any) -> Any:
        return value.strip().lower() if isinstance(value, str) else value

    _is_web = field_validator("url")(fields.web_url)
    _is_one_word = field_validator("api_key")(fields.api_key)

    @field_validator("path")
    @classmethod
    def _exists(cls, value: Path | None) -> Any:
        path = value and value.expanduser().absolute()
        return need(path, path is None or path.exists())

    @model_validator(mode="after")
    def _agree(self) -> "Embedder":
        if self.path is not None and self.url is not None:
            raise PydanticCustomError("embedder.url", "embedder.path: url is set, too")
        if self.path is not None and self.provider not in ("auto", "none", LOCAL):
            raise PydanticCustomError("embedder.provider", "embedder.path: needs llamacpp")
        return self

    @property
    def choice(self) -> str:
        """The provider's name; auto if neither the settings nor the place tell it."""
        if self.provider != "auto":
            return self.provider
        if self.path is not None:
            return LOCAL
        return "openai_compatible" if self.url is not None else "auto"
