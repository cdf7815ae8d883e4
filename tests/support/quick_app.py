"""The app without what takes long and has tests of its own."""

from contextlib import AbstractAsyncContextManager

from basicchat.accounts.passwords import HashCost
from basicchat.app import App, open_app
from basicchat.app.factories import open_extractor
from basicchat.config import Settings
from basicchat.domain.ports import LLM, Clock
from support.kept_workers import KeptWorker

# A strong hash takes a tenth of a second.
CHEAP = HashCost(passes=1, memory_kib=8, lanes=1)


def open_quick_app(
    settings: Settings, *, llm: LLM | None = None, clock: Clock | None = None
) -> AbstractAsyncContextManager[App]:
    """The app, with cheap hashes of passwords and with extraction workers that are kept."""
    extractor = open_extractor(settings, KeptWorker)
    return open_app(settings, llm=llm, clock=clock, hash_cost=CHEAP, extractor=extractor)
