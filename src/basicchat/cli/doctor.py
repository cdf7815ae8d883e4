"""`basicchat doctor`: checks the installation and suggests fixes."""

import asyncio
import logging

from basicchat.app import open_app
from basicchat.cli.environment_checks import Finding, check_environment
from basicchat.cli.options import JsonFlag, with_settings
from basicchat.cli.terminal import failure, note, say, say_json
from basicchat.config import Settings
from basicchat.domain.errors import BasicChatError


@with_settings("host", "port", "provider", "model")
def doctor(*, as_json: JsonFlag = False, settings: Settings) -> None:
    """Check versions, folder, disk, port, database, index and provider; exit 1 if one is broken."""
    for each in settings.notes:
        note(f"note: {each}")
    all_findings = [*check_environment(settings), *asyncio.run(_app_checks(settings))]
    # If two checks have the same name, the app's own takes precedence.
    findings = list({finding.name: finding for finding in all_findings}.values())
    if as_json:
        say_json(findings)
    else:
        for finding in findings:
            _show(finding)
    broken = [finding.name for finding in findings if not finding.ok]
    if broken:
        raise failure(f"broken: {', '.join(broken)}")


async def _app_checks(settings: Settings) -> list[Finding]:
    try:
        async with open_app(settings, recover=False) as app:
            checks = await app.checks.all()
            return [Finding(name=c.name, ok=c.ok, detail=c.detail, hint=c.hint) for c in checks]
    except BasicChatError as error:
        return [Finding(name="start", ok=False, detail=error.message, hint=error.hint)]
    except OSError as error:
        detail = f"{error.strerror}: {error.filename or settings.data_dir}"
        return [Finding(name="start", ok=False, detail=detail, hint="See `data folder` above.")]
    # The doctor must report any failure, whatever it is.
    except Exception as error:
        logging.getLogger(__name__).debug("cannot start", exc_info=True)
        detail = f"the program cannot start on {settings.data_dir}: {type(error).__name__}"
        hint = "If a file there is damaged, restore it from a backup or choose another --data-dir."
        return [Finding(name="start", ok=False, detail=detail, hint=hint)]


def _show(finding: Finding) -> None:
    say(f"{'ok    ' if finding.ok else 'BROKEN'}  {finding.name}: {finding.detail}")
    if finding.hint and not finding.ok:
        say(f"        {finding.hint}")
