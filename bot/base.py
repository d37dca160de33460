"""The base version, trained from `intents/` alone: n-grams in seconds, then the full head."""

from __future__ import annotations

import logging
import os
import subprocess
import sys
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Never

from bot.store.vectors import CachedEncoder
from bot.store.versions import BASE, StoredVersions
from intents import encoder, examples
from intents.examples import Example
from intents.features import features_version
from intents.knowledge import Knowledge

if TYPE_CHECKING:
    from tqdm import tqdm

log = logging.getLogger(__name__)
BY = BASE
FIRST_ROWS = 6000
"""The very first model learns about so many examples, evenly spread: it answers within seconds, and for a minute
or two only."""
PART = "基础版本(字词,先用一部分例句)"
"""Note of that version."""
JUDGED = "upgrade judged"
"""Fact: the features of the software that tried to learn the station's samples after an upgrade."""


def is_ready(registry: StoredVersions, *, full: bool) -> bool:
    """Whether the live version can be served by this software (with the full head, if asked)."""
    live = registry.version(registry.active()) if registry.active() else None
    if live is None or live.features_version != features_version():
        return False
    return live.head == "full" or not full or bool(encoder.reason_missing())


def cached_encoder(
    folder: Path, registry: StoredVersions | None = None, told: Callable[[float], None] | None = None
) -> CachedEncoder | None:
    """The encoder with its vectors kept in the data folder and a progress bar on stderr; or None.

    `registry`: where the progress of a first start is kept. `told`: hears the progress, 0..1.
    """
    found = encoder.load()
    if found is None:
        return None
    from tqdm import tqdm  # noqa: PLC0415 - serving shows no progress bar

    bar: list[tqdm[Never]] = []

    def show(done: int, total: int) -> None:
        if not bar:
            bar.append(tqdm(total=total, desc="计算句向量", unit="条", file=sys.stderr))
        bar[0].update(done - bar[0].n)
        if registry is not None:
            registry.set_fact("progress", f"{done / total:.3f}")
        if told is not None:
            told(done / total)
        if done >= total:
            bar.pop().close()

    return CachedEncoder(found, folder, show)


def station_waits(registry: StoredVersions) -> bool:
    """Whether officers published before an upgrade of the software, whose features no longer fit, and nothing
    of theirs was published since: what they added is not live."""
    theirs = [version.features_version for version in registry.versions() if version.by != BY]
    return bool(theirs) and features_version() not in theirs


def is_to_be_judged(registry: StoredVersions) -> bool:
    """Whether `station_waits`, and this software has not yet tried to learn what officers added."""
    return station_waits(registry) and registry.fact(JUDGED) != features_version()


def train(  # noqa: PLR0913 - what is missing, and what it is made from
    folder: Path,
    registry: StoredVersions,
    knowledge: Knowledge,
    *,
    full: bool = True,
    corpus: Sequence[Example] | None = None,
    first: int = FIRST_ROWS,
) -> None:
    """Publishes what is missing, from `corpus` (default: the shipped examples) alone: the n-gram head where nothing
    can be served, of about `first` examples and then of all, and the full head."""
    # scikit-learn takes seconds to import, and serving needs none of it.
    from bot.store.counts import StoredCounts  # noqa: PLC0415
    from training import retrain  # noqa: PLC0415
    from training.fit import QUICK, THOROUGH  # noqa: PLC0415

    def publish(learned: Sequence[Example], note: str, vectors: CachedEncoder | None = None) -> None:
        effort, count = (QUICK, None) if note == PART else (THOROUGH, StoredCounts(folder))
        model, scores = retrain.measured(learned, knowledge, vectors, effort, count)
        retrain.publish(registry, model, scores, learned, BY, note)

    corpus = corpus or examples.load()
    if not is_ready(registry, full=False):
        print("正在训练基础模型……", file=sys.stderr, flush=True)
        publish(corpus[:: max(len(corpus) // first, 1)], PART)
    if _has_learned_a_part(registry):  # the sentence vectors take half an hour, or there are none
        publish(corpus, "基础版本(字词)")
    if full and not is_ready(registry, full=True):
        vectors = cached_encoder(folder, registry)
        if vectors is not None:
            publish(corpus, "基础版本(字词 + 句向量)", vectors)
    registry.set_fact("progress", "1")


def _has_learned_a_part(registry: StoredVersions) -> bool:
    """Whether the live version is the very first one, also of a start that was broken off."""
    live = registry.version(registry.active())
    return live is not None and (live.by, live.note) == (BY, PART)


def start_child(folder: Path) -> subprocess.Popen[bytes]:
    """`bot.prepare` as a spawned child at low priority, so that the chat answers meanwhile."""
    env = {**os.environ, "FANZHA_DATA": str(folder)}
    return subprocess.Popen([sys.executable, "-m", "bot.prepare"], env=env, stdin=subprocess.DEVNULL)
