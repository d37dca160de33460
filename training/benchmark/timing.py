"""Median, 99th percentile and processor time of one piece of work, within a bound of rounds and seconds."""

from __future__ import annotations

import os
import statistics
import time
import unicodedata
from collections.abc import Callable, Sequence
from dataclasses import dataclass

from intents.examples import Example

SECONDS = 8.0
"""One row of a table takes no longer than this, however slow the machine."""
FEWEST = 3


@dataclass(frozen=True, slots=True)
class Timing:
    """Milliseconds by the clock (p50, p99) and of the processor, all threads together (p50)."""

    rounds: int
    p50: float
    p99: float
    cpu: float

    def cells(self) -> list[str]:
        """Rounds, p50, p99 and processor time as a table shows them."""
        return [str(self.rounds), f"{self.p50:.2f}", f"{self.p99:.2f}", f"{self.cpu:.2f}"]


COLUMNS = ("次数", "p50 ms", "p99 ms", "CPU ms")

Work = Callable[[str], object]


def side_by_side(works: Sequence[Work], texts: Sequence[str], seconds: float = SECONDS) -> list[Timing]:
    """Each work on each text in turn, so that whatever else the machine does slows all of them alike.

    Stops after `seconds`, but not before `FEWEST` texts.
    """
    clock: list[list[float]] = [[] for _ in works]
    processor: list[list[float]] = [[] for _ in works]
    until = time.monotonic() + seconds
    for number, text in enumerate(texts):
        if number >= FEWEST and time.monotonic() > until:
            break
        for at, work in enumerate(works):
            cpu, start = time.process_time(), time.perf_counter()
            work(text)
            clock[at].append((time.perf_counter() - start) * 1000)
            processor[at].append((time.process_time() - cpu) * 1000)
    return [_timing(times, spent) for times, spent in zip(clock, processor, strict=True)]


def _timing(times: list[float], spent: list[float]) -> Timing:
    p99 = statistics.quantiles(times, n=100, method="inclusive")[98] if len(times) > 1 else times[0]
    return Timing(len(times), statistics.median(times), p99, statistics.median(spent))


def of_length(examples: Sequence[Example], length: int, count: int) -> list[str]:
    """So many different texts of exactly `length` characters, cut or joined from people's rows."""
    found: dict[str, None] = {}
    for start in range(len(examples)):
        text, at = examples[start].text, start
        while len(text) < length:
            at = (at + 1) % len(examples)
            text += "\n" + examples[at].text
        found[text[:length]] = None
        if len(found) == count:
            break
    return list(found)


def load() -> str:
    """How busy the machine is, in words; figures under load are higher than on a quiet machine."""
    if not hasattr(os, "getloadavg"):  # Windows
        return ""
    one, five, _ = os.getloadavg()
    return f"负载 {one:.1f}（5 分钟 {five:.1f}），{os.cpu_count()} 个核；负载高于核数时，时间会偏长"


def table(head: Sequence[str], rows: Sequence[Sequence[str]]) -> str:
    """Lines whose columns stand under each other; a Chinese character is two columns wide."""
    lines = [list(head), *map(list, rows)]
    widths = [max(_width(cell) for cell in column) for column in zip(*lines, strict=True)]
    return "\n".join("  ".join(_padded(line, widths)).rstrip() for line in lines)


def _padded(line: Sequence[str], widths: Sequence[int]) -> list[str]:
    """The first cell to the left, the others to the right."""
    gaps = [" " * (width - _width(cell)) for cell, width in zip(line, widths, strict=True)]
    return [line[0] + gaps[0], *(gap + cell for cell, gap in zip(line[1:], gaps[1:], strict=True))]


def _width(cell: str) -> int:
    return sum(2 if unicodedata.east_asian_width(char) in "WF" else 1 for char in cell)
