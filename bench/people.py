"""Users and rooms, written into a data folder before its server starts."""

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from basicchat.app import open_app
from basicchat.config import Settings
from basicchat.domain.store import Transaction
from basicchat.domain.values import User
from basicchat.testing.scripted_llm import PacedLLM


@dataclass(frozen=True)
class Person:
    """A user with a token, and the rooms of which they are a member."""

    user_id: str
    token: str
    rooms: tuple[str, ...] = ()


async def settle(
    data: Path, count: int, rooms: Sequence[Sequence[int]] = (), **settings: str
) -> list[Person]:
    """Create `count` users, and rooms.

    Args:
        rooms: the members of each room, as numbers of users; the first one is the owner.
        settings: of the server, besides its data folder.
    """
    users = [User(id=f"u_{n:06}", name=f"Person {n:04}", role="member") for n in range(count)]
    within: list[list[str]] = [[] for _ in users]
    told = Settings.model_validate({"data_dir": data} | settings)
    async with open_app(told, llm=PacedLLM({})) as app:
        now = app.services.clock.now()
        async with app.store.transaction() as change:
            for user in users:
                await change.put_user(user, now)
            for number, members in enumerate(rooms):
                room_id = f"c_{number:06}"
                await change.put_room(room_id, f"Room {number}", now)
                await _fill(change, room_id, [users[n].id for n in members])
                for n in members:
                    within[n].append(room_id)
        return [
            Person(user.id, app.token(user), tuple(mine))
            for user, mine in zip(users, within, strict=True)
        ]


async def _fill(change: Transaction, room_id: str, user_ids: Sequence[str]) -> None:
    for number, user_id in enumerate(user_ids):
        await change.put_member(room_id, user_id, "member" if number else "owner")
