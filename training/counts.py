"""Term counts of texts, remembered: cutting a whole corpus into terms is most of what a fit would cost.

A text is known by its hash. What is remembered is what the last fit used: a text that left the corpus leaves
this as well, with every term that stood in no other.
"""

from __future__ import annotations

import hashlib
import io
from collections import Counter
from collections.abc import Callable, Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray
from scipy.sparse import csr_matrix, vstack

from intents.features import features_version, terms

Matrix = Any  # scipy.sparse.csr_matrix; scipy has no types
Count = Callable[[Sequence[str]], tuple[list[str], Matrix]]
"""Prepared texts -> (terms, counts of shape (texts, terms)), terms in no order."""
_HASH_BYTES = 16


class TermCounts:
    """Counts terms; remembers the counts of the texts that it was last asked for."""

    def __init__(self) -> None:
        self._texts: dict[bytes, int] = {}
        self._terms: list[str] = []
        self._counts: Matrix = csr_matrix((0, 0), dtype=np.float32)

    def __call__(self, texts: Sequence[str]) -> tuple[list[str], Matrix]:
        """(terms, counts of shape (texts, terms)); see `Count`."""
        keys = [_key(text) for text in texts]
        self._learn({key: text for key, text in zip(keys, texts, strict=True) if key not in self._texts})
        self._keep(list(dict.fromkeys(keys)))
        found: Matrix = self._counts[[self._texts[key] for key in keys]]
        return list(self._terms), found

    def knows(self, texts: Sequence[str]) -> bool:
        """Whether exactly these texts are remembered."""
        return {_key(text) for text in texts} == set(self._texts)

    def _learn(self, new: dict[bytes, str]) -> None:
        if not new:
            return
        places = {term: at for at, term in enumerate(self._terms)}
        indices: list[int] = []
        data: list[int] = []
        ends = [0]
        for text in new.values():
            for term, count in Counter(terms(text)).items():
                indices.append(places.setdefault(term, len(places)))
                data.append(count)
            ends.append(len(indices))
        added = csr_matrix((np.array(data, np.float32), indices, ends), (len(new), len(places)))
        first = len(self._texts)
        self._counts.resize(first, len(places))
        self._texts |= {key: first + at for at, key in enumerate(new)}
        self._terms, self._counts = list(places), vstack([self._counts, added], format="csr")

    def _keep(self, keys: list[bytes]) -> None:
        """Forgets all but these texts."""
        rows: Matrix = self._counts[[self._texts[key] for key in keys]]
        used = np.unique(rows.indices)
        places = np.zeros(len(self._terms), rows.indices.dtype)
        places[used] = np.arange(len(used))
        self._texts = {key: at for at, key in enumerate(keys)}
        self._terms = [self._terms[at] for at in used]
        self._counts = csr_matrix((rows.data, places[rows.indices], rows.indptr), (len(keys), len(used)))

    # ---- as bytes ----------------------------------------------------------------------------------------

    def dumps(self) -> bytes:
        """All that is remembered, as an npz of arrays."""
        buffer = io.BytesIO()
        np.savez(
            buffer,
            version=_bytes(features_version().encode()),
            texts=_bytes(b"".join(self._texts)),
            terms=_bytes("\n".join(self._terms).encode("utf8", "surrogatepass")),
            data=self._counts.data.astype(np.uint16),
            indices=self._counts.indices,
            ends=self._counts.indptr,
        )
        return buffer.getvalue()

    @classmethod
    def loads(cls, stored: bytes) -> TermCounts:
        """What `dumps` gave; empty where it is damaged, or counted by other features."""
        found = cls()
        try:
            with np.load(io.BytesIO(stored), allow_pickle=False) as arrays:
                if arrays["version"].tobytes() != features_version().encode():
                    return found
                keys, names = arrays["texts"].tobytes(), arrays["terms"].tobytes()
                spelled = names.decode("utf8", "surrogatepass").split("\n") if names else []
                rows = len(keys) // _HASH_BYTES
                counts = arrays["data"].astype(np.float32), arrays["indices"], arrays["ends"]
                matrix = csr_matrix(counts, (rows, len(spelled)))
                matrix.check_format()
        except Exception:
            return found
        found._texts = {
            keys[at : at + _HASH_BYTES]: at // _HASH_BYTES for at in range(0, len(keys), _HASH_BYTES)
        }
        found._terms, found._counts = spelled, matrix
        return found


def _key(text: str) -> bytes:
    return hashlib.blake2b(text.encode("utf8", "surrogatepass"), digest_size=_HASH_BYTES).digest()


def _bytes(value: bytes) -> NDArray[np.uint8]:
    return np.frombuffer(value, np.uint8)
