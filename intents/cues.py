"""Which words of the user's own text gave the scam away."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from itertools import accumulate

from intents.features import Feature
from intents.text import Text
from intents.types import Cue

Weighted = tuple[int, int, float]
"""[start, end) in the prepared text, and how much it says."""

MOST = 4
LONGEST = 24
ENOUGH = 0.35
"""A run of characters must add so much (logits) to be shown; less explains nothing."""
SIGN_WEIGHT = 2.0


def from_signs(value: str, signs: Sequence[re.Pattern[str]]) -> list[Weighted]:
    """The phrases in a prepared text that the card's signs describe."""
    found = [match for sign in signs for match in sign.finditer(value)]
    return [(m.start(), m.end(), SIGN_WEIGHT) for m in found if 1 < m.end() - m.start() <= LONGEST]


def from_weights(features: Sequence[Feature], offset: int, gain: Mapping[str, float]) -> list[Weighted]:
    """Runs of characters whose n-grams speak most for the type, grown to whole words."""
    size = max((end for _, _, end in features), default=0)
    steps = [0.0] * (size + 1)  # by how much each character's share differs from that of the one before
    for term, start, end in features:
        if term in gain:
            share = gain[term] / (end - start)
            steps[start] += share
            steps[end] -= share
    upto = list(accumulate(accumulate(steps), initial=0.0))
    words = [(start, end) for term, start, end in features if term[0] == "=" and "+" not in term]
    hot = [(start, end, upto[end] - upto[start]) for start, end in words]
    peak = max((weight for _, _, weight in hot), default=0.0)
    chosen = sorted((start, end, weight) for start, end, weight in hot if weight > 0 and weight >= peak * 0.4)
    runs: list[Weighted] = []
    for start, end, weight in chosen:
        if runs and start - runs[-1][1] <= 1 and end - runs[-1][0] <= LONGEST:
            runs[-1] = (runs[-1][0], end, runs[-1][2] + weight)
        else:
            runs.append((start, end, weight))
    return [
        (offset + start, offset + end, weight)
        for start, end, weight in runs
        if weight >= ENOUGH and end - start > 1
    ]


def shown(raw: str, text: Text, spans: Sequence[Weighted]) -> tuple[Cue, ...]:
    """At most `MOST` cues in reading order, in places of the text as sent, overlaps joined."""
    strongest = sorted(spans, key=lambda span: -span[2])
    chosen: list[tuple[int, int]] = []
    for begin, finish, _ in strongest:
        start, end = text.source(begin, finish)
        apart = [(s, e) for s, e in chosen if e <= start or end <= s]
        if len(apart) == len(chosen):
            if len(chosen) < MOST:
                chosen.append((start, end))
            continue
        joined = [(s, e) for s, e in chosen if not (e <= start or end <= s)]
        start, end = min(start, *(s for s, _ in joined)), max(end, *(e for _, e in joined))
        if end - start <= LONGEST * 2:
            chosen = [*apart, (start, end)]
    return tuple(Cue(s, e, raw[s:e]) for s, e in sorted(chosen) if raw[s:e].strip())
