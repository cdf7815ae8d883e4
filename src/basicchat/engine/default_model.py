"""The model to use where a request names none."""

from basicchat.domain.chat import Model
from basicchat.domain.errors import BasicChatError
from basicchat.domain.ports import LLM, Clock

ASK_AGAIN_SECONDS = 60.0


class DefaultModel:
    """The provider's default model, asked for at most once a minute."""

    def __init__(self, llm: LLM, wanted: str | None, clock: Clock) -> None:
        self._llm = llm
        self._wanted = wanted
        self._clock = clock
        self._known: Model | None = None
        self._asked_at = 0.0

    async def __call__(self) -> Model:
        """The model. If the provider does not answer, that is for the run to say."""
        now = self._clock.monotonic()
        if self._known is None or now - self._asked_at > ASK_AGAIN_SECONDS:
            try:
                models = await self._llm.models()
            except BasicChatError:
                return self._known or self._unseen()
            wanted = [model for model in models if self._wanted in (None, model.id)]
            self._known = wanted[0] if wanted else self._unseen()
            self._asked_at = now
        return self._known

    def _unseen(self) -> Model:
        return Model(id=self._wanted or "default", provider=self._llm.name)
