"""Write a tiny GGUF embedding model, for a real llama.cpp server.

The file is a valid one-layer llama model in which nothing is learned. Each topic is an axis of the
vectors, and the words of a topic are tokens on its axis, so texts with different words of one topic
are near each other. All other bytes share the remaining axes with little weight. A vector is the
mean of its text's tokens.

Usage: python -m basicchat.testing.embedding_gguf OUT.gguf
"""

import struct
import sys
from collections.abc import Sequence
from pathlib import Path

from basicchat.testing.scripted_gguf import (
    BYTE_CHARACTERS,
    FEED_FORWARD_SIZE,
    HEAD_SIZE,
    Tensor,
    TensorType,
    TokenType,
    Value,
    Vocabulary,
    matrix,
    model_metadata,
    ones,
    pack_gguf,
    tokenizer_metadata,
)

TOPICS = (
    ("car", "automobile", "vehicle", "motor"),
    ("doctor", "physician", "surgeon", "clinic"),
    ("rain", "storm", "weather", "drizzle"),
)
WIDTH = HEAD_SIZE
# Words that the tokenizer finds anywhere in a text, before it splits the rest.
USER_DEFINED = 4
MEAN_POOLING = 1
BYTE_WEIGHT = 0.01


def write_embedding_model(
    path: str | Path, topics: Sequence[Sequence[str]] = TOPICS, *, pooling: bool = True
) -> None:
    """Write a model with these topics, at most 32.

    Args:
        pooling: the file says how tokens become one vector, as all embedding models do.
    """
    vocabulary = Vocabulary()
    axes = [len(topics) + number % (WIDTH - len(topics)) for number in range(256)]
    end = vocabulary.add("<|end|>", TokenType.CONTROL)
    left, right = BYTE_CHARACTERS[:2]
    vocabulary.add(left + right, TokenType.NORMAL)
    axes += [WIDTH - 1, WIDTH - 1]
    for axis, words in enumerate(topics):
        for word in words:
            vocabulary.texts.append(word)
            vocabulary.kinds.append(USER_DEFINED)
            axes.append(axis)
    metadata = model_metadata(WIDTH) | tokenizer_metadata(vocabulary, f"{left} {right}", end, "")
    metadata |= _embedding_metadata(pooling=pooling)
    del metadata["tokenizer.chat_template"]
    Path(path).write_bytes(pack_gguf(metadata, _tensors(axes, len(topics))))


def _embedding_metadata(*, pooling: bool) -> dict[str, Value]:
    stated: dict[str, Value] = {"general.name": "topics", "llama.context_length": 2048}
    return stated | {"llama.pooling_type": MEAN_POOLING} if pooling else stated


def _tensors(axes: Sequence[int], topics: int) -> list[Tensor]:
    size = len(axes)
    weights = [1.0] * topics + [BYTE_WEIGHT] * (WIDTH - topics)
    norm = struct.pack(f"<{WIDTH}f", *weights)
    return [
        matrix("token_embd.weight", WIDTH, size, enumerate(axes), 1.0),
        matrix("output.weight", WIDTH, size),
        Tensor("output_norm.weight", (WIDTH,), TensorType.FLOAT32, norm),
        ones("blk.0.attn_norm.weight", WIDTH),
        ones("blk.0.ffn_norm.weight", WIDTH),
        matrix("blk.0.attn_q.weight", WIDTH, HEAD_SIZE),
        matrix("blk.0.attn_k.weight", WIDTH, HEAD_SIZE),
        matrix("blk.0.attn_v.weight", WIDTH, HEAD_SIZE),
        matrix("blk.0.attn_output.weight", HEAD_SIZE, WIDTH),
        matrix("blk.0.ffn_gate.weight", WIDTH, FEED_FORWARD_SIZE),
        matrix("blk.0.ffn_up.weight", WIDTH, FEED_FORWARD_SIZE),
        matrix("blk.0.ffn_down.weight", FEED_FORWARD_SIZE, WIDTH),
    ]


if __name__ == "__main__":
    write_embedding_model(sys.argv[1])
