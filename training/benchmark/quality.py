"""Recall, false alarms and type macro-F1 of each JSONL file of a folder."""

from __future__ import annotations

import hashlib
import json
import sys
from collections import Counter, defaultdict
from pathlib import Path
from typing import Any

from tqdm import tqdm

from intents.classifier import Classifier
from intents.types import BENIGN, Verdict

Row = tuple[str, Verdict, bool]
"""Label, verdict, and whether the text's SHA-1 ends in an even hex digit (the half that may be read)."""


def run(folder: Path, classifier: Classifier) -> list[dict[str, Any]]:
    """One result a file and half ("even", "odd", "all"). Rows hold `text` and `label`."""
    results = []
    for path in sorted(folder.glob("*.jsonl")):
        lines = path.read_text(encoding="utf8").splitlines()
        rows: list[Row] = []
        for line in tqdm(lines, desc=path.stem, unit="条", file=sys.stderr, leave=False):
            record = json.loads(line)
            digest = hashlib.sha1(record["text"].encode("utf8"), usedforsecurity=False).hexdigest()
            rows.append((record["label"], classifier.classify(record["text"]), digest[-1] in "02468ace"))
        known = set(classifier.model.labels)
        for half, chosen in (
            ("all", rows),
            ("even", [r for r in rows if r[2]]),
            ("odd", [r for r in rows if not r[2]]),
        ):
            results.append({"file": path.stem, "half": half, **measure(chosen, known)})
    return results


def measure(rows: list[Row], known: set[str]) -> dict[str, Any]:
    """Shares of one set. Macro-F1 is over the scam types that the model knows; others count by level."""
    benign = [verdict for label, verdict, _ in rows if label == BENIGN]
    scams = [verdict for label, verdict, _ in rows if label != BENIGN]
    typed = [(label, verdict) for label, verdict, _ in rows if label in known and label != BENIGN]
    return {
        "rows": len(rows),
        "benign": len(benign),
        "false_danger": _share([v.level == "danger" for v in benign]),
        "false_any": _share([v.level != "none" for v in benign]),
        "scams": len(scams),
        "recall_danger": _share([v.level == "danger" for v in scams]),
        "recall_any": _share([v.level != "none" for v in scams]),
        "type_macro_f1": _type_f1(typed),
        "false_paid": _share([v.paid for v in benign]),
    }


def _share(hits: list[bool]) -> float | None:
    return round(sum(hits) / len(hits), 4) if hits else None


def _type_f1(pairs: list[tuple[str, Verdict]]) -> float | None:
    table: dict[str, Counter[str]] = defaultdict(Counter)
    for label, verdict in pairs:
        table[label][verdict.type] += 1
    scores = []
    for label, row in table.items():
        said = sum(other[label] for other in table.values())
        scores.append(2 * row[label] / (said + sum(row.values())))
    return round(sum(scores) / len(scores), 4) if scores else None


def table(results: list[dict[str, Any]]) -> str:
    """The results as lines for people."""
    names = ("benign", "danger", "any", "scams", "danger", "any", "typeF1", "paid-fa")
    head = f"{'file':20}{'half':6}" + "".join(
        f"{name:>{8 if i in (0, 3) else 9}}" for i, name in enumerate(names)
    )
    lines = [head]
    for r in results:
        cells = [
            r["false_danger"],
            r["false_any"],
            r["recall_danger"],
            r["recall_any"],
            r["type_macro_f1"],
            r["false_paid"],
        ]
        text = [f"{c:9.4f}" if c is not None else f"{'-':>9}" for c in cells]
        lines.append(
            f"{r['file']:20}{r['half']:6}{r['benign']:8}{text[0]}{text[1]}{r['scams']:8}{''.join(text[2:])}"
        )
    return "\n".join(lines)
