"""`fanzha evaluate`: scores on the held-out writers, by type and by form, and the worst errors."""

from __future__ import annotations

from intents.classifier import Classifier
from intents.examples import Example, load
from intents.types import BENIGN, Verdict
from training.evaluate import Scores, judge, score
from training.retrain import split

WORST = 25


def evaluation(classifier: Classifier) -> str:
    """The report as text."""
    _, held = split(load())
    verdicts = judge(classifier, held)
    overall = score(held, verdicts)
    writers = sorted({example.group for example in held})
    lines = [
        f"留出的作者 {'、'.join(writers)},{overall.rows} 条,服务的是 {classifier.head_name} 头",
        "",
        *_marks(overall),
        "",
    ]
    lines += [f"{'类型':28}{'召回':>8}{'F1':>8}"]
    lines += [f"{label:30}{overall.recall[label]:8.3f}{overall.f1[label]:8.3f}" for label in overall.recall]
    lines += ["", f"{'形式':14}{'条数':>6}{'macro-F1':>10}{'认出':>8}{'误报':>8}"]
    for form in sorted({example.form for example in held}):
        part = [(e, v) for e, v in zip(held, verdicts, strict=True) if e.form == form]
        s = score([e for e, _ in part], [v for _, v in part])
        lines.append(f"{form:14}{s.rows:8}{_cell(s.macro_f1)}{_cell(s.scam_recall)}{_cell(s.false_caution)}")
    return "\n".join([*lines, "", "最差的错误:", *_worst(held, verdicts)])


def _marks(s: Scores) -> list[str]:
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


def _worst(held: list[Example], verdicts: list[Verdict]) -> list[str]:
    """Errors of which the model was surest: false danger first, then scams called ordinary."""
    wrong = [(e, v) for e, v in zip(held, verdicts, strict=True) if e.type != v.type]
    wrong.sort(key=lambda pair: (pair[0].type != BENIGN, -pair[1].probability))
    return [
        f"  {e.type} 判成 {v.type} {v.level} {v.probability:.2f}  {e.text[:70]!r}" for e, v in wrong[:WORST]
    ]
