"""Versions: which there are, and going back to one."""

from __future__ import annotations

from sqlalchemy import Engine

from bot.officers.errors import Forbidden, NoSuchVersion
from bot.officers.people import CHIEF, Actor
from bot.store import cards, log, samples, versions
from bot.store.versions import StoredVersions
from intents.features import features_version
from training.registry import Version, text_id


class Releases:
    """The published versions of one store."""

    def __init__(self, engine: Engine) -> None:
        self._engine = engine
        self._registry = StoredVersions(engine)

    def live(self) -> Version | None:
        """The version that answers now."""
        active = self._registry.active()
        return self._registry.version(active) if active else None

    def listed(self) -> list[Version]:
        """All versions, the newest first."""
        return self._registry.versions()

    def rollback(self, actor: Actor, version_id: str = "", note: str = "") -> tuple[Version, int]:
        """Goes back to a version (default: the one before) and holds the samples that it was not made from.

        Gives the version that is live now and how many samples are held by it. Model and cards go back
        together. An officer may go back to the version before, in an emergency. Raises NoSuchVersion, Forbidden.
        """
        current = self.live()
        before = current.parent if current else ""
        wanted = version_id or before
        if actor.role != CHIEF and wanted != before:
            raise Forbidden("民警只能退回到上一个版本。要退到更早的,请找负责人")
        target = self._usable(wanted)
        learnt = set(target.samples)
        with self._engine.begin() as connection:
            versions.lock(connection)
            late = [s.id for s in samples.labels(connection) if (text_id(s.text), s.type) not in learnt]
            samples.hold(connection, late)
            cards.follow(connection, target.overlay)
            versions.set_active(connection, target.id)
            details = {"version": target.id, "from": current.id if current else "", "held": len(late)}
            if note:
                details["note"] = note
            short = [sample_id[: samples.SHORT] for sample_id in late]
            log.append(connection, actor.name, "rollback", **details, samples=short)
        return target, len(late)

    def _usable(self, version_id: str) -> Version:
        target = self._registry.version(version_id) if version_id else None
        if target is None:
            raise NoSuchVersion(f"没有可以退回的版本 {version_id},用 fanzha versions 看看有哪些")
        if target.features_version != features_version():
            raise NoSuchVersion(f"版本 {target.id} 是旧软件训练的,这个软件不能用,请重新训练")
        if self._registry.model(target.id) is None:
            raise NoSuchVersion(f"版本 {target.id} 的数据已经清掉了,退不回去")
        return target
