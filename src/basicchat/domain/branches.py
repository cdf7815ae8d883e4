"""The branches of a conversation: which of its messages lead to a question.

Questions form a tree. A question follows the one before it in the log, unless it says otherwise:
`edits` names the first version of a question, and the new version takes that one's place; `after`
names the question that it follows in a branch. Answers belong to their question (`parent_id`). The
page shows branches by the same rules (`web/src/branches.js`).
"""

from collections.abc import Sequence

from basicchat.domain.rooms import Message


def branch(messages: Sequence[Message], tip: str | None = None) -> tuple[Message, ...]:
    """The messages of the branch that ends with a question and its answers.

    Args:
        messages: the latest messages of a conversation, in ascending order.
        tip: the id of the question; None for the latest one in the branch of the newest versions.
    """
    if tip is None and all(each.edits is None and each.after is None for each in messages):
        return tuple(messages)
    asked = [each for each in messages if each.author.kind == "user"]
    before = _questions_before(asked)
    questions = set[str | None]()
    at = tip if tip is not None else _latest(asked, before)
    while at is not None and at not in questions:
        questions.add(at)
        at = before.get(at)
    return tuple(
        each
        for each in messages
        if (each.parent_id if each.author.kind == "assistant" else each.message_id) in questions
    )


def _latest(questions: Sequence[Message], before: dict[str, str | None]) -> str | None:
    """The last question of the branch that has the newest version of each question."""
    newest = {each.edits: each.message_id for each in questions if each.edits is not None}
    outside, latest = set[str | None](newest), None
    for question in questions:
        name = question.message_id
        outside.discard(name)
        if newest.get(question.edits or name, name) != name or before[name] in outside:
            outside.add(name)
        else:
            latest = name
    return latest


def _questions_before(questions: Sequence[Message]) -> dict[str, str | None]:
    """The id of the question before each question in its branch, if there is one."""
    loaded = {each.message_id for each in questions}
    # The first question follows one that is not loaded: the first version of a later one, if that
    # is not loaded either.
    unloaded = [each.edits for each in questions if each.edits and each.edits not in loaded]
    previous = unloaded[-1] if unloaded else None
    before = dict[str, str | None]()
    for question in questions:
        if question.edits is not None:
            before[question.message_id] = before.get(question.edits)
        else:
            before[question.message_id] = question.after or previous
        previous = question.message_id
    return before
