"""Who did what with money, codes and the phone, and whether it is done: the grammar that n-grams miss.

"让我交八千" and "八千交了" share their words; what separates them is aspect and who acts. A prepared
text is read as a sequence of acts (`acts.yaml`); runs of up to three of them are features.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from functools import lru_cache
from importlib import resources
from itertools import groupby

import yaml

LONGEST_RUN = 3
MOST = 24
"""Acts of one text that are looked at."""
MARK = "#"
"""Features that are acts begin so; no word or n-gram does."""

Act = tuple[str, int, int]


@lru_cache(maxsize=1)
def _lexer() -> re.Pattern[str]:
    raw = yaml.safe_load(resources.files("intents").joinpath("acts.yaml").read_text(encoding="utf8"))
    parts: dict[str, str] = {}
    for name, pattern in raw["parts"].items():
        parts[name] = _filled(pattern, parts)
    groups = (
        f"(?P<{name}>{'|'.join(_filled(pattern, parts) for pattern in patterns)})"
        for name, patterns in raw["acts"].items()
    )
    return re.compile("|".join(groups))


def _filled(pattern: str, parts: Mapping[str, str]) -> str:
    """The pattern with each {name} of a part put in place."""
    for name, text in parts.items():
        pattern = pattern.replace("{" + name + "}", text)
    return pattern


def acts(text: str) -> list[Act]:
    """The acts of a prepared text as (name, start, end), in order, the same one said twice joined."""
    found = [(str(m.lastgroup), m.start(), m.end()) for m in _lexer().finditer(text) if m.end() > m.start()]
    runs = [list(run) for _, run in groupby(found, key=lambda act: act[0])]
    return [(run[0][0], run[0][1], run[-1][2]) for run in runs][:MOST]


def runs(text: str) -> list[Act]:
    """Every run of one to three acts as (feature, start, end); the text's ends count as acts."""
    sequence = [("^", 0, 0), *acts(text), ("$", len(text), len(text))]
    found: dict[str, Act] = {}
    for size in range(1, LONGEST_RUN + 1):
        for at in range(len(sequence) - size + 1):
            part = sequence[at : at + size]
            if any(name not in "^$" for name, _, _ in part):
                feature = MARK + MARK.join(name for name, _, _ in part)
                found.setdefault(feature, (feature, part[0][1], part[-1][2]))
    return list(found.values())
