"""The pictures of `fanzha evaluate --plots`: calibration, confusion, risk against coverage, as PNG."""

from __future__ import annotations

import importlib.util
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

from intents.examples import Example
from intents.types import Verdict
from training.evaluate import area_under_risk, reliability, score, selective

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

INSTALL = "画图要 matplotlib,还没有装。在本目录里:.venv/bin/python -m pip install -e '.[plots]'"
RELIABILITY, CONFUSION, RISK = "reliability.png", "confusion.png", "risk-coverage.png"


class PlotsFailed(RuntimeError):
    """The pictures cannot be drawn or kept; the message says why and what to do."""


def check(folder: Path) -> None:
    """Makes the folder. Raises PlotsFailed where nothing can be drawn: better known before all is measured."""
    if importlib.util.find_spec("matplotlib") is None:
        raise PlotsFailed(INSTALL)
    try:
        folder.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise PlotsFailed(f"图放不进 {folder}:{error.strerror}。换一个文件夹再试") from error


def draw(pairs: Sequence[tuple[Example, Verdict]], folder: Path) -> list[Path]:
    """Writes the three pictures into a folder, made where it is missing. Raises PlotsFailed.

    Words on them are English and the types' ids, so that they need no Chinese font.
    """
    check(folder)
    confusion = score([e for e, _ in pairs], [v for _, v in pairs]).confusion
    figures = {
        RELIABILITY: _reliability(pairs),
        CONFUSION: _confusion(confusion),
        RISK: _risk(selective(pairs)),
    }
    try:
        for name, figure in figures.items():
            figure.savefig(folder / name, dpi=120)
    except OSError as error:
        raise PlotsFailed(f"图写不进 {folder}:{error.strerror}。换一个文件夹再试") from error
    return [folder / name for name in figures]


def _figure(width: float, height: float) -> tuple[Figure, Axes]:
    """An empty picture, drawn without a screen whatever the machine is set to."""
    from matplotlib.backends.backend_agg import FigureCanvasAgg  # noqa: PLC0415 - optional
    from matplotlib.figure import Figure  # noqa: PLC0415

    figure = Figure(figsize=(width, height), layout="constrained")
    FigureCanvasAgg(figure)
    return figure, figure.add_subplot()


def _reliability(pairs: Sequence[tuple[Example, Verdict]]) -> Figure:
    """How often the type was right against how sure the verdict was, with the count of each bin."""
    figure, axes = _figure(6, 6)
    bins = reliability(pairs)
    axes.plot([0, 1], [0, 1], "--", color="grey", label="perfect")
    axes.plot([b.sure for b in bins], [b.right for b in bins], "o-", label="measured")
    for b in bins:
        axes.annotate(str(b.rows), (b.sure, b.right), textcoords="offset points", xytext=(6, -10), fontsize=8)
    axes.set(xlim=(0, 1.02), ylim=(0, 1.02), xlabel="probability of the type", ylabel="share right")
    axes.set_title("Reliability (numbers: texts in the bin)")
    axes.legend(loc="upper left")
    return figure


def _confusion(confusion: Mapping[str, Mapping[str, int]]) -> Figure:
    """True types down, judged types across; coloured by share of the row, numbered by texts."""
    labels = sorted({*confusion, *(said for row in confusion.values() for said in row)})
    counts = np.array([[confusion.get(true, {}).get(said, 0) for said in labels] for true in labels])
    counts = counts.reshape(len(labels), len(labels))
    shares = counts / np.maximum(counts.sum(axis=1, keepdims=True), 1)
    size = max(4.0, 0.45 * len(labels) + 2.5)
    figure, axes = _figure(size, size)
    if labels:
        axes.imshow(shares, cmap="Blues", vmin=0, vmax=1)
    axes.set_xticks(range(len(labels)), labels, rotation=90, fontsize=8)
    axes.set_yticks(range(len(labels)), labels, fontsize=8)
    for true, said in zip(*np.nonzero(counts), strict=True):
        colour = "white" if shares[true, said] > 0.5 else "black"
        axes.text(said, true, str(counts[true, said]), ha="center", va="center", color=colour, fontsize=7)
    axes.set(xlabel="judged", ylabel="true", title="Confusion (texts)")
    return figure


def _risk(shares: Sequence[float]) -> Figure:
    """Share of wrong types among the surest, against the share that is answered."""
    figure, axes = _figure(6, 4.5)
    coverage = np.arange(1, len(shares) + 1) / max(1, len(shares))
    axes.plot(coverage, [1 - share for share in shares])
    axes.set(xlim=(0, 1.02), ylim=(0, None), xlabel="coverage (the surest first)", ylabel="share wrong")
    area = area_under_risk(shares)
    axes.set_title(f"Risk and coverage (AURC {area:.3f})" if area is not None else "Risk and coverage")
    return figure
