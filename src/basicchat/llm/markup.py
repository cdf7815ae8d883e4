"""The markup that models write into their answers, and that is no part of them.

Reasoning models enclose their reasoning in a pair of tags, and models without a parser for tool
calls on their server write the calls as text. Sources: the chat templates of the models, and the
parsers of vLLM, SGLang, llama.cpp and Ollama.
"""

import re
from dataclasses import dataclass
from typing import Literal


@dataclass(frozen=True)
class Region:
    """A pair of tags.

    Args:
        kind: what it encloses; a `fake` region is dropped: a result that the model made up.
        opener: its first tag.
        closers: the tags that end it. If there is none, it extends to the end of the reply.
        common: its word is also used in ordinary markup, so it only counts at the beginning.
        keeps_opener: the opening tag is part of the enclosed text.
    """

    kind: Literal["reasoning", "call", "fake"]
    opener: str
    closers: tuple[str, ...]
    common: bool = False
    keeps_opener: bool = False


def _element(
    kind: Literal["reasoning", "call", "fake"], name: str, *, common: bool = False
) -> Region:
    """The region of an XML element."""
    return Region(kind, f"<{name}>", (f"</{name}>",), common)


_FINAL = "<|channel|>final<|message|>"
_ASSISTANT = "<|start|>assistant"
REASONING = (
    *(_element("reasoning", name) for name in ("think", "thinking", "seed:think", "mm:think")),
    *(
        _element("reasoning", name, common=True)
        for name in (
            "thought", "thoughts", "reasoning", "reason", "reflection", "scratchpad",
            "antthinking", "inner_monologue", "analysis", "internal_thoughts",
        )
    ),
    Region("reasoning", "[THINK]", ("[/THINK]",)),
    Region("reasoning", "◁think▷", ("◁/think▷",)),
    Region("reasoning", "<|begin_of_thought|>", ("<|end_of_thought|>",)),
    Region("reasoning", "<|START_THINKING|>", ("<|END_THINKING|>",)),
    Region("reasoning", "<|thinking|>", ("<|/thinking|>", "<|answer|>")),
    Region("reasoning", "<|think|>", ("<|/think|>",)),
    Region("reasoning", "<|channel|>analysis<|message|>", (_ASSISTANT + _FINAL, _FINAL, "<|end|>")),
    Region("reasoning", "<|channel>thought", ("<channel|>",)),
    Region("reasoning", "<unused94>thought", ("<unused95>",)),
)  # fmt: skip
CALLS = (
    *(
        _element("call", name)
        for name in (
            "tool_call", "tool_calls", "function_call", "function_calls", "minimax:tool_call",
            "tool_use",
        )
    ),
    *(_element("call", name, common=True) for name in ("tools", "tool", "tool_code")),
    Region("call", "<|tool_call>", ("<tool_call|>",)),
    Region("call", "<|tool_call|>", ("<|/tool_call|>",)),
    Region("call", "[TOOL_CALLS]", ()),
    Region("call", "[TOOL_CALL]", ("[/TOOL_CALL]",)),
    Region("call", "<|python_tag|>", ("<|eom_id|>", "<|eot_id|>")),
    Region("call", "<function=", ("</function>",), keeps_opener=True),
    Region("call", "<invoke name=", ("</invoke>",), keeps_opener=True),
    Region("call", "<｜tool▁calls▁begin｜>", ("<｜tool▁calls▁end｜>",)),
    Region("call", "<|tool_calls_section_begin|>", ("<|tool_calls_section_end|>",)),
    Region("call", "<|channel|>commentary to=", ("<|call|>",)),
    Region("call", "<start_function_call>", ("<end_function_call>",)),
)  # fmt: skip
FAKES = (
    _element("fake", "tool_response"),
    _element("fake", "function_results"),
    Region("fake", "<|channel|>commentary<|message|>", (_ASSISTANT + _FINAL, _FINAL, "<|end|>")),
)
REGIONS = {region.opener.lower(): region for region in (*REASONING, *CALLS, *FAKES)}
# The closing tags of reasoning, which also occur alone: some templates put the opening tag into the
# prompt.
CLOSERS = {
    closer.lower(): region
    for region in REASONING
    for closer in region.closers
    if closer.startswith(("</", "[/", "◁/", "<|end_of", "<|END_", "<|/", "<channel|>", "<unused95"))
}
# Tags around or after the answer itself, which are dropped.
NOISE = frozenset(
    each.lower()
    for each in (
        "<|begin_of_solution|>", "<|end_of_solution|>", "<|START_RESPONSE|>", "<|END_RESPONSE|>",
        "<|answer|>", _ASSISTANT + _FINAL, _FINAL, "<|return|>", "</tool_call>", "</tool_calls>",
        "</function_calls>", "<|call|>",
    )
)  # fmt: skip
# Outermost tags of an answer that follows reasoning.
WRAPPERS = frozenset(
    {"<answer>", "</answer>", "<response>", "</response>", "<output>", "</output>"}
)


def pattern(tags: set[str]) -> re.Pattern[str]:
    """A pattern that finds the first of these tags; of several at one place, the longest."""
    ordered = sorted(tags, key=len, reverse=True)
    return re.compile("|".join(map(re.escape, ordered)), re.IGNORECASE)


TAGS = pattern({*REGIONS, *CLOSERS, *NOISE, *WRAPPERS})


def prefixes(tags: set[str]) -> frozenset[str]:
    """All beginnings of tags, in lower case, without the whole tags."""
    return frozenset(tag[:length].lower() for tag in tags for length in range(1, len(tag)))


TAG_PREFIXES = prefixes({*REGIONS, *CLOSERS, *NOISE, *WRAPPERS})
LONGEST_TAG = max(map(len, (*REGIONS, *CLOSERS, *NOISE, *WRAPPERS)))
# The first characters of all tags.
STARTS = re.compile("[<\\[◁]")


def partial_tag(text: str, beginnings: frozenset[str] = TAG_PREFIXES) -> int:
    """How many characters at the end of a text may be the beginning of a tag."""
    for start in range(max(0, len(text) - LONGEST_TAG), len(text)):
        if text[start] in "<[◁" and text[start:].lower() in beginnings:
            return len(text) - start
    return 0
