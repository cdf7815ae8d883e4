"""Write a tiny GGUF model with scripted replies, for a real llama.cpp server.

The file is a valid one-layer llama model, but nothing in it is learned. Attention
and feed-forward weights are zero and the embedding is the identity, so the output
matrix acts as a table: "this token is followed by that one". Each piece of a reply
is one token that leads to the next piece, and the last piece leads to the
end-of-turn token. The chat template inside the file ends every prompt with a token
that names a reply, and the model then spells that reply.

The reply is selected by searching the last message for these words, ignoring case and also inside
words; the first match in this table wins. Of a message with `Question:`, only the text after the
last one counts, so that sources quoted before it do not interfere.

| last message           | reply                                                             |
|------------------------|-------------------------------------------------------------------|
| role `tool`            | `The result is 42.`                                               |
| `calculate` with tools | a call of `calculator` with `{"expression": "6*7"}`               |
| `think`                | reasoning `A greeting will do.`, then `Good day!`                 |
| `forever`              | `tick tock tack …` until cancelled or the context is full         |
| `long`                 | `1 2 3 … 400 `, one chunk per number                              |
| `cite`                 | `CITED`: a sentence with its mark `[1]`                           |
| anything else          | `Hello from a very small model.`                                  |

Additional replies take precedence: with `write_model(path, REPLIES | {"tea": Reply([…])})`, a last
message with the word `tea` selects that reply.

Usage: python -m basicchat.testing.scripted_gguf OUT.gguf
"""

import argparse
import struct
from collections.abc import Iterable, Mapping, Sequence
from enum import IntEnum
from pathlib import Path
from typing import NamedTuple


class Reply(NamedTuple):
    """A reply of the model, one token per piece.

    An endless reply starts again at its first piece instead of stopping.
    """

    pieces: Sequence[str]
    endless: bool = False


# The text that a document must contain for the citation of the "cite" reply to be valid.
CITED_SENTENCE = "The warehouse in Lisbon holds 1,250 pallets."
CITED = f"{CITED_SENTENCE} [1]"

REPLIES = {
    "plain": Reply(["Hello", " from", " a", " very", " small", " model."]),
    "think": Reply(["<think>", "A greeting", " will", " do.", "</think>", "Good", " day!"]),
    "tool": Reply(
        [
            "<tool_call>",
            '{"name":',
            ' "calculator",',
            ' "arguments":',
            ' {"expression":',
            ' "6*7"}}',
            "</tool_call>",
        ]
    ),
    "final": Reply(["The result", " is", " 42."]),
    "endless": Reply(["tick", " tock", " tack "], endless=True),
    "long": Reply([f"{number} " for number in range(1, 401)]),
    "cite": Reply(["The warehouse", " in Lisbon", " holds", " 1,250", " pallets.", " [1]"]),
}

# llama.cpp renders sample conversations to detect the format of reasoning and tool calls, so the
# template must contain both. Its last part selects the reply.
TEMPLATE = """\
{%- for tool in tools or [] -%}
tool: {{ tool.function.name ~ '\\n' }}
{%- endfor -%}
{%- for message in messages -%}
{{ message.role }}: {% if message.reasoning_content -%}
<think>{{ message.reasoning_content }}</think>
{%- endif -%}
{{ message.content or '' }}
{%- for call in message.tool_calls or [] -%}
{%- set function = call.function -%}
<tool_call>
{{- {'name': function.name, 'arguments': function.arguments} | tojson -}}
</tool_call>
{%- endfor -%}
{{ '\\n' }}
{%- endfor -%}
{%- if add_generation_prompt -%}
{%- set last = messages[-1] -%}
{%- set text = ((last.content or '').split('Question:') | last) | lower -%}
<|reply:{{
    'final' if last.role == 'tool'
    {#own#}
    else 'tool' if tools and 'calculate' in text
    else 'think' if 'think' in text
    else 'endless' if 'forever' in text
    else 'long' if 'long' in text
    else 'cite' if 'cite' in text
    else 'plain'
}}|>
{%- endif -%}
"""

# Placeholder for the replies of tests; a comment in the template language.
OWN_REPLIES = "{#own#}"

CONTEXT_LENGTH = 65536
HEAD_SIZE = 64
FEED_FORWARD_SIZE = 32
# Large enough for one token to win at any sampling temperature.
LOGIT = 4.0

GGUF_VERSION = 3
ALIGNMENT = 32

Value = bool | int | float | str | list[int] | list[str]
Cells = Iterable[tuple[int, int]]


class ValueType(IntEnum):
    """Types of metadata values in GGUF."""

    UINT32 = 4
    INT32 = 5
    FLOAT32 = 6
    BOOL = 7
    STRING = 8
    ARRAY = 9


