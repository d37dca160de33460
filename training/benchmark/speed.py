"""How long one message takes by length, with both heads, and how many a second in bulk."""

from __future__ import annotations

import time
from collections.abc import Sequence

from intents.classifier import Classifier
from intents.examples import HELD_OUT, Example, load
from training.benchmark import timing

TEXTS = (
    "在吗",
    "他让我先交三千块解冻费才给放款,是真的吗",
    "群里老师带着炒股,前两天提现都到账了,今天说要交百分之二十的个人所得税才能把本金取出来,我该不该交",
    "客服说我的百万保障到期了不关每个月扣两千," * 20,
)
LENGTHS = (10, 40, 90, 160, 800, 20_000)
ROUNDS, LONG_ROUNDS = 300, 20
"""Texts of each length; of those beyond a thousand characters fewer."""
BULK_SECONDS = 5.0


def held_out() -> list[Example]:
    """The rows of the writers whom no model has met: what the speed is measured on."""
    return [example for example in load() if example.group in HELD_OUT]


def run(classifier: Classifier, examples: Sequence[Example], seconds: float = timing.SECONDS) -> str:
    """A table by head and length; below it messages a second in bulk, and the same text again.

    Masking, normalising and segmentation are inside every figure. Every text is a new one.
    """
    heads = {"只看字词": Classifier(classifier.model, None, classifier.signs)}
    if classifier.head_name == "full":
        heads["字词+句向量"] = Classifier(classifier.model, classifier.encoder, classifier.signs)
    next(iter(heads.values())).classify(examples[0].text)  # dictionaries are loaded by the first message
    rows = []
    for name, one in heads.items():
        for length in LENGTHS:
            texts = timing.of_length(examples, length, LONG_ROUNDS if length > 1000 else ROUNDS)
            found = timing.side_by_side([one.classify], texts, seconds)[0]
            rows.append([name, str(length), *found.cells()])
    asked = timing.of_length(examples, 40, 1)[0]
    again = timing.side_by_side([classifier.classify], [asked] * (ROUNDS + 1), seconds)[0]
    rows.append(["再问一遍", "40", *again.cells()])
    lines = [timing.table(("一条消息", "字数", *timing.COLUMNS), rows)]
    for name, one in heads.items():
        lines.append(f"{name}:一条接一条,每秒 {per_second(one, examples):.0f} 条(留出例句,长短不一)")
    return "\n".join(lines)


def per_second(classifier: Classifier, examples: Sequence[Example], seconds: float = BULK_SECONDS) -> float:
    """Messages a second, one after the other in one thread, without the cache's help."""
    fresh = Classifier(classifier.model, classifier.encoder, classifier.signs)
    texts = list({example.text for example in examples})
    start, done = time.perf_counter(), 0
    while done < len(texts) and time.perf_counter() - start < seconds:
        fresh.classify(texts[done])
        done += 1
    return done / (time.perf_counter() - start)
