"""A candidate: fitted, measured beside the live model and the base on the same held-out texts, judged."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import asdict, dataclass
from typing import Any, Protocol

from intents.classifier import Classifier
from intents.encoder import AtHand, Encoder
from intents.examples import Example
from intents.knowledge import Knowledge
from intents.model import Model
from intents.types import BENIGN, Verdict
from training import gate
from training.counts import Count
from training.evaluate import Scores, score
from training.fit import THOROUGH, Effort, Fitted, fitted
from training.gate import Decision, NewType
from training.prepared import plain
from training.reading.near import NearIndex
from training.registry import text_hash
from training.rows import served

SHOWN = 200
"""Changed verdicts that are listed, the gravest first; all are counted."""
_GRAVITY = {"none": 0, "caution": 1, "danger": 2}

Step = Callable[[str, float], None]
"""Hears what is being done (Chinese) and how far it is, 0..1."""


class Memory(Protocol):
    """What models said of held-out texts before, by model."""

    def of(self, model: str) -> dict[str, Verdict]:
        """Text hash -> verdict."""
        ...

    def keep(self, model: str, said: dict[str, Verdict]) -> None:
        """Remembers."""
        ...


@dataclass(frozen=True)
class Incumbent:
    """A model that is compared with, under the id of its version."""

    id: str
    model: Model


@dataclass(frozen=True)
class Material:
    """What a candidate is made from. `held` is what measures it: the evaluation set (`listed`, texts) without
    those that uploads repeat."""

    learn: list[Example]
    held: list[Example]
    listed: list[str]

    @property
    def left_out(self) -> int:
        """How many held-out texts uploads repeat."""
        return len(self.listed) - len(self.held)


@dataclass(frozen=True)
class Trial:
    """A fitted candidate with all that an officer sees before it is published."""

    model: Model
    scores: Scores
    live_scores: Scores | None
    decision: Decision
    changed: list[dict[str, Any]]
    changed_count: int
    new_types: dict[str, NewType]
    left_out: int

    def record(self) -> dict[str, Any]:
        """All of it but the model, for JSON."""
        return {
            "scores": asdict(self.scores),
            "live_scores": asdict(self.live_scores) if self.live_scores else None,
            "reasons": list(self.decision.reasons),
            "changed": self.changed,
            "changed_count": self.changed_count,
            "new_types": {label: asdict(measured) for label, measured in self.new_types.items()},
            "left_out": self.left_out,
        }


def material(
    learn: Sequence[Example], held: Sequence[Example], own: Sequence[Example], replaced: frozenset[str]
) -> Material:
    """Shipped examples to learn from and to measure with, and the station's own, put together.

    `replaced`: hashes of shipped texts that own samples contradict; those are not learned. A held-out text
    that an own sample repeats is left out of the measuring, for both models.
    """
    index = NearIndex()
    for example in own:
        index.add(text_hash(example.text), plain(example.text))
    kept = [e for e in held if not own or index.find(e.text) is None]
    shipped = [e for e in learn if text_hash(e.text) not in replaced]
    return Material([*shipped, *own], kept, [e.text for e in held])


def run(  # noqa: PLR0913 - what a candidate is made from, and what it is compared with
    given: Material,
    knowledge: Knowledge,
    encoder: Encoder | None,
    *,
    live: Incumbent | None,
    base: Incumbent | None,
    memory: Memory,
    step: Step,
    effort: Effort = THOROUGH,
    count: Count | None = None,
) -> Trial:
    """Fits and measures. Raises rows.TooLittle.

    `count`: counts terms, if it is not to be done anew.
    """
    at_hand = AtHand(encoder, served(given.held)) if encoder else None
    step("训练", 0.6)
    held = given.held
    with ThreadPoolExecutor(1) as beside:  # the solver leaves the other core alone most of the time
        judged = [
            beside.submit(_said, which, held, at_hand, knowledge, memory) if which else None
            for which in (live, base)
        ]
        made = fitted(given.learn, encoder, effort, count)
        before, floor = (found.result() if found else None for found in judged)
    classifier = Classifier(made.model, at_hand, knowledge.signs)
    step("打分", 0.85)
    after = [classifier.classify(example.text) for example in held]
    old = set(live.model.labels) if live else set(made.model.labels)
    new = _new_types(made, classifier.head_name, given, old, before, after)
    decision = gate.decide(held, after, before, floor, new, lambda label: knowledge.card(label).name.zh)
    changed = _changed(held, before, after) if before else []
    old_one = Classifier(live.model, at_hand, knowledge.signs) if live else classifier
    listed = [_shown(held[at], old_one, classifier) for at in changed[:SHOWN]]
    return Trial(
        made.model,
        score(held, after),
        score(held, before) if before else None,
        decision,
        listed,
        len(changed),
        new,
        given.left_out,
    )


def _said(
    which: Incumbent, held: Sequence[Example], encoder: Encoder | None, knowledge: Knowledge, memory: Memory
) -> list[Verdict]:
    """What an incumbent says of the held-out texts; each is asked once, also after the list changed."""
    classifier = Classifier(which.model, encoder, knowledge.signs)
    key = f"{which.id} {classifier.head_name}"
    known = memory.of(key)
    hashes = [text_hash(example.text) for example in held]
    missing = {h: e.text for h, e in zip(hashes, held, strict=True) if h not in known}
    if missing:
        known |= {found: classifier.classify(text) for found, text in missing.items()}
        memory.keep(key, known)
    return [known[found] for found in hashes]


def _new_types(  # noqa: PLR0913, PLR0917 - one measure of two models on one set
    made: Fitted,
    head: str,
    given: Material,
    old: set[str],
    before: Sequence[Verdict] | None,
    after: Sequence[Verdict],
) -> dict[str, NewType]:
    """Each type that the live model lacks and that no held-out text measures."""
    measured = {example.type for example in given.held}
    found = {}
    for label in sorted(set(made.model.labels) - old - measured - {BENIGN}):
        own = [at for at, example in enumerate(given.learn) if example.type == label]
        hits = sum(made.said[head][at] == label for at in own)
        taken = sum(
            now.type == label and (before is None or before[at].type == example.type)
            for at, (example, now) in enumerate(zip(given.held, after, strict=True))
        )
        found[label] = NewType(len(own), hits, taken)
    return found


def _changed(held: Sequence[Example], before: Sequence[Verdict], after: Sequence[Verdict]) -> list[int]:
    """The places of the held-out texts whose verdict changes, the gravest first."""
    found = []
    for at, (example, then, now) in enumerate(zip(held, before, after, strict=True)):
        if (then.type, then.level, then.paid) != (now.type, now.level, now.paid):
            worse = then.type == example.type and now.type != example.type
            jump = abs(_GRAVITY[then.level] - _GRAVITY[now.level])
            found.append((not worse, -jump, at))
    return [at for _, _, at in sorted(found)]


def _shown(example: Example, live: Classifier, candidate: Classifier) -> dict[str, Any]:
    """A held-out text with both verdicts and the phrases that led to them."""
    sides = {"live": live.classify(example.text), "candidate": candidate.classify(example.text)}
    told = {
        side: {
            "type": verdict.type,
            "level": verdict.level,
            "probability": verdict.probability,
            "paid": verdict.paid,
            "cues": [asdict(cue) for cue in verdict.cues],
        }
        for side, verdict in sides.items()
    }
    return {"text": example.text, "truth": example.type, **told}