class TensorType(IntEnum):
    """Types of tensor elements in GGUF."""

    FLOAT32 = 0
    FLOAT16 = 1


class TokenType(IntEnum):
    """Types of tokens; control tokens are never part of the visible text."""

    NORMAL = 1
    CONTROL = 3


class Tensor(NamedTuple):
    """One weight array; the fastest-varying dimension comes first."""

    name: str
    shape: tuple[int, ...]
    kind: TensorType
    data: bytes


def byte_characters() -> list[str]:
    """Return the printable character that stands for each byte in GPT-2 tokens."""
    printable = {*range(33, 127), *range(161, 173), *range(174, 256)}
    spare = iter(range(256, 512))
    return [chr(b) if b in printable else chr(next(spare)) for b in range(256)]


BYTE_CHARACTERS = byte_characters()


class Vocabulary:
    """Tokens in the order of their ids."""

    def __init__(self) -> None:
        """Start with one token for each byte, so that any prompt can be tokenized."""
        self.texts: list[str] = []
        self.kinds: list[int] = []
        for character in BYTE_CHARACTERS:
            self.add(character, TokenType.NORMAL)

    def add(self, text: str, kind: TokenType) -> int:
        """Append a token and return its id."""
        if not text or text in self.texts:
            raise ValueError(f"token {text!r} is empty or not unique")
        self.texts.append(text)
        self.kinds.append(kind)
        return len(self.texts) - 1


def spell(text: str) -> str:
    """Return text in the spelling that GPT-2 vocabularies use."""
    return "".join(BYTE_CHARACTERS[byte] for byte in text.encode())


def add_reply(vocabulary: Vocabulary, name: str, reply: Reply, end: int) -> dict[int, int]:
    """Add the tokens of a reply; return which token follows which."""
    trigger = vocabulary.add(f"<|reply:{name}|>", TokenType.CONTROL)
    pieces = [vocabulary.add(spell(piece), TokenType.NORMAL) for piece in reply.pieces]
    last = pieces[0] if reply.endless else end
    return dict(zip([trigger, *pieces], [*pieces, last], strict=True))


def pack_string(text: str) -> bytes:
    """Encode a GGUF string: its length in bytes, then UTF-8."""
    data = text.encode()
    return struct.pack("<Q", len(data)) + data


def pack_list(items: list[int] | list[str]) -> bytes:
    """Encode a GGUF array of strings or of 32-bit integers with its type tag."""
    kind = ValueType.STRING if isinstance(items[0], str) else ValueType.INT32
    data = struct.pack("<IIQ", ValueType.ARRAY, kind, len(items))
    for item in items:
        data += pack_string(item) if isinstance(item, str) else struct.pack("<i", item)
    return data


def pack_value(value: Value) -> bytes:
    """Encode a metadata value with its GGUF type tag."""
    if isinstance(value, bool):
        return struct.pack("<I?", ValueType.BOOL, value)
    if isinstance(value, int):
        return struct.pack("<II", ValueType.UINT32, value)
    if isinstance(value, float):
        return struct.pack("<If", ValueType.FLOAT32, value)
    if isinstance(value, str):
        return struct.pack("<I", ValueType.STRING) + pack_string(value)
    return pack_list(value)


def padding(size: int) -> bytes:
    """Return the zeros that align a block of this size."""
    return bytes(-size % ALIGNMENT)


def model_metadata(width: int) -> dict[str, Value]:
    """Describe the shape of the network."""
    return {
        "general.architecture": "llama",
        "general.name": "scripted",
        "general.alignment": ALIGNMENT,
        "llama.context_length": CONTEXT_LENGTH,
        "llama.embedding_length": width,
        "llama.block_count": 1,
        "llama.feed_forward_length": FEED_FORWARD_SIZE,
        "llama.attention.head_count": 1,
        "llama.attention.key_length": HEAD_SIZE,
        "llama.attention.value_length": HEAD_SIZE,
        "llama.attention.layer_norm_rms_epsilon": 1e-5,
        "llama.rope.dimension_count": HEAD_SIZE,
    }


def tokenizer_metadata(
    vocabulary: Vocabulary, merge: str, end: int, template: str
) -> dict[str, Value]:
    """Describe the tokenizer and the chat template."""
    return {
        "tokenizer.ggml.model": "gpt2",
        "tokenizer.ggml.pre": "gpt-2",
        "tokenizer.ggml.tokens": vocabulary.texts,
        "tokenizer.ggml.token_type": vocabulary.kinds,
        "tokenizer.ggml.merges": [merge],
        "tokenizer.ggml.bos_token_id": end,
        "tokenizer.ggml.eos_token_id": end,
        "tokenizer.ggml.add_bos_token": False,
        "tokenizer.chat_template": template,
    }


