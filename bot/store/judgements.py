"""What a model said of the held-out texts, so that it is asked once; and which texts were held out when."""

from __future__ import annotations

import json
import time
import zlib
from collections.abc import Sequence

from sqlalchemy import Connection, Engine, insert, select, update

from bot.store.engine import reading
from bot.store.tables import evaluation_sets, judgements
from intents.types import Verdict
from training.registry import evaluation_set_id, text_hash

Said = dict[str, Verdict]
"""Hash of a text -> the verdict on it, without cues."""


class Judgements:
    """Verdicts by model; only those of the models that are compared with are kept."""

    def __init__(self, engine: Engine) -> None:
        self._engine = engine
        self._reading = reading(engine)

    def of(self, model: str) -> Said:
        """What this model said so far."""
        with self._reading.connect() as connection:
            packed = connection.execute(
                select(judgements.c.verdicts).where(judgements.c.model == model)
            ).scalar_one_or_none()
        rows = json.loads(zlib.decompress(packed)) if packed else {}
        return {key: Verdict(*values) for key, values in rows.items()}

    def keep(self, model: str, said: Said) -> None:
        """Stores what a model said, in place of what was known of it."""
        rows = {key: [v.type, v.probability, v.level, v.paid, v.happening] for key, v in said.items()}
        packed = zlib.compress(json.dumps(rows).encode())
        with self._engine.begin() as connection:
            mine = update(judgements).where(judgements.c.model == model).values(verdicts=packed)
            if connection.execute(mine).rowcount == 0:
                connection.execute(insert(judgements).values(model=model, verdicts=packed))


def note_set(connection: Connection, texts: Sequence[str]) -> str:
    """Remembers a list of held-out texts by their hashes, in the caller's transaction; gives its id."""
    found = evaluation_set_id(texts)
    there = select(evaluation_sets.c.id).where(evaluation_sets.c.id == found)
    if connection.execute(there).one_or_none() is None:
        hashes = json.dumps(sorted(text_hash(text) for text in texts))
        connection.execute(insert(evaluation_sets).values(id=found, first_used=time.time(), hashes=hashes))
    return found
