"""Rows of a draft, sorted by what they are beside the texts that are there: new, duplicate, conflict, odd."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import replace

from bot.officers.known import Known
from bot.store.drafts import CONFLICT, DROP, DUPLICATE, FLAGGED, KEEP, NEW, REFUSED, DraftRow
from intents.text import mask
from training import scripts
from training.reading.cleaning import Cleaned
from training.reading.rows import Row

Plain = Callable[[str], float]
"""A masked text -> probability, 0..1, that it is ordinary talk."""
HELD_BACK = "库里已有这条,因为退回版本被扣住了。要用它,请在话术页重新放行,不用再传"


def rows_of(parsed: scripts.Parsed) -> list[DraftRow]:
    """The rows of a file, masked, not sorted yet; refused ones as they are."""
    taken = [_masked(row) for row in parsed.rows]
    left = [
        DraftRow(
            row.number,
            mask(row.whole) if row.whole else row.text,
            row.type,
            status=REFUSED,
            reason=row.reason,
            decision=DROP,
        )
        for row in parsed.refused
    ]
    return sorted([*taken, *left], key=lambda row: row.number)


def _masked(row: Row) -> DraftRow:
    text = mask(row.text)
    tokens = scripts.masks(text) - scripts.masks(row.text)
    return DraftRow(row.number, text, row.type, mask(row.note), masks=max(tokens, 0))


def sort(rows: Sequence[DraftRow], known: Known, plain: Plain | None) -> list[DraftRow]:
    """The rows with status and reason as they are now; a decision stands while the status does.

    Rows that an officer dropped are compared with what is there, but nothing is compared with them.
    """
    usable = [row for row in rows if row.status != REFUSED]
    dropped = [row for row in usable if row.decision == DROP and row.status in (NEW, FLAGGED)]
    gone = {row.number for row in dropped}
    found: dict[int, DraftRow] = {}
    for part in ([row for row in usable if row.number not in gone], dropped):
        found |= _sorted(part, known, plain)
    return [found.get(row.number, row) for row in rows]


def _sorted(rows: Sequence[DraftRow], known: Known, plain: Plain | None) -> dict[int, DraftRow]:
    before = {row.number: row for row in rows}
    given = [Row(row.number, row.text, row.type, row.note) for row in rows]
    now = _statuses(scripts.clean(given, known.types, known.near, plain), before, known)
    return {number: _settled(before[number], row) for number, row in now.items()}


def _statuses(cleaned: Cleaned, before: dict[int, DraftRow], known: Known) -> dict[int, DraftRow]:
    """Each row with the status that it is found to have, decisions left alone."""

    def bare(number: int, status: str, reason: str = "") -> DraftRow:
        return replace(
            before[number],
            status=status,
            reason=reason,
            fingerprint="",
            other="",
            other_type="",
            likeness=0.0,
        )

    found = {new.number: replace(bare(new.number, NEW), fingerprint=new.fingerprint) for new in cleaned.new}
    for odd in cleaned.flagged:
        row = found[odd.number]
        found[odd.number] = replace(row, status=FLAGGED, reason=odd.reason, likeness=odd.probability)
    for copy in cleaned.duplicates:
        reason = HELD_BACK if known.held(copy.other) else copy.reason
        row = replace(bare(copy.number, DUPLICATE, reason), other=copy.other, likeness=copy.similarity)
        found[copy.number] = row
    for clash in cleaned.conflicts:
        found[clash.number] = replace(
            bare(clash.number, CONFLICT, clash.reason),
            fingerprint=clash.fingerprint,
            other=clash.other,
            other_type=clash.other_type,
            likeness=clash.similarity,
        )
    for bad in cleaned.refused:
        found[bad.number] = bare(bad.number, REFUSED, bad.reason)
    return found


def _settled(before: DraftRow, now: DraftRow) -> DraftRow:
    """With the decision that stands, and the next version number where anything changed."""
    same = (before.status, before.fingerprint) == (now.status, now.fingerprint)
    fresh = not before.fingerprint and before.status == NEW
    if not same or fresh:
        now = replace(now, decision=KEEP if now.status in (NEW, FLAGGED) else DROP)
    return now if now == before or fresh else replace(now, version=before.version + 1)
