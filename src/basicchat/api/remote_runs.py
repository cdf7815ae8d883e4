"""The runs in progress on other nodes, with the text that their owners have."""

from collections.abc import Iterable, Mapping, Sequence

from msgspec import structs

from basicchat.api.calls import Services
from basicchat.domain.events import Delta, Position, room_stream
from basicchat.domain.runs import Run, RunPart


async def in_room(services: Services, room_id: str) -> dict[str, Run]:
    """The runs of a room that are in progress on any node, by id.

    The text of other nodes' runs is that of their rows; a subscriber gets the rest once its
    subscription begins.
    """
    running = await services.store.running()
    rows = {run.run_id: run for run in running if run.room_id == room_id}
    return rows | {run.run_id: run for run in services.live_runs.in_room(room_id)}


async def active_at(
    services: Services, position: Position, *in_progress: Mapping[str, Run]
) -> list[Run]:
    """The runs that had not ended at a position: their answers are stored after it.

    Args:
        in_progress: the runs before the position was read, and those afterwards.
    """
    candidates = {run_id: run for runs in in_progress for run_id, run in runs.items()}
    active = []
    for run in candidates.values():
        answer = await services.store.message(run.message_id)
        if answer is None or answer.seq > position.seq:
            active.append(run)
    return active


async def up_to_date(services: Services, room_id: str, runs: Sequence[Run]) -> Sequence[Run]:
    """The same runs of a room with all their text, as far as their owners answer."""
    have = {run.run_id: {part.part: part.off for part in run.parts} for run in runs}
    deltas = await services.run_directory.missing_text(room_stream(room_id), have)
    return [with_text(run, (each for each in deltas if each.run == run.run_id)) for run in runs]


def with_text(run: Run, deltas: Iterable[Delta]) -> Run:
    """A run with text added to its parts; text that would leave a gap is ignored."""
    parts = {part.part: part for part in run.parts}
    for delta in deltas:
        before = parts[delta.part].text if delta.part in parts else ""
        if delta.off <= len(before):
            text = before[: delta.off] + delta.text
            parts[delta.part] = RunPart(part=delta.part, kind=delta.kind, text=text, off=len(text))
    return structs.replace(run, parts=tuple(parts[number] for number in sorted(parts)))
