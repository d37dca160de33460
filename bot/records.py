"""Verdicts and versions as JSON and as lines: the contract's field names stand here once."""

from __future__ import annotations

import time
from dataclasses import asdict
from typing import Any

from intents.types import Verdict
from training.registry import Version


def verdict_record(verdict: Verdict) -> dict[str, Any]:
    """The fields that `classify --jsonl` and POST /api/messages add for a verdict."""
    return {
        "type": verdict.type,
        "probability": verdict.probability,
        "level": verdict.level,
        "paid": verdict.paid,
        "happening": verdict.happening,
        "alternatives": [asdict(choice) for choice in verdict.alternatives],
        "cues": [asdict(cue) for cue in verdict.cues],
    }


def version_record(version: Version, active: str) -> dict[str, Any]:
    """A version for `versions --json`; the samples are counted, not listed."""
    record = asdict(version)
    record["samples"] = len(version.samples)
    return record | {"active": version.id == active}


def version_line(version: Version) -> str:
    """A version in one line for people."""
    when = time.strftime("%Y-%m-%d %H:%M", time.localtime(version.created))
    f1 = version.scores.get("macro_f1")
    false = version.scores.get("false_danger")
    scores = f"macro-F1 {f1:.3f} 误报 {false:.3f}" if f1 is not None and false is not None else "没有分数"
    parts = (version.id, when, version.by, version.head, f"{len(version.samples)} 条", scores, version.note)
    return "  ".join(parts)
