"""How good a classifier is on texts it was not trained on: types, false alarms, marks, calibration."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Sequence
from dataclasses import dataclass, field

import numpy as np

from intents.classifier import Classifier
from intents.examples import Example
from intents.types import BENIGN, Verdict


@dataclass(frozen=True)
class Scores:
    """Shares are 0..1; `None` where nothing in the set could be counted."""

    rows: int
    macro_f1: float | None
    recall: dict[str, float]
    f1: dict[str, float]
    scam_recall: float | None
    false_danger: float | None
    false_caution: float | None
    hard_false_danger: float | None
    hard_false_caution: float | None
    paid_recall: float | None
    paid_false: float | None
    happening_recall: float | None
    happening_false: float | None
    ece: float | None
    confusion: dict[str, dict[str, int]] = field(default_factory=dict)


def judge(classifier: Classifier, examples: Sequence[Example]) -> list[Verdict]:
    """The verdict on each example, in order."""
    return [classifier.classify(example.text) for example in examples]


def score(examples: Sequence[Example], verdicts: Sequence[Verdict]) -> Scores:
    """The scores of these verdicts. A scam answered with `none` counts as called benign."""
    pairs = list(zip(examples, verdicts, strict=True))
    confusion: dict[str, Counter[str]] = defaultdict(Counter)
    for example, verdict in pairs:
        confusion[example.type][verdict.type] += 1
    labels = sorted(confusion)
    f1 = {label: _f1(confusion, label) for label in labels}
    benign = [(e, v) for e, v in pairs if e.type == BENIGN]
    hard = [(e, v) for e, v in benign if e.near]
    scams = [v for e, v in pairs if e.type != BENIGN]
    return Scores(
        rows=len(pairs),
        macro_f1=float(np.mean(list(f1.values()))) if f1 else None,
        recall={label: confusion[label][label] / sum(confusion[label].values()) for label in labels},
        f1=f1,
        scam_recall=_share([v.level != "none" for v in scams]),
        false_danger=_share([v.level == "danger" for _, v in benign]),
        false_caution=_share([v.level != "none" for _, v in benign]),
        hard_false_danger=_share([v.level == "danger" for _, v in hard]),
        hard_false_caution=_share([v.level != "none" for _, v in hard]),
        paid_recall=_share([v.paid for e, v in pairs if e.paid]),
        paid_false=_share([v.paid for e, v in pairs if not e.paid]),
        happening_recall=_share([v.happening for e, v in pairs if e.happening]),
        happening_false=_share([v.happening for e, v in pairs if not e.happening]),
        ece=_calibration_error(pairs),
        confusion={label: dict(row) for label, row in confusion.items()},
    )


def _share(hits: Sequence[bool]) -> float | None:
    return sum(hits) / len(hits) if hits else None


def _f1(confusion: dict[str, Counter[str]], label: str) -> float:
    hit = confusion[label][label]
    said = sum(row[label] for row in confusion.values())
    real = sum(confusion[label].values())
    return 2 * hit / (said + real) if said + real else 0.0


def _calibration_error(pairs: Sequence[tuple[Example, Verdict]], bins: int = 10) -> float | None:
    """Expected calibration error of the type's probability, over equal-width bins."""
    if not pairs:
        return None
    sure = np.array([v.probability for _, v in pairs])
    right = np.array([e.type == v.type for e, v in pairs], dtype=float)
    bin_of = np.minimum((sure * bins).astype(int), bins - 1)
    gaps = [abs(sure[bin_of == b].mean() - right[bin_of == b].mean()) * (bin_of == b).mean()
            for b in range(bins) if (bin_of == b).any()]  # fmt: skip
    return float(sum(gaps))
