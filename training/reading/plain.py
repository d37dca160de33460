"""Plain and pasted text: one script a line, or blocks with blank lines between them."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence

from training.reading.limits import MAX_CELL
from training.reading.table import TOO_LONG, Line, Table, tidy

TEXT = "话术"
_LONGEST_BLOCK = 12
"""Lines a block may have on average; longer ones are lists with a stray blank line."""
_NUMBERED = re.compile(r"\s*(?:\d{1,4}\s*[.、．)\uff09](?!\d)|[(\uff08]\d{1,4}[)\uff09]|[-•●▪■◆]\s)\s*")
_MOSTLY = 0.8


def read(text: str) -> Table:
    """The scripts of a text, numbered by the line on which each begins."""
    return listed(text.replace("\r\n", "\n").replace("\r", "\n").split("\n"))


def listed(lines: Sequence[str]) -> Table:
    """The scripts of these lines; list numbers in front (1. 2、(3)) are taken off where most have one."""
    blocks = list(_blocks(lines))
    table = Table(iter(()), names=(TEXT,))
    if _separated(blocks):
        table.notices.append(f"文字里有空行,按空行分成了 {len(blocks)} 条。如果其实是一行一条,请删掉空行。")
        scripts = [(number, "\n".join(block)) for number, block in blocks]
    else:
        scripts = [(number + at, line) for number, block in blocks for at, line in enumerate(block)]
    numbered = sum(bool(_NUMBERED.match(script)) for _, script in scripts)
    if len(scripts) > 1 and numbered >= _MOSTLY * len(scripts):
        scripts = [(number, _NUMBERED.sub("", script, count=1)) for number, script in scripts]
    table.lines = (
        Line(number, (TOO_LONG if len(script) > MAX_CELL else script,)) for number, script in scripts
    )
    return table


def _blocks(lines: Sequence[str]) -> Iterator[tuple[int, list[str]]]:
    """(number of its first line, lines) of each run of lines that are not blank."""
    start, block = 1, list[str]()
    for number, line in enumerate(lines, 1):
        if tidy(line):
            start = start if block else number
            block.append(line)
        elif block:
            yield start, block
            block = []
    if block:
        yield start, block


def _separated(blocks: list[tuple[int, list[str]]]) -> bool:
    """Whether blank lines part the scripts: several blocks, some of several lines, none like a long list."""
    total = sum(len(block) for _, block in blocks)
    return len(blocks) > 1 and len(blocks) < total <= _LONGEST_BLOCK * len(blocks)
