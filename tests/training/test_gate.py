"""The gate: worse by more than chance, slow decay, new types that were not learned or take from others."""

from __future__ import annotations

from intents.examples import Example
from intents.types import BENIGN, Verdict
from training.gate import NewType, decide

HELD = [
    *[Example(f"贷款 {i}", "loan", "w04", paid=i < 10) for i in range(40)],
    *[Example(f"刷单 {i}", "brushing", "w04") for i in range(40)],
    *[Example(f"闲话 {i}", BENIGN, "w04", near="loan" if i < 20 else "") for i in range(60)],
]


def said(wrong: set[int] = frozenset(), unpaid: set[int] = frozenset()) -> list[Verdict]:  # type: ignore[assignment]
    """Verdicts that are right but for these rows."""
    found = []
    for at, example in enumerate(HELD):
        right = Verdict(example.type, 0.9, "none" if example.type == BENIGN else "danger")
        other = Verdict("phishing", 0.9, "danger")
        verdict = other if at in wrong else right
        paid = example.paid and at not in unpaid
        found.append(Verdict(verdict.type, verdict.probability, verdict.level, paid))
    return found


def test_a_candidate_that_is_as_good_passes() -> None:
    assert decide(HELD, said(), said(), said(), {}).accepted
    assert decide(HELD, said({1, 50}), said({2, 51}), said({3, 52}), {}).accepted, "other errors, not more"


def test_one_row_more_or_less_is_chance() -> None:
    assert decide(HELD, said({1}), said(), said(), {}).accepted


def test_a_type_that_is_recognised_less_by_more_than_chance_is_refused_in_words() -> None:
    decision = decide(HELD, said(set(range(12))), said(), None, {}, {"loan": "虚假贷款"}.get)  # type: ignore[arg-type]
    assert not decision.accepted
    assert any(
        "“虚假贷款”的识别变差了:40 条里,线上的模型对 40 条,新模型只对 28 条" in r for r in decision.reasons
    )


def test_false_alarms_on_hard_negatives_and_missed_payments_are_refused() -> None:
    assert "难反例" in " ".join(decide(HELD, said(set(range(80, 92))), said(), None, {}).reasons)
    assert "已经转钱" in " ".join(decide(HELD, said(unpaid=set(range(10))), said(), None, {}).reasons)


def test_slow_decay_is_refused_though_each_step_is_within_chance() -> None:
    step, floor = said({0, 1}), said()
    assert decide(HELD, said({0, 1, 2}), step, None, {}).accepted
    reasons = decide(HELD, said({0, 1, 2}), step, floor, {}).reasons
    assert len(reasons) == 1 and "比基础版本低了 5 个百分点以上" in reasons[0]
    assert "已经转钱" in " ".join(decide(HELD, said(unpaid={0, 1, 2}), step, floor, {}).reasons)


def test_many_scores_are_corrected_for_being_many() -> None:
    five = set(range(5))
    reasons = decide(HELD, said(five), said(), None, {}).reasons
    assert reasons == (), "p = 1/32 is under .05, but not after Holm's correction over five scores"


def test_a_new_type_that_is_not_learned_or_takes_from_others_is_refused() -> None:
    assert decide(HELD, said(), said(), said(), {"fake_visa": NewType(24, 20, 0)}).accepted
    assert decide(HELD, said(), said(), said(), {"fake_visa": NewType(3, 0, 0)}).accepted, "too few to tell"
    unlearnt = decide(HELD, said(), said(), said(), {"fake_visa": NewType(24, 1, 0)}).reasons
    assert len(unlearnt) == 1 and "没有学会" in unlearnt[0] and "24 条只认出 1 条" in unlearnt[0]
    greedy = decide(HELD, said(), said(), said(), {"fake_visa": NewType(24, 20, 9)}).reasons
    assert len(greedy) == 1 and "抢了别的" in greedy[0]


def test_without_a_live_model_or_a_base_nothing_is_compared() -> None:
    assert decide(HELD, said(set(range(100))), None, None, {}).accepted
