"""How long one message takes, and how many a second; for both heads."""

from __future__ import annotations

import statistics
import time
from collections.abc import Callable

from intents.classifier import Classifier

TEXTS = (
    "在吗",
    "他让我先交三千块解冻费才给放款,是真的吗",
    "群里老师带着炒股,前两天提现都到账了,今天说要交百分之二十的个人所得税才能把本金取出来,我该不该交",
    "客服说我的百万保障到期了不关每个月扣两千," * 20,
)
ROUNDS = 30


def run(classifier: Classifier) -> str:
    """p50 and p99 in milliseconds by text length, for the full head and for n-grams alone."""
    lines = [f"{'head':8}{'characters':>11}{'p50 ms':>9}{'p99 ms':>9}{'per second':>12}"]
    heads = {"ngram": Classifier(classifier.model, None, {})}
    if classifier.head_name == "full":
        heads["full"] = classifier
    for name, one in heads.items():
        for text in TEXTS:
            p50, p99 = percentiles(lambda i, c=one, t=text: c.classify(t + " " * i))  # type: ignore[misc]
            lines.append(f"{name:8}{len(text):11}{p50:9.2f}{p99:9.2f}{1000 / p50:12.0f}")
    asked = TEXTS[1]
    classifier.classify(asked)
    p50, p99 = percentiles(lambda _: classifier.classify(asked))
    lines.append(f"{'again':8}{len(asked):11}{p50:9.3f}{p99:9.3f}{1000 / p50:12.0f}")
    return "\n".join(lines)


def percentiles(work: Callable[[int], object]) -> tuple[float, float]:
    """(p50, p99) milliseconds of `ROUNDS` calls; the round's number makes each text a new one."""
    times = []
    for i in range(ROUNDS):
        start = time.perf_counter()
        work(i + 1)
        times.append((time.perf_counter() - start) * 1000)
    return statistics.median(times), statistics.quantiles(times, n=100)[98]
