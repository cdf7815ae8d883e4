"""The models to use: the default where a request names none, and what is known of a named one."""

from collections.abc import Sequence

from basicchat.domain.chat import Model
from basicchat.domain.errors import BasicChatError
from basicchat.domain.ports import LLM, Clock

ASK_AGAIN_SECONDS = 60.0


class DefaultModel:
    """The provider's models, asked for at most once a minute."""

    def __init__(self, llm: LLM, wanted: str | None, clock: Clock) -> None:
        self._llm = llm
        self._wanted = wanted
        self._clock = clock
        self._offered: Sequence[Model] | None = None
        self._asked_at = 0.0

    async def __call__(self) -> Model:
        """The default model. If the provider does not answer, that is for the run to say."""
        offered = await self.all()
        wanted = [model for model in offered if self._wanted in (None, model.id)]
        return wanted[0] if wanted else self._unseen(self._wanted)

    async def named(self, name: str | None) -> Model:
        """A model by its id, or the default; one that is not offered is for the run to refuse."""
        if name is None:
            return await self()
        return await self.offered(name) or self._unseen(name)

    async def offered(self, name: str) -> Model | None:
        """A model by its id, if the provider offers it."""
        return next((model for model in await self.all() if model.id == name), None)

    async def all(self) -> Sequence[Model]:
        """All models; none if the provider has never answered."""
        now = self._clock.monotonic()
        if self._offered is None or now - self._asked_at > ASK_AGAIN_SECONDS:
            try:
                self._offered = await self._llm.models()
            except BasicChatError:
                return self._offered or ()
            self._asked_at = now
        return self._offered

    def _unseen(self, name: str | None) -> Model:
        return Model(id=name or "default", provider=self._llm.name)
