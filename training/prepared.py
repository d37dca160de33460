"""Examples as the classifier sees them, prepared once a process: a retrain needs them in four places."""

from __future__ import annotations

from functools import lru_cache

from intents.text import prepare
from training.reading.near import bare

REMEMBERED = 1 << 17
"""Above the corpus and as many samples: what is read from end to end never hits a cache that is smaller."""


@lru_cache(maxsize=REMEMBERED)
def prepared(text: str) -> str:
    """The prepared text of an example (or of a masked sample); nobody's message comes here."""
    return prepare(text).value


def plain(text: str) -> str:
    """What `near.plain_text` gives, of an example."""
    return bare(prepared(text))
