"""Sentence vectors by (text hash, encoder version), in a file of their own: computed once, never twice."""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Sequence
from pathlib import Path

import numpy as np
from sqlalchemy import Column, LargeBinary, MetaData, String, Table, insert, select

from bot.store.engine import connect, reading
from intents.encoder import DIMENSION, Encoder, Vectors

_metadata = MetaData()
_vectors = Table(
    "vectors",
    _metadata,
    Column("hash", String(64), primary_key=True),
    Column("encoder", String(80), primary_key=True),
    Column("vector", LargeBinary, nullable=False),
)
BATCH = 128
"""Vectors are written after so many, so that an interruption costs at most these."""


class CachedEncoder:
    """An encoder whose vectors are kept on disk; texts go there as hashes only."""

    def __init__(
        self, encoder: Encoder, folder: Path, progress: Callable[[int, int], None] | None = None
    ) -> None:
        self._encoder = encoder
        self._progress = progress or (lambda _done, _all: None)
        self._engine = connect(f"sqlite:///{folder / 'vectors.db'}")
        self._reading = reading(self._engine)
        _metadata.create_all(self._engine)
        self.version = encoder.version

    def encode(self, texts: Sequence[str]) -> Vectors:
        """Vectors of shape (len(texts), DIMENSION)."""
        hashes = [hashlib.sha256(text.encode("utf8", "replace")).hexdigest() for text in texts]
        known = self._known(set(hashes))
        missing = {key: text for key, text in zip(hashes, texts, strict=True) if key not in known}
        todo = list(missing.items())
        for start in range(0, len(todo), BATCH):
            part = todo[start : start + BATCH]
            fresh = self._encoder.encode([text for _, text in part])
            known |= {key: vector for (key, _), vector in zip(part, fresh, strict=True)}
            self._keep([(key, vector.tobytes()) for (key, _), vector in zip(part, fresh, strict=True)])
            if len(todo) > BATCH:
                self._progress(min(start + BATCH, len(todo)), len(todo))
        out = np.empty((len(texts), DIMENSION), np.float32)
        for i, key in enumerate(hashes):
            out[i] = known[key]
        return out

    def _known(self, hashes: set[str]) -> dict[str, Vectors]:
        found: dict[str, Vectors] = {}
        wanted = sorted(hashes)
        with self._reading.connect() as connection:
            for start in range(0, len(wanted), 500):
                query = select(_vectors.c.hash, _vectors.c.vector).where(
                    _vectors.c.encoder == self.version, _vectors.c.hash.in_(wanted[start : start + 500])
                )
                for row in connection.execute(query):
                    found[row.hash] = np.frombuffer(row.vector, np.float32)
        return found

    def _keep(self, rows: list[tuple[str, bytes]]) -> None:
        values = [{"hash": key, "encoder": self.version, "vector": data} for key, data in rows]
        with self._engine.begin() as connection:
            connection.execute(insert(_vectors).prefix_with("OR IGNORE", dialect="sqlite"), values)
