"""One table of a TOML file, or one entry of a YAML file, is set; the rest stays unchanged."""

import re
from typing import Any

import pytest
import yaml
from hypothesis import given
from hypothesis import strategies as st

from basicchat.cli import toml_edit, yaml_edit
from basicchat.domain.errors import InvalidInput

VALUE = {"command": "x", "args": ["a"], "env": {"K": "v"}}
TABLE = '[servers.s]\ncommand = "x"\nargs = ["a"]\nenv = { K = "v" }'
ENTRY = '  "s":\n    command: "x"\n    args: ["a"]\n    env: {"K":"v"}'


@pytest.mark.parametrize(
    ("before", "after"),
    [
        ("", f"{TABLE}\n"),
        ("\ufeffa = 1", f"\ufeffa = 1\n\n{TABLE}\n"),
        ("a = 1 # one\n", f"a = 1 # one\n\n{TABLE}\n"),
        ("[servers]\nlimit = 2\n", f"[servers]\nlimit = 2\n\n{TABLE}\n"),
        ("[[t]]\na = 1\n[[t]]\na = 2\n", f"[[t]]\na = 1\n[[t]]\na = 2\n\n{TABLE}\n"),
        ("[servers.s]\n", f"{TABLE}\n"),
        ("[[servers.s]]\na = 1\n[[servers.s]]\n", f"{TABLE}\n"),
        ("[servers . 's'] # mine\na = 1\n\n# next\n[t]\n", f"{TABLE}\n\n# next\n[t]\n"),
        ("[servers.s]\na = [\n  1, # [x]\n]\nb = {}\n[t]\n", f"{TABLE}\n[t]\n"),
        ("[t]\na = 1\n\n  [servers.s]\n  a = 1\n", f"[t]\na = 1\n\n  {TABLE}\n"),
        (
            "[servers.s]\na = 1\n\n[servers.s.env]\nb = 1\n\n[servers.t]\n",
            f"{TABLE}\n\n\n[servers.t]\n",
        ),
        (
            "a = \"\"\"\n[servers.s]\n\"\"\"\nb = '''\n[servers.s]\\'''\n",
            f"a = \"\"\"\n[servers.s]\n\"\"\"\nb = '''\n[servers.s]\\'''\n\n{TABLE}\n",
        ),
        (
            'a = "\\"[" # "\n[servers.s]\nb = \'"\'\n[t]\n',
            f'a = "\\"[" # "\n{TABLE}\n[t]\n',
        ),
        ("a = 1\r\n[t]\r\n", "a = 1\r\n[t]\r\n\r\n" + TABLE.replace("\n", "\r\n") + "\r\n"),
    ],
)
def test_a_table_is_set_once(before: str, after: str) -> None:
    assert toml_edit.with_member(before, "servers", "s", VALUE) == after
    assert toml_edit.with_member(after, "servers", "s", VALUE) == after


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("a = 1\nb = \n", "not valid TOML in line 2"),
        ("[servers.s]\n[servers.s]\n", "not valid TOML"),
        ("a = " + "[" * 5000, "nested too deeply"),
        ("servers = {}\n", "`servers.s`"),
        ("servers = []\n", "`servers.s`"),
        ("[[servers]]\n", "`servers.s`"),
        ("[servers]\ns = {}\n", "`servers.s`"),
        ("servers.s.a = 1\n", "`servers.s`"),
        ("[servers]\ns.a = 1\n", "`servers.s`"),
    ],
)
def test_another_toml_file_is_refused(text: str, said: str) -> None:
    with pytest.raises(InvalidInput, match=re.escape(said)):
        toml_edit.with_member(text, "servers", "s", VALUE)


@pytest.mark.parametrize(
    ("before", "after"),
    [
        ("", f"servers:\n{ENTRY}\n"),
        ("\ufeff# mine", f"\ufeff# mine\nservers:\n{ENTRY}\n"),
        ("a: 1\n", f"a: 1\nservers:\n{ENTRY}\n"),
        ("servers:\n", f"servers:\n{ENTRY}\n"),
        ("servers: # mine\nb: 1\n", f"servers: # mine\n{ENTRY}\nb: 1\n"),
        ("servers: {} # mine\nb: 1", f"servers: # mine\n{ENTRY}\nb: 1"),
        ("servers:\n  t: 1 # t\n\n# b\nb: 1\n", f"servers:\n  t: 1 # t\n{ENTRY}\n\n# b\nb: 1\n"),
        (
            "servers:\n  t:\n    a: |\n      [x\n\nb: 1\n",
            f"servers:\n  t:\n    a: |\n      [x\n{ENTRY}\n\nb: 1\n",
        ),
        ("servers:\n  s:\n    a:\n    - 1\n  t: 1\n", f"servers:\n{ENTRY}\n  t: 1\n"),
        ("servers:\n  's': {a: 1,\n    b: 2}\n", f"servers:\n{ENTRY}\n"),
        ("servers:\n  s:\nb: 1\n", f"servers:\n{ENTRY}\nb: 1\n"),
        ("---\nservers:\n  t: 1\n...\n", f"---\nservers:\n  t: 1\n{ENTRY}\n...\n"),
        ("servers:\r\n  t: 1\r\n", "servers:\r\n  t: 1\r\n" + ENTRY.replace("\n", "\r\n") + "\r\n"),
        ('a: "\nservers:\n"\n', f'a: "\nservers:\n"\nservers:\n{ENTRY}\n'),
    ],
)
def test_an_entry_is_set_once(before: str, after: str) -> None:
    assert yaml_edit.with_member(before, "servers", "s", VALUE) == after
    assert yaml_edit.with_member(after, "servers", "s", VALUE) == after


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("a: 1\nb: [\n", "not valid YAML in line"),
        ("a: b: c\n", "not valid YAML in line 1"),
        ("a: 1\n---\nb: 1\n", "not valid YAML in line 2"),
        ("\x00", "not valid YAML"),
        ("a: " + "[" * 5000, "nested too deeply"),
        ("a: &x 1\nb: *x\n", "aliases"),
        ("- a\n", "not a mapping"),
        ("servers: 3\n", "not a mapping"),
        ("servers:\n- a\n", "not a mapping"),
        ("servers: {t: {a: 1}}\n", "block mapping"),
        ("{servers: {}}\n", "block mapping"),
    ],
)
def test_another_yaml_file_is_refused(text: str, said: str) -> None:
    with pytest.raises(InvalidInput, match=re.escape(said)):
        yaml_edit.with_member(text, "servers", "s", VALUE)


class Dumper(yaml.SafeDumper):
    """Writes equal values twice."""

    def ignore_aliases(self, data: object) -> bool:
        return True


VALUES = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(), inner, max_size=3),
    max_leaves=10,
)


@given(st.dictionaries(st.text(), VALUES, max_size=4), st.dictionaries(st.text(), VALUES))
def test_the_rest_of_a_yaml_file_means_the_same(
    others: dict[str, Any], servers: dict[str, Any]
) -> None:
    content = {**others, "servers": servers}
    text = yaml.dump(content, Dumper=Dumper, sort_keys=False)
    after = yaml_edit.with_member(text, "servers", "s", VALUE)
    assert yaml.safe_load(after) == {**content, "servers": {**servers, "s": VALUE}}
