"""Side by side on the same data: this project's n-gram head, fastText, and plain jieba + TF-IDF + scikit-learn.

All three cut the text into words themselves, inside their timings; fastText gets the very tokens that
the n-gram head sees.
"""

from __future__ import annotations

import importlib.util
import os
import tempfile
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import jieba
from sklearn.feature_extraction.text import TfidfVectorizer
from sklearn.metrics import f1_score
from sklearn.pipeline import make_pipeline
from sklearn.svm import LinearSVC

from intents.classifier import Classifier
from intents.examples import HELD_OUT, Example
from intents.features import terms
from intents.text import prepare
from training.benchmark import timing
from training.fit import fit

LENGTH, ROUNDS = 40, 300
INSTALL = "没有 fastText，这一行不量；要一起量：.venv/bin/pip install -e '.[bench]'"

Says = Callable[[str], str]


@dataclass(frozen=True, slots=True)
class Rival:
    """One way to tell the type of a text, and the seconds that its training took; None: not trained here."""

    name: str
    says: Says
    training: float | None


def run(
    served: Classifier, examples: Sequence[Example], *, train: bool, seconds: float = timing.SECONDS
) -> str:
    """A table of all three. `train`: the n-gram head is fitted anew too, for its training time (minutes).

    macro-F1 is over all types, on the writers held out, of whom none of the three has seen a row.
    """
    learnt = [example for example in examples if example.group not in HELD_OUT]
    held = [example for example in examples if example.group in HELD_OUT]
    rivals = [_own(served, learnt, train=train), *_fasttext(learnt), _plain(learnt)]
    texts = timing.of_length(held, LENGTH, ROUNDS + 1)
    for rival in rivals:
        rival.says(texts[-1])
    timings = timing.side_by_side([rival.says for rival in rivals], texts[:ROUNDS], seconds)
    rows = []
    for rival, found in zip(rivals, timings, strict=True):
        trained = "-" if rival.training is None else f"{rival.training:.1f}"
        rows.append([rival.name, *found.cells(), *_bulk(rival.says, held), trained])
    title = f"同一批数据（{len(learnt)} 条训练，{LENGTH} 个字一条）"
    shown = timing.table((title, *timing.COLUMNS, "每秒", "macro-F1", "训练 秒"), rows)
    return shown if len(rivals) == 3 else f"{shown}\n{INSTALL}"


def _bulk(says: Says, held: Sequence[Example]) -> tuple[str, str]:
    """Messages a second over whole rows, and the macro-F1 of what was said."""
    start = time.perf_counter()
    said = [says(example.text) for example in held]
    rate = len(held) / (time.perf_counter() - start)
    truth = [example.type for example in held]
    return f"{rate:.0f}", f"{f1_score(truth, said, average='macro', zero_division=0):.3f}"


def _own(served: Classifier, learnt: Sequence[Example], *, train: bool) -> Rival:
    start = time.perf_counter()
    model = fit(learnt) if train else served.model
    spent = time.perf_counter() - start if train else None
    bare = Classifier(model, None, served.signs)
    return Rival("草原反诈（只看字词）", lambda text: bare.classify(text).type, spent)


def _fasttext(learnt: Sequence[Example]) -> list[Rival]:
    """fastText as its guide sets it (25 epochs, rate 0.5); word pairs are among the tokens already."""
    if importlib.util.find_spec("fasttext") is None:
        return []
    import fasttext  # noqa: PLC0415 - optional

    start = time.perf_counter()
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "train.txt"
        lines = [f"__label__{example.type} {_tokens(example.text)}\n" for example in learnt]
        path.write_text("".join(lines), encoding="utf8")
        model = fasttext.train_supervised(str(path), epoch=25, lr=0.5, thread=os.cpu_count() or 1, verbose=0)
    spent = time.perf_counter() - start
    return [Rival("fastText", lambda text: _label(model, text), spent)]


def _label(model: Any, text: str) -> str:
    labels, _ = model.predict(_tokens(text))
    return str(labels[0]).removeprefix("__label__") if labels else ""


def _tokens(text: str) -> str:
    """The features of a text as words between spaces."""
    return " ".join(term.replace(" ", "_") for term in terms(prepare(text).value))


def _plain(learnt: Sequence[Example]) -> Rival:
    start = time.perf_counter()
    pipeline = make_pipeline(
        TfidfVectorizer(tokenizer=jieba.lcut, token_pattern=None, lowercase=False),
        LinearSVC(),
    )
    pipeline.fit([example.text for example in learnt], [example.type for example in learnt])
    spent = time.perf_counter() - start
    return Rival("jieba + TF-IDF + scikit-learn", lambda text: str(pipeline.predict([text])[0]), spent)
