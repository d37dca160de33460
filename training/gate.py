"""May a candidate go live? Neither chance nor slow decay passes."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from scipy.stats import binomtest

from intents.examples import Example
from intents.types import BENIGN, Verdict
from training.evaluate import Scores

ALPHA = 0.05
SLACK = 0.05
"""How far (share) a type's recall or paid recall may lie below the base version's."""


@dataclass(frozen=True)
class Decision:
    """`reasons` in plain words; empty where the candidate may go live."""

    reasons: tuple[str, ...]

    @property
    def accepted(self) -> bool:
        """Whether the candidate may go live."""
        return not self.reasons


def evaluation_set_id(held: Sequence[Example]) -> str:
    """A hash of the held-out texts: scores are comparable only within one set."""
    hashes = sorted(hashlib.sha256(example.text.encode("utf8")).hexdigest() for example in held)
    return hashlib.sha256("".join(hashes).encode()).hexdigest()[:12]


def decide(
    held: Sequence[Example],
    live: Sequence[Verdict],
    candidate: Sequence[Verdict],
    scores: Scores,
    base: Mapping[str, object] | None,
) -> Decision:
    """Paired one-sided tests against the live model (Holm, 1979), and the floors of the base version."""
    worse = _significantly_worse(_measures(held, live), _measures(held, candidate))
    reasons = [f"{name}比线上的模型差:原来对 {before} 条,现在对 {after} 条" for name, before, after in worse]
    if base:
        reasons += _below_base(scores, base)
    return Decision(tuple(reasons))


def _measures(held: Sequence[Example], verdicts: Sequence[Verdict]) -> dict[str, list[bool]]:
    """For each score, whether each row that it counts was judged right."""
    pairs = list(zip(held, verdicts, strict=True))
    found = {
        "总的类型": [v.type == e.type for e, v in pairs],
        "难反例": [v.level == "none" for e, v in pairs if e.near],
        "“已经转钱”的识别": [v.paid for e, v in pairs if e.paid],
    }
    for label in sorted({e.type for e in held} - {BENIGN}):
        found[f"类型 {label} 的召回"] = [v.type == label for e, v in pairs if e.type == label]
    return found


def _significantly_worse(
    live: Mapping[str, list[bool]], candidate: Mapping[str, list[bool]]
) -> list[tuple[str, int, int]]:
    """(score, right before, right now) of the scores that fell by more than chance."""
    tests = []
    for name, before in live.items():
        after = candidate[name]
        lost = sum(b and not a for b, a in zip(before, after, strict=True))
        won = sum(a and not b for b, a in zip(before, after, strict=True))
        if lost > won:
            p = float(binomtest(lost, lost + won, 0.5, alternative="greater").pvalue)
            tests.append((p, name, sum(before), sum(after)))
    tests.sort()
    found = []
    for rank, (p, name, before_right, after_right) in enumerate(tests):
        if p > ALPHA / (len(live) - rank):
            break
        found.append((name, before_right, after_right))
    return found


def _below_base(scores: Scores, base: Mapping[str, object]) -> list[str]:
    reasons = []
    recall = base.get("recall")
    if isinstance(recall, Mapping):
        for label, before in recall.items():
            now = scores.recall.get(label)
            if label != BENIGN and now is not None and now < float(before) - SLACK:
                reasons.append(
                    f"类型 {label} 的召回只有 {now:.2f},比基础版本的 {float(before):.2f} 低了 5 个点以上"
                )
    paid = base.get("paid_recall")
    if isinstance(paid, float) and scores.paid_recall is not None and scores.paid_recall < paid - SLACK:
        reasons.append(
            f"“已经转钱”的召回只有 {scores.paid_recall:.2f},比基础版本的 {paid:.2f} 低了 5 个点以上"
        )
    return reasons
