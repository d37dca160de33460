"""Which text is nearly the same as another: shared character 3-grams, through an inverted index."""

from __future__ import annotations

import hashlib
from array import array
from collections.abc import Iterable

import numpy as np
from numpy.typing import NDArray

from intents.text import Text, normalise, prepare

NEAR = 0.8
"""Similarity above which two texts are the same script."""
_GRAM = 3
_CONTAINED = 15
"""3-grams that a text needs before lying inside a longer one says anything."""
_SHARE = 0.4
"""And how much of the longer one it must make up."""
_BUDGET = 100_000
"""Postings looked at for one text, the rarest 3-grams first: bounds the time on hostile uploads."""
_CANDIDATES = 20
Doubles = NDArray[np.float64]
Counts = NDArray[np.int64]


def plain_text(text: str) -> str:
    """The letters, digits and characters of the prepared text: masked, normalised, without punctuation."""
    return bare(prepare(text).value)


def plain_masked(text: str) -> str:
    """`plain_text` for a text that `mask` has been over already: the same result, a third quicker."""
    return bare(normalise(Text.of(text)).value)


def bare(value: str) -> str:
    """The letters, digits and characters of a text that is prepared already."""
    return "".join(filter(str.isalnum, value))


def fingerprint(text: str) -> str:
    """SHA-256 (hex) of the plain text: the same for a text, its masked form and its punctuation variants."""
    return hashed(plain_text(text))


def hashed(plain: str) -> str:
    """The fingerprint of a text that is plain already."""
    return hashlib.sha256(plain.encode("utf8", "replace")).hexdigest()


def grams(plain: str) -> set[str]:
    """The 3-grams of a plain text; a shorter one is its own."""
    return {plain[at : at + _GRAM] for at in range(max(1, len(plain) - _GRAM + 1))}


def corpus(texts: Iterable[tuple[str, str]]) -> tuple[dict[str, str], NearIndex]:
    """(fingerprint -> type, index under the same fingerprints) of (masked text, type) pairs.

    Prepares each text once: 0.5 ms for 80 characters.
    """
    known: dict[str, str] = {}
    index = NearIndex()
    for text, label in texts:
        plain = plain_masked(text)
        key = hashed(plain)
        if key not in known:
            known[key] = label
            index.add(key, plain)
    return known, index


class NearIndex:
    """Texts under their keys. `find` is exact within its budget, which ordinary uploads never reach."""

    def __init__(self, texts: Iterable[tuple[str, str]] = ()) -> None:
        """`texts`: (key, text); the key comes back from `find`, usually the text's fingerprint."""
        self._keys: list[str] = []
        self._texts: list[str] = []
        self._sizes = array("q")
        self._postings: dict[str, array[int]] = {}
        for key, text in texts:
            self.add(key, plain_text(text))

    def __len__(self) -> int:
        return len(self._keys)

    def add(self, key: str, plain: str) -> None:
        """Adds a text that is plain already."""
        found = grams(plain)
        for gram in found:
            self._postings.setdefault(gram, array("q")).append(len(self._keys))
        self._keys.append(key)
        self._texts.append(plain)
        self._sizes.append(len(found))

    def find(self, text: str) -> tuple[str, float] | None:
        """(key, similarity) of the most similar text, where that is above NEAR."""
        return self.find_plain(plain_text(text))

    def find_plain(self, plain: str) -> tuple[str, float] | None:
        """`find` for a text that is plain already."""
        wanted = grams(plain)
        lists = sorted((self._postings[gram] for gram in wanted if gram in self._postings), key=len)
        taken, total = 0, 0
        while taken < len(lists) and total + len(lists[taken]) <= _BUDGET:
            total += len(lists[taken])
            taken += 1
        if not taken:
            return None
        hits = np.concatenate([np.frombuffer(part, dtype=np.int64) for part in lists[:taken]])
        shared = np.bincount(hits, minlength=len(self._keys))
        if taken == len(lists):
            scores = _similarity(shared, len(wanted), np.frombuffer(self._sizes, dtype=np.int64))
            best = int(scores.argmax())
            return (self._keys[best], float(scores[best])) if scores[best] > NEAR else None
        return self._verified(wanted, np.argsort(shared)[::-1][:_CANDIDATES])

    def _verified(self, wanted: set[str], candidates: Counts) -> tuple[str, float] | None:
        """The best of the candidates by their texts."""
        found = [grams(self._texts[at]) for at in candidates]
        shared = np.array([len(wanted & other) for other in found])
        scores = _similarity(shared, len(wanted), np.array([len(other) for other in found]))
        best = int(scores.argmax())
        return (self._keys[int(candidates[best])], float(scores[best])) if scores[best] > NEAR else None


def _similarity(shared: Counts, size: int, sizes: Counts) -> Doubles:
    """Jaccard, or containment where the smaller text is long enough and a fair part of the larger one."""
    smaller, larger = np.minimum(sizes, size), np.maximum(sizes, size)
    jaccard = shared / (sizes + size - shared)
    counts = (smaller >= _CONTAINED) & (smaller >= _SHARE * larger)
    contained: Doubles = np.where(counts, shared / smaller, 0.0)
    return np.maximum(jaccard, contained)
