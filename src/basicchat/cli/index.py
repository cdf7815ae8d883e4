"""`basicchat index`: indexes files and folders."""

from pathlib import Path
from typing import Annotated

import typer

from basicchat.app import App
from basicchat.cli.collection_options import CollectionOption, find_collection
from basicchat.cli.in_process import run
from basicchat.cli.indexing import index_all
from basicchat.cli.options import JsonFlag, with_settings
from basicchat.cli.terminal import counted, say, say_json
from basicchat.config import Settings
from basicchat.transports.memory import MemoryClient


@with_settings("provider", "embedding_model")
def index(
    *,
    paths: Annotated[list[Path], typer.Argument(help="Files and folders, read recursively.")],
    collection: CollectionOption = None,
    as_json: JsonFlag = False,
    settings: Settings,
) -> None:
    """Index files and folders; unchanged files are skipped."""

    async def inside(app: App, client: MemoryClient) -> None:
        collection_id = None
        if collection is not None:
            collection_id = (await find_collection(client, collection))["collection_id"]
        documents = await index_all(app, paths, collection_id)
        if as_json:
            say_json({"documents": documents})
        else:
            passages = counted(sum(document.chunks or 0 for document in documents), "passage")
            say(f"{counted(len(documents), 'document')}, {passages} can be searched.")

    run(settings, inside)
