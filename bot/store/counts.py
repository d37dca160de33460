"""Term counts kept in the data folder, so that a fit counts only what is new."""

from __future__ import annotations

import os
import tempfile
from collections.abc import Sequence
from contextlib import suppress
from pathlib import Path

from training.counts import Matrix, TermCounts

FILE = "counts.npz"


class StoredCounts:
    """`training.counts.Count`, remembered from one process to the next. A lost or damaged file costs time only."""

    def __init__(self, folder: Path) -> None:
        self._path = folder / FILE

    def __call__(self, texts: Sequence[str]) -> tuple[list[str], Matrix]:
        """(terms, counts of shape (texts, terms))."""
        counts = self._read()
        known = counts.knows(texts)
        found = counts(texts)
        if not known:
            self._write(counts.dumps())
        return found

    def _read(self) -> TermCounts:
        try:
            return TermCounts.loads(self._path.read_bytes())
        except OSError:
            return TermCounts()

    def _write(self, value: bytes) -> None:
        with suppress(OSError):  # a full disk: the next fit counts again
            handle, name = tempfile.mkstemp(dir=self._path.parent, prefix=FILE)
            try:
                with os.fdopen(handle, "wb") as out:
                    out.write(value)
                Path(name).replace(self._path)
            except OSError:
                Path(name).unlink(missing_ok=True)
                raise
