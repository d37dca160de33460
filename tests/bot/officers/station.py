"""A police station on the tiny corpus: a desk, a dry run in this process, scripts of a made-up type."""

from __future__ import annotations

from functools import cache
from pathlib import Path

import yaml
from sqlalchemy import Engine

from bot.officers.desk import Desk
from bot.officers.dry_run import DryRun
from bot.officers.people import Actor
from bot.store.candidates import Candidate
from intents.encoder import Encoder
from intents.examples import Example
from intents.features import features_version
from intents.model import Model
from tests import tiny
from training.registry import Version

FIELDS = yaml.safe_load((Path(__file__).parents[2] / "new_fields.yaml").read_text(encoding="utf8"))
VISA: list[str] = FIELDS["fake_visa"]["scripts"]
"""24 scripts of a type that no folder has."""


@cache
def few() -> list[Example]:
    """The tiny corpus, read once."""
    return tiny.corpus()


class Station:
    """A desk whose dry runs are done at once, with the hash encoder and the tiny corpus."""

    def __init__(self, engine: Engine, folder: Path, live: Model | None = None) -> None:
        self.started: list[str] = []
        self.desk = Desk(engine, folder, shipped=few, start=self._start)
        if live:
            base = Version("base", 1.0, "system", "", "full", features_version())
            self.desk.registry.publish(base, live)

    def _start(self, candidate_id: str, folder: Path) -> None:
        self.started.append(candidate_id)

    def dry_run(self, actor: Actor, draft_id: str = "") -> Candidate:
        """A candidate, fitted."""
        begun = self.desk.candidates.dry_run(actor, draft_id)
        return self.fit(begun.id)

    def fit(self, candidate_id: str) -> Candidate:
        """Fits what was begun."""
        run = DryRun(self.desk.engine, self.desk.beside, few, encoder, effort=tiny.EFFORT)
        return run.run(candidate_id)


def encoder(told: object) -> Encoder:
    """The hash encoder."""
    return tiny.HashEncoder()


def csv(rows: list[tuple[str, str]]) -> bytes:
    """A csv as Excel writes it in China: GB18030, with a header."""
    lines = ["话术,类型", *(f'"{text}",{label}' for text, label in rows)]
    return "\r\n".join(lines).encode("gb18030")
