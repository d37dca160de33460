"""A long text in pieces that fit a judgement each: sentences packed into windows."""

from __future__ import annotations

import re

WINDOW = 120
"""Characters of a window; a text up to `WHOLE` is judged in one piece."""
WHOLE = 160
CUTS = 3
"""At most so many places where `parts` cuts a text."""

_SENTENCE = re.compile(r"[^。!?;\n]*[。!?;\n]+|[^。!?;\n]+")
_CLAUSE = re.compile(r"[^,。!?;:、\n]+")


def windows(text: str) -> list[tuple[int, int]]:
    """[start, end) pieces of at most `WINDOW` characters that end where sentences do, in order.

    A line break ends a piece that is half full: what follows is often somebody else's words.
    """
    if len(text) <= WHOLE:
        return [(0, len(text))]
    pieces: list[tuple[int, int]] = []
    for match in _SENTENCE.finditer(text):
        for start in range(match.start(), match.end(), WINDOW):
            end = min(start + WINDOW, match.end())
            if pieces and end - pieces[-1][0] <= WINDOW and not _rounded(text, *pieces[-1]):
                pieces[-1] = (pieces[-1][0], end)
            else:
                pieces.append((start, end))
    return [(start, end) for start, end in pieces if text[start:end].strip()]


def _rounded(text: str, start: int, end: int) -> bool:
    return text[end - 1] == "\n" and end - start >= WINDOW // 2


def clauses(text: str) -> list[tuple[int, int]]:
    """[start, end) of each run between punctuation marks, blank ones left out."""
    return [(m.start(), m.end()) for m in _CLAUSE.finditer(text) if m.group().strip()]


def parts(text: str) -> list[tuple[int, int]]:
    """[start, end) of beginnings and ends of a text, cut between clauses at places spread over it."""
    found = clauses(text)
    cuts = sorted({round(len(found) * at / (CUTS + 1)) for at in range(1, CUTS + 1)} - {0, len(found)})
    return [piece for cut in cuts for piece in ((0, found[cut - 1][1]), (found[cut][0], len(text)))]
