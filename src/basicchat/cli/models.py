"""`basicchat models`: lists the available models."""

from typing import Any

from basicchat.app import App
from basicchat.cli.in_process import run
from basicchat.cli.options import JsonFlag, with_settings
from basicchat.cli.terminal import note, say, say_json
from basicchat.config import Settings
from basicchat.transports.memory import MemoryClient


@with_settings("provider")
def models(*, as_json: JsonFlag = False, settings: Settings) -> None:
    """List the available models, the default first."""

    async def inside(app: App, client: MemoryClient) -> None:
        # Nobody else waits here, so the provider has all the time that it may take.
        await app.services.models.fetched()
        listed = await client.call("models.list", {})
        if as_json:
            say_json(listed)
            return
        note(f"Provider: {app.resources.answerer.reason}")
        for model in listed["models"]:
            say(_line(model))

    run(settings, inside)


def _line(model: dict[str, Any]) -> str:
    facts = [f"context {model['context']}"] if model.get("context") else []
    facts += ["loaded"] if model.get("loaded") else []
    facts += model.get("capabilities", [])
    return f"{model['id']}  ({', '.join(facts)})" if facts else str(model["id"])
