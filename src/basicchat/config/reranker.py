"""Settings of the reranker, which reorders the passages that a search found."""

from pydantic import field_validator

from basicchat.config import fields
from basicchat.config.fields import setting
from basicchat.config.limits import Group


class Reranker(Group):
    """The reranker: a server with `/rerank`, such as llama.cpp's, vLLM, Jina or Cohere."""

    url: str | None = setting(
        None, "URL of a reranker, to which `/rerank` is appended: that of llama.cpp's server with "
        "`--reranking`, vLLM, Jina or Cohere, including /v1 or /v2. It reorders the passages that "
        "a search found. Without one, they keep the order of the search.",
        allowed="a URL that starts with http:// or https://",
    )  # fmt: skip
    model: str | None = setting(
        None, "Model of the reranker; a server with a single model needs none. Without "
        "`reranker.url`, that of the server at `openai_base_url`.",
        allowed="a model's name",
    )  # fmt: skip
    api_key: str | None = setting(
        None, "API key of the server at `reranker.url`.", allowed="the key, without spaces",
        secret=True,
    )  # fmt: skip
    candidates: int = setting(
        30, "Passages that are reordered, of those that a search found.", ge=2, le=200
    )
    seconds: float = setting(
        2.0, "Seconds that the reranker has; afterwards, the order of the search is kept.",
        ge=0.05, le=60,
    )  # fmt: skip

    _is_web = field_validator("url")(fields.web_url)
    _is_one_word = field_validator("api_key")(fields.api_key)
