"""The texts that are there already: what an upload is compared with."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from functools import cached_property, lru_cache

from bot.store.samples import HELD, Sample, StoredSamples
from intents.examples import Example
from training.prepared import plain as plain_of
from training.reading.near import NearIndex, hashed, plain_masked
from training.registry import text_hash


@dataclass
class Known:
    """Texts by fingerprint: `types` as `scripts.clean` takes them, and where each comes from.

    `plain`: fingerprint -> plain text. `shipped`: fingerprint -> hash of the shipped text. `samples`:
    fingerprint -> the station's sample.
    """

    types: dict[str, str] = field(default_factory=dict)
    plain: dict[str, str] = field(default_factory=dict)
    shipped: dict[str, str] = field(default_factory=dict)
    samples: dict[str, Sample] = field(default_factory=dict)

    @cached_property
    def near(self) -> NearIndex:
        """The texts as `scripts.clean` looks for near ones; built when first asked for, which takes seconds."""
        index = NearIndex()
        for key, words in self.plain.items():
            index.add(key, words)
        return index

    def held(self, fingerprint: str) -> bool:
        """Whether this text is a sample that a rollback holds back."""
        sample = self.samples.get(fingerprint)
        return sample is not None and sample.state == HELD


def known(learn: Sequence[Example], samples: StoredSamples) -> Known:
    """The shipped examples that are learned from, and the samples, which win. Held-out texts are not there."""
    found = Known()
    for sample, plain in samples.plain():
        words = plain or plain_masked(sample.text)
        key = hashed(words)
        found.types[key], found.samples[key], found.plain[key] = sample.type, sample, words
    for key, words, label, text in _shipped(tuple(learn)):
        if key not in found.types:
            found.types[key], found.plain[key] = label, words
        found.shipped[key] = text
    return found


@lru_cache(maxsize=2)
def _shipped(learn: tuple[Example, ...]) -> list[tuple[str, str, str, str]]:
    """(fingerprint, plain text, type, hash of the text) of each example."""
    rows = []
    for example in learn:
        words = plain_of(example.text)
        rows.append((hashed(words), words, example.type, text_hash(example.text)))
    return rows
