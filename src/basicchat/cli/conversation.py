"""The conversation of a terminal chat: commands, questions, answers, and events of the room."""

from collections.abc import Callable, Mapping
from typing import Any

import msgspec

from basicchat.cli.answer import ENDED, Answer, citation_lines, unsaved_note
from basicchat.cli.chat_screen import Screen
from basicchat.cli.terminal import counted
from basicchat.cli.tool_approval import ToolApproval
from basicchat.client import (
    Accepted,
    BasicChatClient,
    ChatError,
    Delta,
    Event,
    Restored,
    Signal,
    State,
    TurnEvent,
)

SHOWN = 10
HELP = """/rooms         list the rooms
/join N        go to room N of that list
/new [NAME]    start a new room
/stop          stop the answer
/help          show this
/quit          leave"""

# What users read when the server does not reach a service, and when it reaches it again.
SERVICE_NOTES = {
    "other_servers": (
        "Other servers cannot be reached. Messages from people on them arrive later.",
        "Other servers can be reached again.",
    ),
    "database": (
        "The server cannot reach its database. Messages can be sent again when it is back.",
        "The server reaches its database again.",
    ),
}


class Conversation:
    """Runs the lines that a user types, and shows the results.

    Args:
        mode: the reasoning mode of all questions.
    """

    def __init__(self, client: BasicChatClient, screen: Screen, mode: str) -> None:
        self._client = client
        self._screen = screen
        self._mode = mode
        self._room: str | None = None
        self._rooms: list[dict[str, Any]] = []
        self._names: dict[str, str] = {}
        self._asked: set[str] = set()
        self._away: set[str] = set()
        self._run: str | None = None
        self._approval: ToolApproval | None = None
        self._asking = self._lost = False
        self._end: Callable[[], object] = lambda: None
        self.refusal: ChatError | None = None
        client.on("event", self._on_event)
        client.on("signal", self._on_signal)
        client.on("state", self._on_state)
        client.on("restored", self._on_restored)

    async def greet(self, where: str) -> None:
        """Show what the chat is connected to."""
        user = self._client.user or {}
        self._screen.note(f"{where}, as {user.get('name')}. /help lists the commands.")

    def on_refusal(self, end: Callable[[], object]) -> None:
        """Set the function to call once the server refuses this client; `refusal` is the error."""
        self._end = end
        if self.refusal is not None:
            end()

    async def execute(self, line: str) -> None:
        """Run a line that was typed: a command or a question."""
        command, _, argument = line.partition(" ")
        self._asking = False
        try:
            if not line.startswith("/"):
                await self._ask(line)
            elif (action := self._commands().get(command)) is not None:
                await action(argument.strip())
            else:
                self._screen.note(f"Unknown command {command}; /help lists the commands.")
        except ChatError as error:
            if error.kind != "closed":
                self._show_error(error.message, error.hint)
            elif self._asking:
                self._screen.note("Not sent yet. It is stored, and will be sent next time.")

    def _commands(self) -> dict[str, Any]:
        return {
            "/rooms": self._list,
            "/join": self._join,
            "/new": self._new,
            "/stop": self.stop,
            "/help": self._help,
        }

    def _show_error(self, message: str, hint: str | None) -> None:
        self._screen.line(f"! {message}" + (f" {hint}" if hint else ""), "red")

    async def _help(self, _: str) -> None:
        for line in HELP.splitlines():
            self._screen.line(line)

    # --- rooms ------------------------------------------------------------------------------

    async def _list(self, _: str) -> None:
        await self._load_rooms()
        if not self._rooms:
            self._screen.note("There are no rooms yet. Ask a question to start one.")
        for number, room in enumerate(self._rooms, 1):
            marker = "*" if room["room_id"] == self._room else " "
            unread = f" ({room['unread']} unread)" if room["unread"] else ""
            self._screen.line(f"{marker}{number:>3}  {room['name']}{unread}")

    async def _load_rooms(self) -> None:
        page = await self._client.call("rooms.list")
        self._rooms = page["rooms"]
        while after := page.get("next"):
            page = await self._client.call("rooms.list", {"after": after})
            self._rooms += page["rooms"]

    async def _join(self, argument: str) -> None:
        if not self._rooms:
            await self._load_rooms()
        if not argument.isdecimal() or not 1 <= int(argument) <= len(self._rooms):
            self._screen.note(f"/join takes a number from 1 to {len(self._rooms)}; see /rooms.")
            return
        await self._enter(self._rooms[int(argument) - 1]["room_id"])

    async def _new(self, name: str) -> None:
        room = await self._client.call("rooms.create", {"name": name} if name else {})
        await self._enter(room["room_id"])

    async def _enter(self, room_id: str) -> None:
        snapshot = await self._client.join(room_id)
        if self._room not in (None, room_id):
            await self._client.leave(str(self._room))
        self._room = room_id
        self._names = {member["id"]: member["name"] for member in snapshot["members"]}
        online = [self._names.get(user, user) for user in snapshot["presence"]]
        people = f"; online: {', '.join(online)}" if online else ""
        self._screen.note(
            f"{snapshot['room']['name']}: {counted(len(self._names), 'member')}{people}"
        )
        for message in snapshot["messages"][-SHOWN:]:
            self._screen.line(f"{message['author']['name']}: {message['text']}")

    # --- questions --------------------------------------------------------------------------

    async def _ask(self, question: str) -> None:
        answer: Answer | None = None
        self._asking = True
        # A script cannot know which of its lines would be the decision.
        turn = self._client.stream_query(
            question, self._mode, room_id=self._room, can_approve=self._screen.live
        )
        async for event in turn:
            self._asking = False
            if isinstance(event, Accepted):
                answer = self._start_answer(event, event.run_id) if event.run_id else None
            elif answer is not None:
                self._show_progress(answer, event)
                if event.type.startswith("run.") and isinstance(event, Event) and self._approval:
                    await self._approval.update(event.data)
        if answer is not None:
            self._end_answer(answer)

    def _start_answer(self, event: Accepted, run_id: str) -> Answer:
        if self._room is None:
            self._room = event.room_id
            user = self._client.user or {}
            self._names = {user.get("id", ""): user.get("name", "")}
        self._run = run_id
        self._approval = ToolApproval(self._client, self._screen, run_id)
        self._asked.add(run_id)
        self._screen.begin()
        return Answer(run_id)

    def _show_progress(self, answer: Answer, event: TurnEvent) -> None:
        if isinstance(event, Delta):
            news = answer.feed("delta", msgspec.structs.asdict(event))
        else:
            news = answer.feed("events", {"events": [msgspec.structs.asdict(event)]})
        if news:
            self._screen.piece(news)

    def _end_answer(self, answer: Answer) -> None:
        self._run = self._approval = None
        self._screen.end()
        run: Mapping[str, Any] = answer.run or {"status": "interrupted"}
        for line in citation_lines(run.get("citations", [])):
            self._screen.line(line, "dim")
        if run["status"] != "completed":
            error = run.get("error") or {"message": f"The answer was {run['status']}."}
            self._show_error(error["message"], error.get("hint"))

    async def stop(self, _: str = "") -> None:
        """Stop the answer in progress."""
        if self._run is None:
            self._screen.note("No answer is in progress.")
            return
        await self._client.call("runs.cancel", {"run_id": self._run})

    @property
    def awaits_decision(self) -> bool:
        """Whether a tool call waits for a decision, so that the next line typed is one."""
        return self._approval is not None and self._approval.waits

    async def decide(self, line: str) -> None:
        """Decide on the tool call that waits."""
        try:
            if self._approval is not None:
                await self._approval.decide(line)
        except ChatError as error:
            self._screen.within(f"! {error.message}", "red")

    async def abandon(self) -> None:
        """Close the client; questions that could not be sent are stored."""
        await self._client.close()
        self._run = self._approval = None
        self._screen.end()

    @property
    def answering(self) -> bool:
        """Whether an answer is in progress."""
        return self._run is not None

    # --- events of the room -----------------------------------------------------------------

    def _on_event(self, event: Event) -> None:
        data = event.data
        if event.stream != f"room:{self._room}":
            return
        if event.type.startswith("member."):
            self._on_member(event.type, data)
        elif event.type == "message.created" and data["author"]["kind"] == "user":
            if not self._is_ours(data):
                self._screen.line(f"{data['author']['name']}: {data['text']}", "cyan")
        elif event.type in ENDED and data["run_id"] not in self._asked:
            text = "\n\n".join(p["text"] for p in data["parts"] if p["kind"] == "answer")
            self._screen.line(f"Assistant: {text}", "green")

    def _on_member(self, type: str, member: Mapping[str, Any]) -> None:
        self._names[member["id"]] = member["name"]
        if member["id"] != (self._client.user or {}).get("id"):
            if type == "member.joined":
                self._screen.note(f"{member['name']} has joined the room")
            elif type == "member.left":
                self._screen.note(f"{member['name']} has left the room")

    def _is_ours(self, message: Mapping[str, Any]) -> bool:
        """Whether a message was typed in this program, not on another device."""
        user = self._client.user or {}
        mine = message["author"]["id"] == user.get("id")
        return mine and (self._asking or message.get("run_id") in self._asked)

    def _on_signal(self, signal: Signal) -> None:
        if signal.type == "service":
            self._on_service(signal.data)
        if signal.stream != f"room:{self._room}":
            return
        if signal.type == "unsaved":
            self._screen.note(unsaved_note(signal.data))
        if signal.type != "presence":
            return
        own_id = (self._client.user or {}).get("id")
        for user, shown in signal.data.get("joined", {}).items():
            if user != own_id:
                where = "away" if shown.get("status") == "away" else "online"
                self._screen.note(f"{self._names.get(user, user)} is {where}")
        for user in signal.data.get("left", []):
            if user != own_id:
                self._screen.note(f"{self._names.get(user, user)} is offline")

    def _on_service(self, reached: Mapping[str, Any]) -> None:
        for service, (away, back) in SERVICE_NOTES.items():
            if reached.get(service, True) == (service in self._away):
                self._screen.note(back if service in self._away else away)
                self._away ^= {service}

    def _on_restored(self, restored: Restored) -> None:
        text = restored.params.get("query") or restored.params.get("text")
        if text is not None:
            self._screen.note(f"Sent now, from last time: {text}")

    def _on_state(self, state: State) -> None:
        if state.status == "reconnecting" and not self._lost:
            self._lost, self._away = True, set()
            was_online = self._client.user is not None
            what = "The connection is lost" if was_online else "The server does not answer yet"
            self._screen.note(f"{what}; trying again")
        elif state.status == "online" and self._lost:
            self._lost = False
            self._screen.note(f"Connected ({state.transport})")
        elif state.error is not None:
            self.refusal = state.error
            self._end()
