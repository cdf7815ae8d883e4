"""Settings of the model providers that answer when the first one fails."""

from pathlib import Path

from pydantic import field_validator

from basicchat.config.fields import need, setting
from basicchat.config.limits import Group


class Fallback(Group):
    """A further provider; everything else, such as deadlines, is as for the first one."""

    provider: str
    model: str | None = setting(
        None, "Its model in the place of each that it lacks; without one, it answers only with "
        "models that it offers, and with those of `models`.",
        allowed="a model's name",
    )  # fmt: skip
    models: dict[str, str] = setting(
        dict, "Its models in the place of single ones.", allowed="a table of names by names"
    )
    ollama_host: str | None = setting(
        None, "Address of Ollama.", allowed="HOST, HOST:PORT or a URL"
    )
    openai_base_url: str | None = setting(
        None, "URL of an OpenAI-compatible server.",
        allowed="a URL that starts with http:// or https://",
    )  # fmt: skip
    openai_api_key: str | None = setting(
        None, "Its API key.", secret=True, allowed="the key, without spaces"
    )
    model_path: Path | None = setting(
        None, "GGUF file to run in this process.", allowed="the path of a file that exists"
    )

    @field_validator("model_path")
    @classmethod
    def _exists(cls, value: Path | None) -> Path | None:
        path = value and value.expanduser().absolute()
        need(path, path is None or path.exists())
        return path

    @field_validator("openai_base_url")
    @classmethod
    def _is_web(cls, value: str | None) -> str | None:
        need(value, value is None or value.startswith(("http://", "https://")))
        return value
