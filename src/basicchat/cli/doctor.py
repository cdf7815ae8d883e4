"""`basicchat doctor`: what works, what does not, and what to do about it."""

import asyncio
import logging

from basicchat.app import open_app
from basicchat.cli.environment_checks import Finding, look_around
from basicchat.cli.options import JsonFlag, with_settings
from basicchat.cli.terminal import failure, note, say, say_json
from basicchat.config import Settings
from basicchat.domain.errors import BasicChatError


@with_settings("host", "port", "provider", "model")
def doctor(*, as_json: JsonFlag = False, settings: Settings) -> None:
    """Check versions, folder, disk, port, database, index and provider; exit 1 if one is broken."""
    for each in settings.notes:
        note(f"note: {each}")
    found = [*look_around(settings), *asyncio.run(_inside(settings))]
    # Of two about the same thing the app's own counts.
    findings = list({finding.name: finding for finding in found}.values())
    if as_json:
        say_json(findings)
    else:
        for finding in findings:
            _show(finding)
    broken = [finding.name for finding in findings if not finding.ok]
    if broken:
        raise failure(f"broken: {', '.join(broken)}")


async def _inside(settings: Settings) -> list[Finding]:
    try:
        async with open_app(settings, recover=False) as app:
            checks = await app.checks.all()
            return [Finding(name=c.name, ok=c.ok, detail=c.detail, hint=c.hint) for c in checks]
    except BasicChatError as error:
        return [Finding(name="start", ok=False, detail=error.message, hint=error.hint)]
    except OSError as error:
        detail = f"{error.strerror}: {error.filename or settings.data_dir}"
        return [Finding(name="start", ok=False, detail=detail, hint="See `data folder` above.")]
    # Nothing is so broken that the doctor may fail to say so.
    except Exception as error:
        logging.getLogger(__name__).debug("cannot start", exc_info=True)
        detail = f"the program cannot start on {settings.data_dir}: {type(error).__name__}"
        hint = "If a file there is damaged, restore it from a backup or choose another --data-dir."
        return [Finding(name="start", ok=False, detail=detail, hint=hint)]


def _show(finding: Finding) -> None:
    say(f"{'ok    ' if finding.ok else 'BROKEN'}  {finding.name}: {finding.detail}")
    if finding.hint and not finding.ok:
        say(f"        {finding.hint}")
