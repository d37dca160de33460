"""What officers do: check and add scripts, retrain, roll back. Reached from every channel and the command line."""

from __future__ import annotations

import hashlib
import time
from pathlib import Path
from typing import Any

from sqlalchemy import Engine, delete, insert, select

from bot import base
from bot.overlay import overlaid
from bot.store import log
from bot.store.samples import HELD, Sample, StoredSamples
from bot.store.tables import facts, leases
from bot.store.versions import StoredVersions
from intents import examples, knowledge
from intents.classifier import Classifier
from intents.examples import Example
from intents.features import features_version
from intents.knowledge import Knowledge
from intents.types import BENIGN
from training import gate, retrain, scripts
from training.evaluate import judge
from training.registry import Version

LEASE_SECONDS = 1800


class Refused(RuntimeError):
    """The gate refuses the candidate; `reasons` says why, one a line."""


class Busy(RuntimeError):
    """Somebody else is retraining; the message says who."""


class NoSuchVersion(ValueError):
    """There is no version of this id to go back to, or its arrays are gone."""


class Desk:
    """The officers' functions over one store."""

    def __init__(self, engine: Engine, folder: Path) -> None:
        self._engine = engine
        self._folder = folder
        self.samples = StoredSamples(engine)
        self.registry = StoredVersions(engine)

    def knowledge(self) -> Knowledge:
        """The shipped knowledge with the station's own types."""
        return overlaid(knowledge.load(), self.samples.types())

    # ---- scripts -----------------------------------------------------------------------------

    def check(self, data: bytes, name: str, type_id: str = "") -> tuple[dict[str, Any], scripts.Cleaned]:
        """What an upload would bring; changes nothing. Raises scripts.UploadRefused."""
        known = self.knowledge()

        def find(wanted: str) -> str | None:
            if wanted.strip() in (BENIGN, "不是骗局", type_id):
                return BENIGN if wanted.strip() != type_id else type_id
            card = known.find(wanted)
            return card.id if card else None

        parsed = scripts.parse(data, name, default_type=type_id, find_type=find)
        corpus = [(example.text, example.type) for example in examples.load()]
        stored = [(sample.text, sample.type) for sample in self.samples.all()]
        keyed = [(scripts.fingerprint(text), text, label) for text, label in corpus + stored]
        fingerprints = {key: label for key, _, label in keyed}
        near = scripts.NearIndex((key, text) for key, text, _ in keyed)
        cleaned = scripts.clean(parsed.rows, fingerprints, near, self._plain())
        report = scripts.report(parsed, cleaned)
        report["held"] = self.samples.counts().get(HELD, 0)
        return report, cleaned

    def add(self, data: bytes, name: str, by: str, type_id: str = "", type_name: str = "") -> dict[str, Any]:
        """Adds what can be used: conflicts are left out, flagged rows go in, both are reported."""
        report, cleaned = self.check(data, name, type_id)
        labels = {row.type for row in cleaned.new}
        known = self.knowledge().cards
        fresh = {label: (type_name or label) for label in labels if label not in known and label != BENIGN}
        accepted = [Sample(scripts.fingerprint(row.text), row.text, row.type) for row in cleaned.new]
        if accepted:
            source = f"{time.strftime('%Y%m%d-%H%M%S', time.gmtime())}-{hashlib.sha256(data).hexdigest()[:8]}"
            self.samples.add(accepted, by, source, fresh)
        report["accepted"] = len(accepted)
        report["new_types"] = fresh
        return report

    def _plain(self) -> Any:
        """How much a text reads like ordinary talk, by the live model's n-grams; None where there is none."""
        version = self.registry.version(self.registry.active())
        if version is None or version.features_version != features_version():
            return None
        model = self.registry.model(version.id)
        if model is None:
            return None
        classifier = Classifier(model)

        def plain(text: str) -> float:
            verdict = classifier.classify(text)
            return verdict.probability if verdict.type == BENIGN else 0.0

        return plain

    # ---- versions ----------------------------------------------------------------------------

    def corpus(self) -> list[Example]:
        """The shipped examples and the active samples; uploads near to the held-out set stay out of it."""
        shipped = examples.load()
        _, held = retrain.split(shipped)
        near = scripts.NearIndex((scripts.fingerprint(example.text), example.text) for example in held)
        return shipped + [own for own in self.samples.examples() if near.find(own.text) is None]

    def retrain(self, by: str, note: str = "") -> Version:
        """Fits, measures, and publishes what the gate lets through. Raises Refused, Busy, fit.TooLittle."""
        self._lease(by)
        try:
            return self._retrain(by, note)
        finally:
            with self._engine.begin() as connection:
                connection.execute(delete(leases).where(leases.c.name == "retrain"))

    def _retrain(self, by: str, note: str) -> Version:
        known, corpus = self.knowledge(), self.corpus()
        encoder = base.cached_encoder(self._folder, self.registry)
        model, scores = retrain.measured(corpus, known, encoder)
        _, held = retrain.split(corpus)
        live = self.registry.model(self.registry.active())
        if live is not None and live.features_version == features_version():
            before = judge(Classifier(live, encoder, known.signs), held)
            after = judge(Classifier(model, encoder, known.signs), held)
            decision = gate.decide(held, before, after, scores, self._base_scores(model.heads))
            if not decision.accepted:
                with self._engine.begin() as connection:
                    log.append(connection, by, "retrain-refused", reasons=len(decision.reasons))
                raise Refused("\n".join(decision.reasons))
        version = retrain.publish(self.registry, model, scores, corpus, by, note)
        with self._engine.begin() as connection:
            log.append(connection, by, "publish", version=version.id, samples=len(version.samples))
        return version

    def rollback(self, by: str, version_id: str = "") -> tuple[Version, int]:
        """Goes back to a version (default: the one before) and holds what was added since.

        Gives the version that is live now and how many samples are held. Raises NoSuchVersion.
        """
        current = self.registry.version(self.registry.active())
        wanted = version_id or (current.parent if current else "")
        target = self.registry.version(wanted) if wanted else None
        if target is None:
            raise NoSuchVersion(f"没有可以退回的版本 {version_id},用 fanzha versions 看看有哪些")
        if self.registry.model(target.id) is None:
            raise NoSuchVersion(f"版本 {target.id} 的数据已经清掉了,退不回去")
        if target.features_version != features_version():
            raise NoSuchVersion(f"版本 {target.id} 是旧软件训练的,这个软件不能用,请重新训练")
        with self._engine.begin() as connection:
            held = self.samples.hold_after(connection, target.created)
            connection.execute(delete(facts).where(facts.c.name == "active"))
            connection.execute(insert(facts).values(name="active", value=target.id))
            log.append(connection, by, "rollback", version=target.id, held=held)
        return target, len(held)

    def _base_scores(self, heads: Any) -> dict[str, Any] | None:
        """The scores of the newest base version with the same head, where this software made it."""
        head = "full" if "full" in heads else "ngram"
        for version in self.registry.versions():
            if (
                version.by == base.BY
                and version.head == head
                and version.features_version == features_version()
            ):
                return version.scores
        return None

    def _lease(self, by: str) -> None:
        now = time.time()
        with self._engine.begin() as connection:
            row = connection.execute(select(leases).where(leases.c.name == "retrain")).one_or_none()
            if row and row.expires > now:
                since = time.strftime("%H:%M", time.localtime(row.expires - LEASE_SECONDS))
                raise Busy(f"{row.holder} 从 {since} 起正在训练,等他做完再来")
            connection.execute(delete(leases).where(leases.c.name == "retrain"))
            connection.execute(insert(leases).values(name="retrain", holder=by, expires=now + LEASE_SECONDS))


def summary(report: dict[str, Any]) -> str:
    """An upload's report in lines for people: the counts, then each row that needs a look."""
    counts = report["counts"]
    lines = [
        f"一共 {report['rows']} 行,新的 {counts['new']},重复 {counts['duplicate']},不能用 {counts['refused']}"
    ]
    if "accepted" in report:
        lines[0] = f"进库 {report['accepted']} 条。{lines[0]}"
    if report["held"]:
        lines.append(f"因退回而扣住的旧话术:{report['held']} 条")
    if report.get("new_types"):
        names = "、".join(f"{name}({type_id})" for type_id, name in report["new_types"].items())
        lines.append(f"新建的类型:{names}。卡片还没写,先用通用的提醒回答")
    titles = {
        "conflicts": "冲突,没有进",
        "flagged": "像平常话,请再看看",
        "refused": "不能用",
        "duplicates": "重复",
    }
    for key, title in titles.items():
        for row in report[key][:20]:
            lines.append(f"{title}:第 {row['row']} 行 {row['reason']} {row['text']}")
    return "\n".join([*lines, *report["questions"], *report["notices"]])
