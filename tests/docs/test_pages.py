"""What the hand-written pages say can be done, can be done."""

import re
from pathlib import Path

import pytest

from basicchat.cli.program import COMMANDS
from basicchat.config.fields import variables, walk
from basicchat.config.settings import Settings
from basicchat.domain.turns import Turn
from basicchat.domain.values import Actor, Scope, User
from basicchat.engine.commands import Ask, Mode, ModelReply

ROOT = Path(__file__).parents[2]
PAGES = [
    "README.md",
    "CONTRIBUTING.md",
    "CHANGELOG.md",
    "docs/protocol.md",
    "docs/configuration.md",
    "docs/modes.md",
    "docs/metrics.md",
    "docs/clients.md",
    "docs/openai.md",
    "docs/mqtt.md",
    "docs/postgresql.md",
    "docs/redis.md",
    "docs/workers.md",
    "docs/scaling.md",
    "docs/reliability.md",
]


@pytest.mark.parametrize("page", PAGES)
def test_links_lead_somewhere(page: str) -> None:
    text = (ROOT / page).read_text(encoding="utf-8")
    links = re.findall(r"\]\(([^)#]+)(?:#[^)]*)?\)", text)
    local = [link for link in links if "://" not in link]
    assert [link for link in local if not ((ROOT / page).parent / link).exists()] == []


def test_readme_lists_every_command_and_no_other() -> None:
    text = (ROOT / "README.md").read_text(encoding="utf-8")
    assert set(re.findall(r"^\| `basicchat (\w+)", text, re.MULTILINE)) == set(COMMANDS)


def test_readme_names_only_variables_that_are_read() -> None:
    text = (ROOT / "README.md").read_text(encoding="utf-8")
    known = {variable for name, field in walk(Settings) for variable in variables(name, field)}
    named = set(re.findall(r"\b(?:[A-Z]+_)+(?:URL|KEY|HOST|LEVEL|PORT|DIR)\b", text))
    assert named - known == {"BEIR_DIR"}


def test_the_mode_in_contributing_is_one() -> None:
    text = (ROOT / "CONTRIBUTING.md").read_text(encoding="utf-8")
    (code,) = re.findall(r"```python\n(.*?)```", text, re.DOTALL)
    names: dict[str, object] = {}
    exec(code, names)
    mode = names["MODE"]
    assert isinstance(mode, Mode)
    script = mode.run(turn("Why do bees dance?"))
    asked = next(script)
    assert isinstance(asked, Ask)
    assert asked.messages[0].text == "In one sentence: Why do bees dance?"
    with pytest.raises(StopIteration) as ended:
        script.send(ModelReply(text="To tell where food is."))
    assert ended.value.value.text == "To tell where food is."


def turn(question: str) -> Turn:
    user = User(id="u", name="Owner", role="owner")
    return Turn(
        run_id="r",
        room_id="room",
        actor=Actor(user=user, session_id="s"),
        question=question,
        history=(),
        scope=Scope(user_id="u"),
        model="m",
        mode="brief",
        context_chars=1000,
        passages=8,
    )
