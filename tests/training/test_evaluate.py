"""Scores by hand-made verdicts and numbers computed by hand."""

from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path

import pytest

from intents.classifier import Classifier
from intents.examples import Example
from intents.knowledge import Knowledge
from intents.types import BENIGN, Cue, Verdict
from training.benchmark import quality
from training.evaluate import (
    Bin,
    area_under_risk,
    at_coverages,
    check_cues,
    judge,
    reliability,
    score,
    selective,
    stage_named,
    without,
)
from training.report import report


def said(type_id: str, probability: float, level: str = "danger", **more: object) -> Verdict:
    """A verdict."""
    return Verdict(type_id, probability, level, **more)  # type: ignore[arg-type]


EXAMPLES = [
    Example("a", "loan", "w", paid=True),
    Example("b", "loan", "w", happening=True),
    Example("c", "phishing", "w"),
    Example("d", "phishing", "w", paid=True, happening=True),
    Example("e", BENIGN, "w"),
    Example("f", BENIGN, "w"),
    Example("g", BENIGN, "w", near="loan"),
    Example("h", BENIGN, "w", near="loan"),
]
VERDICTS = [
    said("loan", 0.95, paid=True),
    said(BENIGN, 0.55, "none"),
    said("loan", 0.45, "caution"),
    said("phishing", 0.95, paid=False, happening=True),
    said(BENIGN, 0.95, "none"),
    said("phishing", 0.55, "danger"),
    said("loan", 0.45, "caution", paid=True),
    said(BENIGN, 0.95, "none", happening=True),
]


def test_types_are_scored_by_recall_and_f1() -> None:
    found = score(EXAMPLES, VERDICTS)
    assert found.rows == 8
    assert found.recall == {BENIGN: 0.5, "loan": 0.5, "phishing": 0.5}
    assert found.f1[BENIGN] == pytest.approx(2 * 2 / (3 + 4))  # 2 right, 3 said, 4 are
    assert found.f1["loan"] == pytest.approx(2 * 1 / (3 + 2))
    assert found.f1["phishing"] == pytest.approx(2 * 1 / (2 + 2))
    assert found.macro_f1 == pytest.approx((4 / 7 + 2 / 5 + 1 / 2) / 3)
    assert found.confusion["phishing"] == {"loan": 1, "phishing": 1}


def test_alarms_are_scored_over_scams_talk_and_hard_negatives() -> None:
    found = score(EXAMPLES, VERDICTS)
    assert found.scam_recall == 0.75
    assert (found.false_danger, found.false_caution) == (0.25, 0.5)
    assert (found.hard_false_danger, found.hard_false_caution) == (0.0, 0.5)


def test_marks_are_scored_over_the_marked_and_the_unmarked() -> None:
    found = score(EXAMPLES, VERDICTS)
    assert (found.paid_recall, found.paid_false) == (0.5, pytest.approx(1 / 6))
    assert (found.happening_recall, found.happening_false) == (0.5, pytest.approx(1 / 6))


def test_the_calibration_error_is_the_mean_gap_of_the_bins() -> None:
    # .95: 4 rows, all right, gap .05; .55: 2 rows, none right, gap .55; .45: 2 rows, none right, gap .45
    wanted = 0.5 * 0.05 + 0.25 * 0.55 + 0.25 * 0.45
    assert score(EXAMPLES, VERDICTS).ece == pytest.approx(wanted)


def test_a_probability_of_one_belongs_to_the_last_bin() -> None:
    assert score([Example("a", "loan", "w")], [said("loan", 1.0)]).ece == pytest.approx(0.0)


def test_all_right_is_one_and_no_alarm_is_nought() -> None:
    verdicts = [
        said(e.type, 1.0, "none" if e.type == BENIGN else "danger", paid=e.paid, happening=e.happening)
        for e in EXAMPLES
    ]
    found = score(EXAMPLES, verdicts)
    assert (found.macro_f1, found.scam_recall, found.paid_recall, found.happening_recall) == (1, 1, 1, 1)
    assert (found.false_danger, found.false_caution, found.paid_false, found.ece) == (0, 0, 0, 0)


