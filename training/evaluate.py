"""How good a classifier is on texts it was not trained on: types, false alarms, marks, calibration."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Sequence
from dataclasses import dataclass, field

import numpy as np

from intents.classifier import Classifier
from intents.examples import Example
from intents.knowledge import Knowledge
from intents.text import has_words, prepare
from intents.types import BENIGN, Cue, Verdict

COVERAGES = (1.0, 0.95, 0.9, 0.8, 0.7, 0.5)
"""Shares of the texts that are answered, the surest first, at which the selective accuracy is told."""
BINS = 10
"""Equal-width bins of the calibration."""


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


def _calibration_error(pairs: Sequence[tuple[Example, Verdict]]) -> float | None:
    """Expected calibration error of the type's probability, over equal-width bins."""
    found = reliability(pairs)
    return sum(abs(b.sure - b.right) * b.rows for b in found) / len(pairs) if found else None


@dataclass(frozen=True)
class Bin:
    """One bin of the calibration: how sure the verdicts were on average, and what share was right."""

    sure: float
    right: float
    rows: int


def reliability(pairs: Sequence[tuple[Example, Verdict]]) -> list[Bin]:
    """The bins of the type's probability that hold verdicts, the least sure first."""
    sure = np.array([v.probability for _, v in pairs])
    right = np.array([e.type == v.type for e, v in pairs], dtype=float)
    bin_of = np.minimum((sure * BINS).astype(int), BINS - 1)
    return [
        Bin(float(sure[bin_of == b].mean()), float(right[bin_of == b].mean()), int((bin_of == b).sum()))
        for b in range(BINS)
        if (bin_of == b).any()
    ]


# ---- when only the surest are answered ---------------------------------------------------------------


def selective(pairs: Sequence[tuple[Example, Verdict]]) -> list[float]:
    """Share of right types among the surest 1, 2, ... n verdicts.

    Verdicts that are equally sure count alike, whatever their order: each as its group's mean.
    """
    if not pairs:
        return []
    sure = np.array([v.probability for _, v in pairs])
    right = np.array([e.type == v.type for e, v in pairs], dtype=float)
    _, group, sizes = np.unique(-sure, return_inverse=True, return_counts=True)
    means = np.bincount(group, weights=right) / sizes
    running = np.cumsum(np.repeat(means, sizes)) / np.arange(1, len(pairs) + 1)
    return [float(share) for share in running]


def at_coverages(shares: Sequence[float]) -> list[tuple[float, float]]:
    """(coverage, selective accuracy) at `COVERAGES`, from the shares that `selective` gives."""
    return [(part, shares[max(1, round(part * len(shares))) - 1]) for part in COVERAGES] if shares else []


def area_under_risk(shares: Sequence[float]) -> float | None:
    """Mean share of wrong types over all coverages (AURC): 0 is best."""
    return 1.0 - sum(shares) / len(shares) if shares else None


# ---- what is shown beside the type -------------------------------------------------------------------


@dataclass(frozen=True)
class CuesChecked:
    """What taking the cues out of `danger` verdicts on scams does to the probability of their type.

    `rows` were tried; `whole` more were not, for nothing but cues stands in them. `mean_fall` is in
    probability, rises counted as negative.
    """

    rows: int
    whole: int
    lowered: float | None
    mean_fall: float | None


def check_cues(classifier: Classifier, pairs: Sequence[tuple[Example, Verdict]]) -> CuesChecked:
    """Classifies every scam that was judged `danger` again, without the words that it was explained by."""
    falls: list[float] = []
    whole = 0
    for example, verdict in _alarms(pairs):
        rest = prepare(without(example.text, verdict.cues)).value
        if not has_words(rest):
            whole += 1
            continue
        types, _ = classifier.probabilities(classifier.windows(rest))
        after = round(float(types[classifier.model.labels.index(verdict.type)]), 4)  # as a verdict's is
        falls.append(verdict.probability - after)
    return CuesChecked(
        rows=len(falls),
        whole=whole,
        lowered=_share([fall > 0 for fall in falls]),
        mean_fall=sum(falls) / len(falls) if falls else None,
    )


def without(text: str, cues: Sequence[Cue]) -> str:
    """The text with its cues cut out."""
    for cue in sorted(cues, key=lambda cue: -cue.start):
        text = text[: cue.start] + text[cue.end :]
    return text


def stage_named(pairs: Sequence[tuple[Example, Verdict]], knowledge: Knowledge) -> float | None:
    """Share of `danger` verdicts on scams whose answer names a stage; whether it is the right one is not known."""
    return _share(
        [
            knowledge.card(verdict.type).stage_of(prepare(example.text).value) is not None
            for example, verdict in _alarms(pairs)
        ]
    )


def _alarms(pairs: Sequence[tuple[Example, Verdict]]) -> list[tuple[Example, Verdict]]:
    return [(e, v) for e, v in pairs if e.type != BENIGN and v.level == "danger"]
