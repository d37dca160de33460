"""`fanzha evaluate`: scores on the held-out writers, by type, form and writer, and the worst errors."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from pathlib import Path

from intents.classifier import Classifier
from intents.examples import Example, load
from intents.knowledge import Knowledge
from intents.types import BENIGN, Verdict
from training import plots
from training.evaluate import (
    Scores,
    area_under_risk,
    at_coverages,
    check_cues,
    judge,
    score,
    selective,
    stage_named,
)
from training.retrain import split

WORST = 25

Pairs = Sequence[tuple[Example, Verdict]]


def evaluation(classifier: Classifier, knowledge: Knowledge, folder: Path | None = None) -> str:
    """The report as text, on the shipped examples of the held-out writers; with pictures where there is a folder.

    Raises plots.PlotsFailed.
    """
    _, held = split(load())
    pairs = list(zip(held, judge(classifier, held), strict=True))
    drawn = plots.draw(pairs, folder) if folder else []
    told = report(pairs, classifier, knowledge)
    return "\n".join([told, *(["", "图:", *(f"  {path}" for path in drawn)] if drawn else [])])


def report(pairs: Pairs, classifier: Classifier, knowledge: Knowledge) -> str:
    """The report on these verdicts as text."""
    overall = _scored(pairs)
    writers = sorted({example.group for example, _ in pairs})
    return "\n".join(
        [
            f"留出的作者 {'、'.join(writers)},{overall.rows} 条,服务的是 {classifier.head_name} 头",
            "",
            *_overall(overall),
            "",
            f"{'类型':28}{'召回':>8}{'F1':>8}",
            *(f"{label:30}{overall.recall[label]:8.3f}{overall.f1[label]:8.3f}" for label in overall.recall),
            "",
            *_by("形式", pairs, lambda example: example.form),
            "",
            *_by("作者", pairs, lambda example: example.group),
            "",
            *_selective(pairs),
            "",
            *_shown(pairs, classifier, knowledge),
            "",
            "最差的错误:",
            *_worst(pairs),
        ]
    )


def _scored(pairs: Pairs) -> Scores:
    return score([example for example, _ in pairs], [verdict for _, verdict in pairs])


def _by(name: str, pairs: Pairs, of: Callable[[Example], str]) -> list[str]:
    """A line for each form or writer: type, alarms and marks."""
    columns = ("macro-F1", "认出", "误报", "paid 召回", "paid 误报", "happening 召回", "happening 误报")
    widths = [max(10, len(column) + _wide(column) + 2) for column in columns]
    heads = (f"{head:>{width - _wide(head)}}" for head, width in zip(columns, widths, strict=True))
    lines = [f"{name:12}{'条数':>6}" + "".join(heads)]
    for key in sorted({of(example) for example, _ in pairs}):
        s = _scored([(e, v) for e, v in pairs if of(e) == key])
        types = (s.macro_f1, s.scam_recall, s.false_caution)
        marks = (s.paid_recall, s.paid_false, s.happening_recall, s.happening_false)
        cells = (_cell(value).rjust(width) for value, width in zip((*types, *marks), widths, strict=True))
        lines.append(f"{key:14}{s.rows:8}" + "".join(cells))
    return lines


def _selective(pairs: Pairs) -> list[str]:
    """What the accuracy of the type is where only the surest are answered."""
    shares = selective(pairs)
    lines = ["只答最有把握的那一部分(风险—覆盖):", f"  {'覆盖':8}{'类型说对':>8}{'说错':>8}"]
    lines += [f"  {part:8.0%}  {right:10.3f}{1 - right:10.3f}" for part, right in at_coverages(shares)]
    return [*lines, f"  错误率的平均(AURC){_cell(area_under_risk(shares))}"]


def _shown(pairs: Pairs, classifier: Classifier, knowledge: Knowledge) -> list[str]:
    """Cues by what taking them out does; of stages only how often one is named."""
    cues = check_cues(classifier, pairs)
    return [
        f"依据:骗局判成 danger 的 {cues.rows} 条,去掉标出的原话再判一次"
        + (f"(另有 {cues.whole} 条去掉就没字了,不算)" if cues.whole else ""),
        f"  那一类的概率下降的比例{_cell(cues.lowered)}",
        f"  平均下降{_cell(cues.mean_fall)}",
        "阶段:例句没有标阶段,说得对不对量不了,只量说没说",
        f"  骗局判成 danger、说出阶段的比例{_cell(stage_named(pairs, knowledge))}",
    ]


def _overall(s: Scores) -> list[str]:
    rows = (
        ("macro-F1", s.macro_f1),
        ("骗局认出(不是 none)", s.scam_recall),
        ("平常话误报 danger", s.false_danger),
        ("平常话误报 danger 或 caution", s.false_caution),
        ("难反例误报 danger", s.hard_false_danger),
        ("难反例误报 danger 或 caution", s.hard_false_caution),
        ("paid 召回", s.paid_recall),
        ("paid 误报", s.paid_false),
        ("happening 召回", s.happening_recall),
        ("happening 误报", s.happening_false),
        ("校准误差 ECE", s.ece),
    )
    return [f"{name:22}{_cell(value)}" for name, value in rows]


def _cell(value: float | None) -> str:
    return f"{value:10.3f}" if value is not None else f"{'-':>10}"


def _wide(text: str) -> int:
    """How many characters take two columns: a cell must be so much narrower."""
    return sum(char > "\u2e7f" for char in text)


def _worst(pairs: Pairs) -> list[str]:
    """Errors of which the model was surest: false danger first, then scams called ordinary."""
    wrong = [(e, v) for e, v in pairs if e.type != v.type]
    wrong.sort(key=lambda pair: (pair[0].type != BENIGN, -pair[1].probability))
    return [
        f"  {e.type} 判成 {v.type} {v.level} {v.probability:.2f}  {e.text[:70]!r}" for e, v in wrong[:WORST]
    ]