def test_what_cannot_be_counted_is_none() -> None:
    found = score([], [])
    assert (found.rows, found.macro_f1, found.scam_recall, found.ece) == (0, None, None, None)
    only_talk = score(EXAMPLES[4:5], VERDICTS[4:5])
    assert (only_talk.scam_recall, only_talk.paid_recall, only_talk.hard_false_danger) == (None, None, None)


def test_each_example_needs_its_verdict() -> None:
    with pytest.raises(ValueError, match="zip"):
        score(EXAMPLES, VERDICTS[:-1])


def test_judging_keeps_the_order(tiny_classifier: Classifier, few: list[Example]) -> None:
    some = few[:5]
    assert judge(tiny_classifier, some) == [tiny_classifier.classify(e.text) for e in some]


def test_the_bins_of_the_calibration_hold_what_was_said_and_what_was_right() -> None:
    found = reliability(list(zip(EXAMPLES, VERDICTS, strict=True)))
    assert [(b.rows, b.right) for b in found] == [(2, 0.0), (2, 0.0), (4, 1.0)]
    assert [b.sure for b in found] == pytest.approx([0.45, 0.55, 0.95])
    assert reliability([]) == [] and reliability([(EXAMPLES[0], said("loan", 1.0))]) == [Bin(1.0, 1.0, 1)]


# ---- when only the surest are answered -------------------------------------------------------------------


def test_the_selective_accuracy_is_that_of_the_surest() -> None:
    # .95: 4 right; .55: 2 wrong; .45: 2 wrong
    shares = selective(list(zip(EXAMPLES, VERDICTS, strict=True)))
    assert shares == pytest.approx([1, 1, 1, 1, 4 / 5, 4 / 6, 4 / 7, 4 / 8])
    assert dict(at_coverages(shares))[1.0] == 0.5 and dict(at_coverages(shares))[0.5] == 1.0
    assert area_under_risk(shares) == pytest.approx(1 - (4 + 4 / 5 + 4 / 6 + 4 / 7 + 4 / 8) / 8)


def test_equally_sure_verdicts_count_alike_in_whatever_order() -> None:
    pairs = [(EXAMPLES[0], said("loan", 0.9)), (EXAMPLES[2], said("loan", 0.9))]
    assert selective(pairs) == selective(pairs[::-1]) == pytest.approx([0.5, 0.5])


def test_without_verdicts_there_is_no_selective_accuracy() -> None:
    assert (selective([]), at_coverages([]), area_under_risk([])) == ([], [], None)


# ---- what is shown beside the type -----------------------------------------------------------------------


def test_a_text_without_its_cues_is_the_rest() -> None:
    assert without("先交解冻费再放款", [Cue(5, 8, "再放款"), Cue(0, 2, "先交")]) == "解冻费"
    assert without("先交", []) == "先交"


def test_taking_the_cues_out_lowers_the_probability(base_classifier: Classifier, few: list[Example]) -> None:
    pairs = list(zip(few, judge(base_classifier, few), strict=True))
    alarms = [v for e, v in pairs if e.type != BENIGN and v.level == "danger"]
    found = check_cues(base_classifier, pairs)
    assert found.rows + found.whole == len(alarms) > 0
    assert found.lowered is not None and found.lowered > 0.5
    assert found.mean_fall is not None and found.mean_fall > 0


def test_words_that_explain_nothing_lower_nothing(base_classifier: Classifier, few: list[Example]) -> None:
    scams = [e for e in few if e.type != BENIGN]
    pairs = [(e, v) for e, v in zip(scams, judge(base_classifier, scams), strict=True) if v.level == "danger"]
    found = check_cues(base_classifier, [(e, replace(v, cues=())) for e, v in pairs])
    assert (found.rows, found.whole, found.lowered) == (len(pairs), 0, 0.0)
    assert found.mean_fall == pytest.approx(0.0)