def matrix(name: str, columns: int, rows: int, cells: Cells = (), value: float = 0.0) -> Tensor:
    """Return a matrix with `value` in the (row, column) cells and zeros elsewhere."""
    data = bytearray(2 * columns * rows)
    for row, column in cells:
        struct.pack_into("<e", data, 2 * (row * columns + column), value)
    return Tensor(name, (columns, rows), TensorType.FLOAT16, bytes(data))


def ones(name: str, size: int) -> Tensor:
    """Return a vector of ones."""
    return Tensor(name, (size,), TensorType.FLOAT32, struct.pack("<f", 1.0) * size)


def model_tensors(successors: Sequence[int], width: int) -> list[Tensor]:
    """Return the weights: token i is embedded as axis i and leads to successors[i]."""
    size = len(successors)
    same = [(token, token) for token in range(size)]
    following = [(successor, token) for token, successor in enumerate(successors)]
    return [
        matrix("token_embd.weight", width, size, same, 1.0),
        matrix("output.weight", width, size, following, LOGIT),
        ones("output_norm.weight", width),
        ones("blk.0.attn_norm.weight", width),
        ones("blk.0.ffn_norm.weight", width),
        matrix("blk.0.attn_q.weight", width, HEAD_SIZE),
        matrix("blk.0.attn_k.weight", width, HEAD_SIZE),
        matrix("blk.0.attn_v.weight", width, HEAD_SIZE),
        matrix("blk.0.attn_output.weight", HEAD_SIZE, width),
        matrix("blk.0.ffn_gate.weight", width, FEED_FORWARD_SIZE),
        matrix("blk.0.ffn_up.weight", width, FEED_FORWARD_SIZE),
        matrix("blk.0.ffn_down.weight", FEED_FORWARD_SIZE, width),
    ]


def pack_tensor_info(tensor: Tensor, offset: int) -> bytes:
    """Encode the directory entry of a tensor whose data starts at offset."""
    sizes = struct.pack(f"<I{len(tensor.shape)}Q", len(tensor.shape), *tensor.shape)
    return pack_string(tensor.name) + sizes + struct.pack("<IQ", tensor.kind, offset)


def pack_gguf(metadata: Mapping[str, Value], tensors: Sequence[Tensor]) -> bytes:
    """Encode a whole GGUF file."""
    head = b"GGUF" + struct.pack("<IQQ", GGUF_VERSION, len(tensors), len(metadata))
    for key, value in metadata.items():
        head += pack_string(key) + pack_value(value)
    body = bytearray()
    for tensor in tensors:
        head += pack_tensor_info(tensor, len(body))
        body += tensor.data + padding(len(tensor.data))
    return head + padding(len(head)) + body


def template_for(names: Iterable[str]) -> str:
    """The chat template; the words in `names` select the replies of these names first."""
    own = [f"else '{name}' if '{name.lower()}' in text" for name in names]
    return TEMPLATE.replace(OWN_REPLIES, "\n    ".join(own))


def write_model(
    path: str | Path, replies: Mapping[str, Reply], template: str | None = None
) -> None:
    """Write a model with these replies.

    Args:
        path: the file to write, 2.5 MB for the standard replies.
        replies: its replies. No two pieces may have the same text, and a piece must be longer
            than one byte.
        template: ends the prompt with <|reply:NAME|>, the token of one of the replies. The
            default selects by the table above, which needs the standard replies.

    Raises:
        ValueError: a piece is empty, a single byte, or not unique.
    """
    if template is None:
        template = template_for(name for name in replies if name not in REPLIES)
    vocabulary = Vocabulary()
    end = vocabulary.add("<|end|>", TokenType.CONTROL)
    # llama.cpp refuses a tokenizer without merges; this one joins two unlikely bytes.
    left, right = BYTE_CHARACTERS[:2]
    vocabulary.add(left + right, TokenType.NORMAL)
    chains: dict[int, int] = {}
    for name, reply in replies.items():
        chains |= add_reply(vocabulary, name, reply, end)
    size = len(vocabulary.texts)
    width = -(-size // HEAD_SIZE) * HEAD_SIZE
    successors = [chains.get(token, end) for token in range(size)]
    tokenizer = tokenizer_metadata(vocabulary, f"{left} {right}", end, template)
    metadata = model_metadata(width) | tokenizer
    Path(path).write_bytes(pack_gguf(metadata, model_tensors(successors, width)))


def main() -> None:
    """Write the model with the standard replies to the path on the command line."""
    parser = argparse.ArgumentParser(description="Write a scripted GGUF model.")
    parser.add_argument("path", type=Path, metavar="OUT.gguf")
    path = parser.parse_args().path
    write_model(path, REPLIES)
    print(f"{path}: {path.stat().st_size} bytes")


if __name__ == "__main__":
    main()
