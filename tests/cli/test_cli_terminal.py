"""What goes to a terminal is text, whatever a document or a model put into it."""

import pytest

from basicchat.cli.terminal import clean, waiting


@pytest.mark.parametrize(
    ("text", "cleaned"),
    [
        ("plain\tand\nlines", "plain\tand\nlines"),
        ("\x1b[31mred\x1b]0;title\x07", "[31mred]0;title"),
        ("a\rb\x08c\x9bd\x00", "abcd"),
        ("left\u202eright\u2066", "leftright"),
        ("é€𝄞 שלום", "é€𝄞 שלום"),
    ],
)
def test_no_terminal_control_sequence_gets_through(text: str, cleaned: str) -> None:
    assert clean(text) == cleaned


def test_waiting_is_silent_where_there_is_no_terminal(capsys: pytest.CaptureFixture[str]) -> None:
    with waiting("Thinking …") as show:
        show("Reading …")
        show(None)
    captured = capsys.readouterr()
    assert captured.out + captured.err == ""