def test_a_text_that_is_nothing_but_cues_is_not_counted(tiny_classifier: Classifier) -> None:
    whole = (Example("先交解冻费", "loan", "w"), said("loan", 0.9, cues=(Cue(0, 5, "先交解冻费"),)))
    talk = (Example("在吗", BENIGN, "w"), said("loan", 0.9))
    unsure = (Example("能办贷款", "loan", "w"), said("loan", 0.4, "caution"))
    found = check_cues(tiny_classifier, [whole, talk, unsure])
    assert (found.rows, found.whole, found.lowered, found.mean_fall) == (0, 1, None, None)


def test_how_often_a_stage_is_named_is_counted_over_alarms_on_scams(knowledge: Knowledge) -> None:
    named, silent, talk = Example("先交解冻费", "loan", "w"), Example("嗯", "loan", "w"), EXAMPLES[4]
    assert knowledge.card("loan").stage_of(named.text) and not knowledge.card("loan").stage_of(silent.text)
    alarm = said("loan", 0.9)
    assert stage_named([(named, alarm), (silent, alarm), (talk, alarm)], knowledge) == 0.5
    assert stage_named([(talk, alarm), (named, said("loan", 0.4, "caution"))], knowledge) is None


# ---- the report ------------------------------------------------------------------------------------------


def test_the_report_has_types_forms_writers_marks_coverages_cues_and_stages(
    tiny_classifier: Classifier, few: list[Example], knowledge: Knowledge
) -> None:
    some = few[::3]
    text = report(list(zip(some, judge(tiny_classifier, some), strict=True)), tiny_classifier, knowledge)
    starts = {line.split()[0] for line in text.splitlines() if line.strip()}
    assert {e.group for e in some} | {e.form for e in some} | {e.type for e in some} <= starts
    for words in (
        "paid 召回",
        "happening 误报",
        "风险—覆盖",
        "AURC",
        "概率下降的比例",
        "没有标阶段",
        "最差的错误",
    ):
        assert words in text


# ---- the benchmark ---------------------------------------------------------------------------------------


def test_a_benchmark_set_is_measured_as_by_hand() -> None:
    rows = [(e.type, v, True) for e, v in zip(EXAMPLES, VERDICTS, strict=True)]
    rows.append(("a_type_of_others", said("loan", 0.9), True))
    found = quality.measure(rows, {"loan", "phishing", BENIGN})
    assert found == {
        "rows": 9,
        "benign": 4,
        "false_danger": 0.25,
        "false_any": 0.5,
        "scams": 5,
        "recall_danger": 0.6,
        "recall_any": 0.8,
        # loan: 1 right, 2 said among these, 2 are: .5; phishing: 1 right, 1 said, 2 are: .6667
        "type_macro_f1": 0.5833,
        "false_paid": 0.25,
    }


def test_an_empty_set_has_no_shares() -> None:
    found = quality.measure([], {"loan"})
    assert found["rows"] == 0
    assert [found[key] for key in ("false_danger", "recall_any", "type_macro_f1", "false_paid")] == [None] * 4


def test_a_folder_is_measured_file_by_file_and_in_halves(tmp_path: Path, tiny_classifier: Classifier) -> None:
    rows = [{"text": f"贷款先交解冻费{i}", "label": "loan"} for i in range(12)]
    rows += [{"text": f"在吗{i}", "label": BENIGN} for i in range(12)]
    lines = "\n".join(json.dumps(row, ensure_ascii=False) for row in rows)
    (tmp_path / "b.jsonl").write_text(lines + "\n", encoding="utf8")
    (tmp_path / "a.jsonl").write_text(lines, encoding="utf8")
    (tmp_path / "notes.txt").write_text("not a set", encoding="utf8")
    results = quality.run(tmp_path, tiny_classifier)
    assert [(r["file"], r["half"]) for r in results] == [
        (name, half) for name in ("a", "b") for half in ("all", "even", "odd")
    ]
    whole, even, odd = results[:3]
    assert whole["rows"] == 24 == even["rows"] + odd["rows"]
    assert even["rows"] and odd["rows"]
    assert len(quality.table(results).splitlines()) == 7
