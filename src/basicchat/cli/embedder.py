"""`basicchat embedder`: installing, showing and removing an embedding model in the data folder."""

import asyncio
import hashlib
import shutil
import sys
from importlib.util import find_spec
from pathlib import Path
from typing import Annotated

import typer
from rich.console import Console
from rich.progress import DownloadColumn, Progress, TextColumn

from basicchat.cli.options import JsonFlag, YesFlag, confirm, with_settings
from basicchat.cli.terminal import coloured, failure, note, say, say_json
from basicchat.config import Settings
from basicchat.config.installed_embedder import FOLDER, PREVIOUS, installed_embedder
from basicchat.llm.gguf import NotGgufError, describe, is_for_embeddings
from basicchat.llm.installable_embedders import INSTALLABLE, InstallableEmbedder
from basicchat.ops.download import download
from basicchat.ops.egress import EgressGuard

embedder = typer.Typer(
    rich_markup_mode=None,
    no_args_is_help=True,
    help="Install, show and remove an embedding model, to search by meaning.",
)
# How long a host may be silent.
SECONDS = 30.0
RESTART = "It is used from the next start of the server, which indexes the documents with it."


@embedder.command("install")
@with_settings()
def install(
    *,
    name: Annotated[str | None, typer.Argument(help="A model's name; see `status`.")] = None,
    file: Annotated[
        Path | None, typer.Option("--from", metavar="FILE", help="Take this GGUF file instead.")
    ] = None,
    sha256: Annotated[
        str | None, typer.Option(metavar="HEX", help="Checksum that the file of --from must have.")
    ] = None,
    yes: YesFlag = False,
    settings: Settings,
) -> None:
    """Install an embedding model in the data folder, instead of the one that is there.

    Nothing is downloaded before you agree. The file is checked by its SHA-256.
    """
    if (name is not None or sha256 is None) and file is None:
        _download(_named(name), settings, yes=yes)
    elif file is None or name is not None:
        raise failure("Name either a model, or a file with --from.")
    else:
        _copy(file, sha256, settings)
    if find_spec("xllamacpp") is None:
        note('It needs the extra `local`: pip install "basicchat[local]"')
    if settings.embedder_path != installed_embedder(settings.data_dir):
        note("The settings name another embedder, which has precedence.")


@embedder.command("status")
@with_settings()
def status(*, as_json: JsonFlag = False, settings: Settings) -> None:
    """Show which embedding model is installed, and which ones can be."""
    path = installed_embedder(settings.data_dir)
    if as_json:
        names = [each.name for each in INSTALLABLE]
        say_json({"installed": path and path.stem, "path": path and str(path), "available": names})
        return
    say(f"Installed: {path.stem} ({path})" if path else "No embedding model is installed.")
    for each in INSTALLABLE:
        say(f"Available: {_described(each)}")


@embedder.command("remove")
@with_settings()
def remove(*, yes: YesFlag = False, settings: Settings) -> None:
    """Delete the installed embedding model."""
    path = installed_embedder(settings.data_dir)
    if path is None:
        raise failure("No embedding model is installed.")
    confirm(f"Delete {path.name}?", yes)
    shutil.rmtree(path.parent)
    say(f"{path.name} was deleted. Search does without it from the next start of the server.")


def _named(name: str | None) -> InstallableEmbedder:
    chosen = INSTALLABLE[0].name if name is None else name
    for each in INSTALLABLE:
        if each.name == chosen:
            return each
    known = ", ".join(each.name for each in INSTALLABLE)
    raise failure(f"There is no model {chosen}.", f"Choose one of these: {known}. Or use --from.")


def _described(model: InstallableEmbedder) -> str:
    size = f"{model.size / 1_000_000:,.0f} MB"
    return f"{model.name}, {size}, licence {model.licence}, {model.description}"


def _download(model: InstallableEmbedder, settings: Settings, *, yes: bool) -> None:
    note(f"{_described(model)}\nFrom {model.url}\nSHA-256 {model.sha256}")
    if not yes:
        if not sys.stdin.isatty():
            raise failure("Nothing is downloaded unasked.", "Add --yes to agree.")
        confirm("Download it?", yes)
    part = _folder(settings) / f"{model.file}.part"
    missing = model.size - (part.stat().st_size if part.exists() else 0)
    if shutil.disk_usage(part.parent).free < missing + settings.min_free_bytes:
        raise failure(f"There is not enough space in {part.parent}.", "Free some, or use --from.")
    asyncio.run(_fetch(model, part, settings))
    if _checksum(part) != model.sha256:
        part.unlink()
        raise failure(
            f"{model.file} has not the expected checksum, and was deleted.",
            "Try again. If that does not help, get the file elsewhere and use --from.",
        )
    _use(part, model.file)


async def _fetch(model: InstallableEmbedder, part: Path, settings: Settings) -> None:
    guard = EgressGuard(settings.egress_networks, seconds=SECONDS)
    columns = TextColumn("{task.description}"), DownloadColumn()
    console = Console(stderr=True)
    with Progress(*columns, console=console, transient=True, disable=not coloured(sys.stderr)) as p:
        task = p.add_task(model.file, total=model.size)
        try:
            await download(
                guard, model.url, part, model.size, lambda done: p.update(task, completed=done)
            )
        finally:
            guard.close()


def _copy(file: Path, sha256: str | None, settings: Settings) -> None:
    _check_kind(file)
    part = _folder(settings) / f"{file.stem}.gguf.part"
    shutil.copyfile(file, part)
    actual = _checksum(part)
    if sha256 is not None and actual != sha256.strip().lower():
        part.unlink()
        raise failure(f"{file.name} has the SHA-256 {actual}, not the one that was named.")
    _use(part, f"{file.stem}.gguf")


def _check_kind(file: Path) -> None:
    hint = "Choose an embedding model as GGUF."
    try:
        entries = describe(file)
    except NotGgufError:
        raise failure(f"{file.name} is not a GGUF file, or is damaged.", hint) from None
    if not is_for_embeddings(entries):
        raise failure(f"{file.name} is not a model for embeddings.", hint)


def _folder(settings: Settings) -> Path:
    folder = settings.data_dir / FOLDER
    folder.mkdir(parents=True, exist_ok=True)
    return folder


def _checksum(path: Path) -> str:
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


def _use(part: Path, name: str) -> None:
    """Give a complete file its name, and keep only the latest of the models that were there."""
    path = part.replace(part.with_name(name))
    previous = path.parent / PREVIOUS
    for other in [each for each in path.parent.iterdir() if each.is_file() and each != path]:
        if other.suffix == ".gguf":
            shutil.rmtree(previous, ignore_errors=True)
            previous.mkdir()
            other.replace(previous / other.name)
        else:
            other.unlink()
    say(f"{path.stem} is installed. {RESTART}")
    say(f"SHA-256: {_checksum(path)}")
