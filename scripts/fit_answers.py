"""Fits the weights that choose sentences as answers without a language model.

Usage: fit_answers.py FILE.json… (in SQuAD's layout)

Each paragraph is indexed as a document and each question is searched for, as for users. Of the best
sentences, those that contain the right words are examples for answers; all sentences are examples
against for questions that the file marks as impossible, and for questions asked of the documents of
another article. Half of the articles is fitted and the other half measured, and the other way
round; then all of them give the weights in `llm/answer_weights.json`. Never fit on a file for which
figures are reported.
"""

import asyncio
import json
import math
import sys
import tempfile
from collections.abc import Callable
from pathlib import Path

from basicchat.documents.answer_evaluation import Asked, Library, load_questions
from basicchat.llm import answer_scoring
from basicchat.llm.answer_features import scored_sentences
from basicchat.llm.answer_scoring import expanded, script_of
from basicchat.storage.sqlite.search.index import SqliteSearchIndex

TARGET = Path(answer_scoring.__file__).with_name("answer_weights.json")
LOOKED_AT = 8
PASSAGES = 8
# From which score on a sentence is shown: as the answer, as one of the closest passages.
THRESHOLDS = {"words": (0.58, 0.135), "pairs": (0.4, 0.15)}
# Impossible questions and those about something else, of which there are more in the files.
WEIGHT = {"answerable": 1.0, "impossible": 1.0, "elsewhere": 0.35}

Example = tuple[list[float], bool]
Case = tuple[Asked, str, list[Example]]


async def cases(path: Path) -> list[Case]:
    """The questions of a file, each with its script and the features of its best sentences."""
    questions = load_questions(path)
    with tempfile.TemporaryDirectory() as folder:
        index = SqliteSearchIndex(Path(folder) / "index.db")
        library = Library(index)
        await library.add(questions)
        found = []
        for asked in questions.with_elsewhere():
            hits = await library.search(asked, PASSAGES)
            ranked = sorted(
                scored_sentences(asked.question, hits),
                key=lambda each: -(2 * each.features[1] + each.features[2]),
            )
            examples = [
                (expanded(each.features), asked.is_answered_by(each.text))
                for each in ranked[:LOOKED_AT]
            ]
            found.append((asked, script_of(asked.question), examples))
        await index.close()
    return found


def fitted(chosen: list[Case]) -> list[float]:
    """The weights of a logistic regression (Newton's method, a little ridge), the bias first."""
    rows = [
        ([1.0, *values], float(right), WEIGHT[asked.kind])
        for asked, _, examples in chosen
        for values, right in examples
    ]
    size = len(rows[0][0])
    weights = [0.0] * size
    for _ in range(12):
        gradient = [-weight for weight in weights]
        curvature = [[float(i == j) for j in range(size)] for i in range(size)]
        for values, right, importance in rows:
            guess = probability(weights, values)
            error, spread = importance * (right - guess), importance * guess * (1 - guess)
            for i, value in enumerate(values):
                gradient[i] += error * value
                row, scale = curvature[i], spread * value
                for j in range(i + 1):
                    row[j] += scale * values[j]
        weights = [a + b for a, b in zip(weights, solved(curvature, gradient), strict=True)]
    return weights


def probability(weights: list[float], values: list[float]) -> float:
    """The logistic function."""
    total = sum(weight * value for weight, value in zip(weights, values, strict=True))
    return 1 / (1 + math.exp(-max(min(total, 30.0), -30.0)))


def solved(lower: list[list[float]], right: list[float]) -> list[float]:
    """Solve a symmetric, positive system, given by its lower half (Cholesky)."""
    size = len(right)
    factor = [[0.0] * size for _ in range(size)]
    for i in range(size):
        for j in range(i + 1):
            rest = lower[i][j] - sum(factor[i][k] * factor[j][k] for k in range(j))
            factor[i][j] = math.sqrt(rest) if i == j else rest / factor[j][j]
    half = [0.0] * size
    for i in range(size):
        half[i] = (right[i] - sum(factor[i][k] * half[k] for k in range(i))) / factor[i][i]
    found = [0.0] * size
    for i in reversed(range(size)):
        rest = half[i] - sum(factor[k][i] * found[k] for k in range(i + 1, size))
        found[i] = rest / factor[i][i]
    return found


def measure(weights: list[float], chosen: list[Case], script: str) -> str:
    """The shares of questions that are shown an answer, and the right one."""
    answers, close = THRESHOLDS[script]
    counts: dict[str, list[int]] = {kind: [0, 0, 0, 0] for kind in WEIGHT}
    for asked, _, examples in chosen:
        ranked = sorted(((probability(weights, [1.0, *v]), right) for v, right in examples))[::-1]
        best, right = ranked[0] if ranked else (0.0, False)
        count = counts[asked.kind]
        count[0] += 1
        count[1] += best >= answers
        count[2] += best >= close
        count[3] += right and best >= close
    return "; ".join(
        f"{kind} {n}: answered {a / n:.3f}, shown {s / n:.3f}, first quote right {r / n:.3f}"
        for kind, (n, a, s, r) in counts.items()
        if n
    )


def halves(chosen: list[Case]) -> tuple[list[Case], list[Case]]:
    """Two halves without a common article."""
    articles = sorted({asked.article for asked, _, _ in chosen})
    first = set(articles[::2])
    return (
        [case for case in chosen if case[0].article in first],
        [case for case in chosen if case[0].article not in first],
    )


def main(paths: list[str], say: Callable[[str], None] = print) -> None:
    """Fit and measure."""
    every = [case for path in paths for case in asyncio.run(cases(Path(path)))]
    result = {}
    for script, (answers, close) in THRESHOLDS.items():
        chosen = [case for case in every if case[1] == script]
        one, other = halves(chosen)
        say(f"{script}, other half: {measure(fitted(one), other, script)}")
        say(f"{script}, other half: {measure(fitted(other), one, script)}")
        bias, *features = (round(weight, 3) for weight in fitted(chosen))
        result[script] = {"bias": bias, "features": features, "answers": answers, "close": close}
    TARGET.write_text(json.dumps(result, indent=2) + "\n", encoding="utf-8")


if __name__ == "__main__":
    main(sys.argv[1:])
