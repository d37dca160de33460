"""Samples -> model -> measured -> published version."""

from __future__ import annotations

import time
from collections.abc import Mapping, Sequence
from dataclasses import asdict
from typing import Any

from intents.classifier import Classifier
from intents.encoder import AtHand, Encoder
from intents.examples import HELD_OUT, Example
from intents.features import features_version
from intents.knowledge import Knowledge
from intents.model import Model
from training.counts import Count
from training.evaluate import Scores, judge, score
from training.fit import THOROUGH, Effort, fit
from training.prepared import plain
from training.registry import Registry, Version, evaluation_set_id, new_id, text_id
from training.rows import rows, served


def sample_id(example: Example) -> str:
    """What a version records of a sample: a hash, never its text."""
    return text_id(example.text)


def split(examples: Sequence[Example]) -> tuple[list[Example], list[Example]]:
    """(to learn from, to measure with): whole writers are held out, and no text stands on both sides.

    A text that differs only in spaces, marks, width or case counts as the same.
    """
    held = [example for example in examples if example.group in HELD_OUT]
    texts = {plain(example.text) for example in held}
    return [e for e in examples if e.group not in HELD_OUT and plain(e.text) not in texts], held


def measured(
    examples: Sequence[Example],
    knowledge: Knowledge,
    encoder: Encoder | None,
    effort: Effort = THOROUGH,
    count: Count | None = None,
) -> tuple[Model, Scores]:
    """A model fitted on the training writers and its scores on the held-out ones."""
    learn, held = split(examples)
    if encoder:
        # In one go: one progress bar, and all is cached then.
        encoder.encode([*rows(learn).texts, *served(held)])
    model = fit(learn, encoder, effort, count)
    at_hand = AtHand(encoder, served(held)) if encoder else None
    classifier = Classifier(model, at_hand, knowledge.signs)
    return model, score(held, judge(classifier, held))


def publish(  # noqa: PLR0913, PLR0917 - a version's record has so many parts
    registry: Registry,
    model: Model,
    scores: Scores,
    examples: Sequence[Example],
    by: str,
    note: str,
    overlay: Mapping[str, Mapping[str, Any]] | None = None,
) -> Version:
    """Stores the model as a version and makes it the live one."""
    now = time.time()
    learn, held = split(examples)
    version = Version(
        id=new_id(model, now),
        created=now,
        by=by,
        note=note,
        head="full" if "full" in model.heads else "ngram",
        features_version=features_version(),
        parent=registry.active(),
        scores=asdict(scores),
        types=model.labels,
        samples=tuple((sample_id(example), example.type) for example in learn),
        overlay={type_id: dict(fields) for type_id, fields in (overlay or {}).items()},
        evaluation=evaluation_set_id(example.text for example in held),
    )
    registry.publish(version, model)
    return version
