"""Trains what is missing for this software to serve: the base version, and after an upgrade the station's samples.

A module of its own, with little to import: on a very first start a child runs it, and the chat waits for it.
"""

from __future__ import annotations

import logging
import sys
from pathlib import Path
from typing import TYPE_CHECKING

from bot import base, config, entry
from bot.officers.workers import be_nice
from bot.overlay import shipped
from bot.store.engine import open_store
from bot.store.versions import StoredVersions
from intents.features import features_version

if TYPE_CHECKING:
    from bot.officers.desk import Desk

log = logging.getLogger(__name__)


def missing(folder: Path, registry: StoredVersions, settings: config.ModelSettings) -> None:
    """Trains what is missing; after an upgrade, with the station's samples too.

    Those go live only through the gate; until then, and where it refuses, the new base version answers, for
    the old model reads other features than this software gives it.
    """
    base.train(folder, registry, shipped(), full=settings.encoder)
    if base.is_to_be_judged(registry):
        from bot.officers.desk import Desk  # noqa: PLC0415 - only after an upgrade

        upgrade(registry, Desk(open_store(folder), folder), settings)


def upgrade(registry: StoredVersions, desk: Desk, settings: config.ModelSettings) -> None:
    """Learns the station's samples again, and publishes where the gate lets it."""
    from bot.officers.errors import Busy, OfficerError  # noqa: PLC0415 - only after an upgrade
    from bot.officers.people import CHIEF, Actor  # noqa: PLC0415

    print("软件升级了,先用新的基础版本回答;正在把本站的话术加进来……", file=sys.stderr, flush=True)
    try:
        version = desk.retrain(Actor("system:upgrade", CHIEF), "软件升级", settings.encoder)
        log.info("本站的话术加进来了:版本 %s", version.id)
    except Busy as error:
        log.warning("%s", error)
        return
    except OfficerError as error:
        log.warning("加上本站话术的模型没有过关,线上仍是基础版本。请负责人看:\n%s", error)
    registry.set_fact(base.JUDGED, features_version())


def run() -> int:
    """What `fanzha prepare` does, at low priority; gives the exit code."""
    be_nice()
    folder = config.data_folder()
    missing(folder, StoredVersions(open_store(folder)), config.load().model)
    return 0


if __name__ == "__main__":
    sys.exit(entry.run(run))
