"""Kill a node: a survivor ends its answers, with their text, and its users are absent."""

import asyncio

from chaos_server import pieces_of
from drill_cluster import cluster
from drill_load import load, member, until
from drill_report import Report

from basicchat.client import BasicChatClient

NAME, TITLE = "kill", "a node is killed (`kill -9`)"
# A question whose answer takes half a minute.
LONG = next(q for q in map("dance {}".format, range(999)) if len(list(pieces_of(q))) > 110)
INTERRUPTED_SECONDS, ABSENT_SECONDS = 10.0, 30.0


async def run(seconds: float = 5.0) -> Report:
    """Run the drill."""
    # Answers that are sure to be in progress.
    async with cluster(2, tokens_per_second=4.0) as nodes, load(nodes) as work:
        victim, survivor = nodes.nodes
        where = f"http://127.0.0.1:{survivor.settings['port']}"
        async with (
            BasicChatClient(where, nodes.token) as watcher,
            BasicChatClient(where, nodes.token) as owner,
        ):
            token = await member(nodes, owner, "Ada")
            room = (await owner.call("rooms.create", {"name": "Presence"}))["room_id"]
            users = (await owner.call("users.list"))["users"]
            (ada,) = [user["id"] for user in users if user["name"] == "Ada"]
            await owner.call("rooms.invite", {"room_id": room, "user_id": ada, "role": "member"})
            there = f"http://127.0.0.1:{victim.settings['port']}"
            guest = BasicChatClient(there, token)
            await guest.connect()
            await guest.join(room)
            asked = await BasicChatClient(there, nodes.token).__aenter__()
            turn = await asked.call("stream_request", {"query": LONG})

            async def present() -> bool:
                return ada in (await watcher.join(room))["presence"]

            await until(present, 30)
            await asyncio.sleep(seconds)
            await victim.kill()

            async def interrupted() -> bool:
                found = await owner.call("runs.get", {"run_id": turn["run_id"]})
                return bool(found["status"] == "interrupted" and found["parts"])

            async def absent() -> bool:
                return not await present()

            ended, gone = await asyncio.gather(
                until(interrupted, INTERRUPTED_SECONDS), until(absent, ABSENT_SECONDS)
            )
            await guest.close()
            await asked.close()
        await asyncio.sleep(seconds)
        await victim.start()
        await asyncio.sleep(seconds)
    notes = (f"its answers were ended with their text after {ended:.1f} s",
             f"its users were absent after {gone:.1f} s")  # fmt: skip
    return Report(TITLE, work, notes)
