"""`basicchat compact`: rewrites the database files without their free space."""

from basicchat.app.factories import compact_file, compactable_files
from basicchat.cli.options import with_settings
from basicchat.cli.terminal import failure, note, say
from basicchat.config import Settings
from basicchat.ops.lock import folder_lock


@with_settings()
def compact(*, settings: Settings) -> None:
    """Rewrite the database files of a data folder without their free space; stop the server first.

    Files of this version give free space back by themselves. Those that began with an earlier
    version do so once they are rewritten, which needs as much disk space as they have.
    """
    paths = compactable_files(settings)
    if not paths:
        raise failure(f"There is no database in {settings.data_dir}.", "Name it with --data-dir.")
    with folder_lock(settings.data_dir / "lock") as is_free:
        if not is_free:
            raise failure(
                f"A server is using {settings.data_dir}.", "Stop it, and run this command again."
            )
        for path in paths:
            note(f"Rewriting {path.name} ({path.stat().st_size / (1 << 20):,.0f} MiB) …")
            before, after = compact_file(path)
            say(f"{path.name}: {before / (1 << 20):,.1f} MiB before, {after / (1 << 20):,.1f} now")
