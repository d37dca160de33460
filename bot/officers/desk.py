"""All that officers do, wired over one store. Rules stand in the parts; every channel calls these."""

from __future__ import annotations

import hashlib
import time
from collections.abc import Callable
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING, Any

from sqlalchemy import Engine

from bot import base
from bot.officers.beside import Beside
from bot.officers.candidates import Candidates, Start
from bot.officers.cards import Cards
from bot.officers.corrections import Corrections
from bot.officers.errors import Refused
from bot.officers.people import Actor
from bot.officers.releases import Releases
from bot.officers.row_edits import RowEdits
from bot.officers.uploads import Uploads
from bot.officers.workers import spawn
from bot.store.candidates import Candidate
from bot.store.samples import HELD, SHORT, Sample, StoredSamples, Wanted
from bot.store.versions import StoredVersions
from intents import examples
from intents.encoder import Encoder
from intents.examples import Example
from intents.knowledge import Knowledge
from intents.types import BENIGN
from training import scripts
from training.registry import Version

if TYPE_CHECKING:
    from training.fit import Effort

HELD_SHOWN = 20
"""Samples held by a rollback that a preview lists; all are counted."""


class Desk:
    """The officers' functions over one store.

    `shipped`: every shipped example; `start`: how a dry run is begun beside this process; `effort`: how much
    work a fit in this process is (default: thorough).
    """

    def __init__(
        self,
        engine: Engine,
        folder: Path,
        *,
        shipped: Callable[[], list[Example]] = examples.load,
        start: Start = spawn,
        effort: Effort | None = None,
    ) -> None:
        self.engine = engine
        self.folder = folder
        self.shipped = cache(shipped)  # two parts of every fit and preview read them
        self._effort = effort
        self.samples = StoredSamples(engine)
        self.registry = StoredVersions(engine)
        self.beside = Beside(engine, self.shipped)
        self.uploads = Uploads(engine, self.beside)
        self.rows = RowEdits(engine, self.beside)
        self.candidates = Candidates(engine, folder, self.beside, start)
        self.cards = Cards(engine)
        self.releases = Releases(engine)
        self.corrections = Corrections(engine, lambda: {BENIGN, *self.knowledge().cards})

    def knowledge(self) -> Knowledge:
        """The shipped knowledge with the station's own types and cards."""
        return self.beside.knowledge()

    # ---- straight from the command line ---------------------------------------------------------

    def check(self, data: bytes, name: str, type_id: str = "") -> tuple[dict[str, Any], scripts.Cleaned]:
        """What an upload would bring; changes nothing. Raises UploadRefused."""
        finder = self.beside.finder()

        def find(wanted: str) -> str | None:
            return type_id if type_id and wanted.strip() == type_id else finder(wanted)

        parsed = scripts.parse(data, name, default_type=type_id, find_type=find)
        known = self.beside.known()
        cleaned = scripts.clean(parsed.rows, known.types, known.near, self.beside.plain())
        report = scripts.report(parsed, cleaned)
        held = self.corrections.search(Wanted(state=HELD), size=HELD_SHOWN)
        report["held"] = held.total
        report["held_samples"] = [
            {"id": sample.id[:SHORT], "type": sample.type, "text": scripts.shortened(sample.text)}
            for sample in held.samples
        ]
        return report, cleaned

    def add(
        self, data: bytes, name: str, actor: Actor, type_id: str = "", type_name: str = ""
    ) -> dict[str, Any]:
        """Adds what can be used: conflicts are left out, flagged rows go in, both are reported."""
        report, cleaned = self.check(data, name, type_id)
        labels = {row.type for row in cleaned.new}
        known = self.knowledge().cards
        fresh = {label: (type_name or label) for label in labels if label not in known and label != BENIGN}
        accepted = [Sample(row.fingerprint, row.text, row.type, note=row.note) for row in cleaned.new]
        if accepted:
            source = f"{time.strftime('%Y%m%d-%H%M%S', time.gmtime())}-{hashlib.sha256(data).hexdigest()[:8]}"
            self.samples.add(accepted, actor.name, source, fresh)
        report["accepted"] = len(accepted)
        report["new_types"] = fresh
        return report

    def retrain(self, actor: Actor, note: str = "", encoder: bool = True) -> Version:
        """Fits the accepted samples in this process, and publishes what the gate lets through.

        Raises Refused, Busy, PreviewAgain (somebody changed the samples meanwhile), Wrong (it failed).
        """
        candidate = self.candidates.begin(actor)
        found = self.fit(candidate.id, encoder)
        if found.reasons:
            raise Refused(*found.reasons)
        return self.candidates.publish(found.id, actor, note)

    def fit(self, candidate_id: str, encoder: bool = True) -> Candidate:
        """Fits a candidate that was begun, in this process. Raises NotFound."""
        from bot.officers.dry_run import DryRun  # noqa: PLC0415 - scikit-learn is slow to import
        from bot.store.counts import StoredCounts  # noqa: PLC0415
        from training.fit import THOROUGH  # noqa: PLC0415

        give = self.encoder if encoder else no_encoder
        run = DryRun(
            self.engine,
            self.beside,
            self.shipped,
            give,
            effort=self._effort or THOROUGH,
            count=StoredCounts(self.folder),
        )
        return run.run(candidate_id)

    def encoder(self, told: Callable[[float], None]) -> Encoder | None:
        """The encoder with its vectors kept in the data folder. `told`: hears the progress, 0..1."""
        return base.cached_encoder(self.folder, told=told)


def no_encoder(_told: Callable[[float], None]) -> Encoder | None:
    """For a machine or a setting without sentence vectors."""
    return None


def summary(report: dict[str, Any]) -> str:
    """An upload's report in lines for people: the counts, then each row that needs a look."""
    counts = report["counts"]
    lines = [
        f"一共 {report['rows']} 行,新的 {counts['new']},重复 {counts['duplicate']},不能用 {counts['refused']}"
    ]
    if "accepted" in report:
        lines[0] = f"进库 {report['accepted']} 条。{lines[0]}"
    if report["held"]:
        lines.append(f"因退回而扣住的旧话术:{report['held']} 条,要用就放行(fanzha samples admit)")
        lines += [f"  {row['id']} {row['type']} {row['text']}" for row in report["held_samples"]]
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
