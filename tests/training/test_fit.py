"""Samples -> model: heads, splits, thresholds."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from intents import classifier, segments
from intents.classifier import Classifier
from intents.examples import HELD_OUT, Example
from intents.features import features_version
from intents.knowledge import Knowledge
from intents.model import MARKS, Model
from intents.types import BENIGN
from tests import tiny
from training.evaluate import judge, score
from training.fit import QUICK, THOROUGH, fit
from training.heads import FALSE_CAUTION, FLOORS, RAISED, gains, thresholds
from training.network import UNITS
from training.retrain import measured, sample_id, split
from training.rows import TooLittle, rows


def test_a_fit_gives_two_heads_of_fitting_shapes(tiny_model: Model) -> None:
    outputs = len(tiny_model.labels) + len(MARKS)
    assert set(tiny_model.heads) == {"ngram", "full"}
    for head in tiny_model.heads.values():
        assert head.share.shape == (outputs,)
        assert head.bias.shape == (outputs,)
        assert np.isfinite(head.share).all() and np.isfinite(head.bias).all()
    assert tiny_model.ngram.shape == (len(tiny_model.terms), outputs) and np.isfinite(tiny_model.ngram).all()
    assert tiny_model.heads["ngram"].dense is None
    assert tiny_model.heads["full"].dense is not None
    assert tiny_model.heads["full"].dense.shape == (384 + UNITS[-1], outputs)
    assert [weights.shape for weights, _ in tiny_model.hidden] == [(384, UNITS[0]), UNITS]
    tiny_model.check()


def test_a_model_says_what_it_was_made_with(tiny_model: Model) -> None:
    assert tiny_model.features_version == features_version()
    assert tiny_model.encoder_version == "hash-1"
    assert list(tiny_model.labels) == sorted(tiny_model.labels) and BENIGN in tiny_model.labels


def test_without_an_encoder_there_is_the_ngram_head_alone(few: list[Example]) -> None:
    model = fit(split(few)[0], effort=tiny.EFFORT)
    assert set(model.heads) == {"ngram"} and model.encoder_version == "" and model.hidden == ()


def test_fitting_twice_gives_the_same_model(few: list[Example], tiny_model: Model) -> None:
    encoder = tiny.HashEncoder()
    again = fit(split(few)[0], encoder, tiny.EFFORT)
    assert again.dumps()[0] == tiny_model.dumps()[0]
    assert len(again.hidden) == len(UNITS)
    for name, head in again.heads.items():
        np.testing.assert_array_equal(head.share, tiny_model.heads[name].share)


@pytest.mark.parametrize("head", ["ngram", "full"])
def test_thresholds_lie_between_the_floors_and_the_ceilings(tiny_model: Model, head: str) -> None:
    limits = tiny_model.heads[head].thresholds
    assert FLOORS.danger <= limits.danger <= 0.995
    assert FLOORS.caution <= limits.caution <= min(0.9, limits.danger)
    assert FLOORS.paid <= limits.paid <= 0.9
    assert FLOORS.happening <= limits.happening <= 0.9


def test_the_probabilities_are_calibrated_on_writers_never_met(
    base_classifier: Classifier, examples: list[Example]
) -> None:
    held = split(examples)[1]
    found = score(held, judge(base_classifier, held))
    assert found.ece is not None and found.ece < 0.1
    assert found.false_danger is not None and found.false_danger < 0.05
    assert found.scam_recall is not None and found.scam_recall > 0.6


def test_both_heads_learn_more_than_chance(few: list[Example], tiny_model: Model) -> None:
    learn = split(few)[0]
    for encoder in (None, tiny.HashEncoder()):
        classifier = Classifier(tiny_model, encoder)
        right = [v.type == e.type for v, e in zip(judge(classifier, learn), learn, strict=True) if v]
        assert sum(right) / len(right) > 0.5


def test_nothing_of_a_held_out_writer_is_learned(examples: list[Example]) -> None:
    learn, held = split(examples)
    assert learn and held
    assert {e.group for e in held} == set(HELD_OUT)
    assert not {e.group for e in learn} & HELD_OUT
    assert not {e.text for e in learn} & {e.text for e in held}


def test_a_text_of_a_held_out_writer_is_not_learned_from_another_writer_either() -> None:
    same = [Example("先交钱再放款", "loan", group) for group in ("w01", "w04", "upload-1")]
    other = Example("今天吃什么", BENIGN, "w01")
    assert split([*same, other]) == ([other], [same[1]])


def test_a_text_of_a_held_out_writer_is_not_learned_with_other_spaces_or_marks() -> None:
    held = Example("先交钱再放款，加V", "loan", "w04")
    copies = [
        Example(text, "loan", "up")
        for text in ("先交钱再放款，加V\n", " 先交钱再放款，加V", "先交钱再放款,加v")
    ]
    assert split([held, *copies])[0] == []


def test_measuring_fits_on_the_others_and_scores_the_held_out(
    few: list[Example], knowledge: Knowledge
) -> None:
    encoder = tiny.HashEncoder()
    model, scores = measured(few, knowledge, encoder, tiny.EFFORT)
    assert scores.rows == len(split(few)[1])
    assert set(model.heads) == {"ngram", "full"}


@pytest.mark.parametrize(
    "samples",
    [
        [],
        [Example("先交解冻费", "loan", "w01")] * 20,
        [Example("今天吃什么", BENIGN, "w01")] * 20,
        [Example("先交解冻费", "loan", "w01"), Example("垫付本金", "brushing", "w01")] * 20,
    ],
    ids=["nothing", "only loans", "only talk", "no talk"],
)
def test_too_little_to_learn_from_is_said_in_words(samples: list[Example]) -> None:
    with pytest.raises(TooLittle, match="不够"):
        fit(samples)


@pytest.mark.parametrize("count", range(1, THOROUGH.folds))
def test_too_few_of_a_type_is_too_little_and_not_a_crash(count: int) -> None:
    samples = [Example(f"先交解冻费{i}", "loan", "w01") for i in range(count)]
    samples += [Example(f"今天吃什么{i}", BENIGN, "w01") for i in range(count)]
    with pytest.raises(TooLittle):
        fit(samples)


def test_samples_that_share_no_word_are_too_little_and_not_a_crash() -> None:
    alphabet = "天地玄黄宇宙洪荒"
    samples = [Example(char, BENIGN if i % 2 else "loan", f"w{i}") for i, char in enumerate(alphabet)]
    with pytest.raises(TooLittle, match="不够"):
        fit(samples)


def test_a_new_type_with_few_samples_beside_a_corpus_can_be_learned(few: list[Example]) -> None:
    new = [Example(f"草原上的新骗术第{n}招,先交马奶费再给羊", "made_up", "upload-7") for n in "一二三"]
    model = fit([*split(few)[0], *new], effort=QUICK)
    assert "made_up" in model.labels
    assert Classifier(model).classify(new[0].text).type in ("made_up", BENIGN)


def test_the_windows_of_a_long_sample_share_the_weight_of_one() -> None:
    long = Example("他让我转钱,我没有转。" * 60, "loan", "w01", paid=True)
    data = rows([long, Example("在吗", BENIGN, "w02")])
    assert len(data.texts) > 3 and all(len(text) <= segments.WHOLE for text in data.texts)
    assert data.weights[data.owners == 0].sum() == pytest.approx(1.0)
    assert data.weights[data.owners == 1].tolist() == [1.0]
    assert set(data.labels[data.owners == 0]) == {"loan"}
    assert data.marks[data.owners == 0, 0].all() and not data.marks[data.owners == 1].any()


def test_a_new_types_few_scripts_are_learned_in_parts_as_well(few: list[Example]) -> None:
    """Those of a type with many are not."""
    own = [Example("先交担保金,签证包过,不过全退", "fake_visa", "upload-1")]
    data = rows([*few, *own])
    parts = [text for text, label in zip(data.texts, data.labels, strict=True) if label == "fake_visa"]
    assert {"先交担保金", "签证包过,不过全退"} < set(parts)
    assert data.weights[data.labels == "fake_visa"].sum() == pytest.approx(1)
    assert data.weights[(data.labels == "fake_visa") & ~data.parts].sum() == pytest.approx(0.5)
    assert data.parts.sum() == len(parts) - 1, "what is judged out of fold is the whole script"
    assert fit([*few, *own], effort=tiny.EFFORT).new == {"fake_visa"}
    assert len(rows(few).texts) == len(few)


def test_a_new_type_is_raised_among_the_scams(few: list[Example]) -> None:
    model = fit([*few, Example("签证包过,先交担保金", "fake_visa", "upload-1")], effort=tiny.EFFORT)
    head = model.heads["ngram"]
    assert head.raised is not None
    at, benign = model.labels.index("fake_visa"), model.labels.index(BENIGN)
    assert 0 < head.raised[at] <= RAISED
    assert not np.delete(head.raised, at).any(), "the old types are told apart as before"
    plain = replace(model, heads={"ngram": replace(head, raised=None)})
    for text in ("签证的钱先打给他才办", "明天那达慕几点开始", "客服让我开屏幕共享退钱"):
        (found, _), (before, _) = (
            c.probabilities(c.windows(text)) for c in (Classifier(model), Classifier(plain))
        )
        assert found[at] > before[at] and found[benign] <= before[benign]
        assert found.sum() == pytest.approx(1, abs=1e-5)


def test_what_a_type_gains_among_the_scams_it_gains_by_half_against_talk() -> None:
    before = np.array([0.6, 0.3, 0.1])
    after = classifier.raised(before, np.array([0.0, 0.0, 2.0]), 0)
    odds = np.log(after / before)
    assert after.sum() == pytest.approx(1)
    assert odds[2] - odds[1] == pytest.approx(2.0)
    assert after[0] == pytest.approx(0.6 / (0.6 + 0.3 + 0.1 * np.e))


def test_the_limits_count_in_what_a_new_type_gains_against_talk() -> None:
    labels = [BENIGN, "new"]
    talk = [Example(f"{n}", BENIGN, "w01") for n in range(200)]
    data = replace(rows([*talk, Example("b", "new", "u")]), new=frozenset({"new"}))
    held = np.zeros((201, 4))
    held[:200, 0] = np.linspace(0, 4, 200)
    gain = np.array([0.0, 3.0], np.float32)
    limit = thresholds(held, data, labels, gain).caution
    scam = 1 - classifier.raised(classifier.softmax(held[:200, :2]), gain, 0)[:, 0]
    assert (scam >= limit).mean() <= FALSE_CAUTION
    assert limit > thresholds(held, data, labels, None).caution


def test_the_limit_of_a_mark_counts_only_what_may_get_it() -> None:
    """Ordinary disputes in which money has gone do not raise it: they are not asked."""
    labels = [BENIGN, "loan"]
    told = "钱已经给了他,合同也签了,他拖着不办,我能不能要回来"
    talk = [Example(f"{told}{n}", BENIGN, "w01") for n in range(50)]
    data = rows([*talk, *(Example(f"{n}{told}", "loan", "w02", paid=True) for n in range(50))])
    held = np.zeros((100, 4))
    held[:50, 2] = 1.0
    for odds, limit in ((5.0, FLOORS.paid), (-5.0, 1 / (1 + np.exp(-1.0)) + 1e-4)):
        held[:50, 0] = odds
        assert thresholds(held, data, labels, None).paid == pytest.approx(limit, abs=1e-4)


def test_where_no_type_is_new_none_is_raised(tiny_model: Model) -> None:
    assert tiny_model.new == frozenset() and all(head.raised is None for head in tiny_model.heads.values())


@pytest.mark.parametrize(("spare", "given"), [(0.0, 0.0), (1.5, 1.5), (9.0, RAISED)])
def test_a_new_type_is_given_what_the_others_can_spare_and_no_more(spare: float, given: float) -> None:
    """Out of fold, each loan is called a loan by so much, and one text called wrongly has no say."""
    labels = [BENIGN, "loan", "new", "tourism"]
    texts = [Example(f"{n}", label, "w01") for label in ("loan", BENIGN) for n in range(40)]
    data = replace(
        rows([*texts, Example("a", "tourism", "w02"), Example("b", "new", "u")]), new=frozenset({"new"})
    )
    logits = np.zeros((len(data.texts), 4))
    logits[data.labels == "loan", 1] = spare
    logits[data.labels == "loan", 3] = -9.0
    logits[data.labels == "tourism", 1] = 5.0
    found = gains(logits, data, labels)
    assert found is not None
    np.testing.assert_allclose(found, [0, 0, given, 0], atol=1e-6)


def test_the_texts_that_are_learned_are_masked() -> None:
    assert rows([Example("打13812345678找我", "loan", "w01")]).texts == ["打[电话]找我"]


def test_a_sample_is_recorded_by_a_hash_and_never_by_its_text() -> None:
    one, two = Example("先交钱", "loan", "w01"), Example("先交钱", BENIGN, "w02")
    assert sample_id(one) == sample_id(two) and len(sample_id(one)) == 16
    assert sample_id(Example("先交钱。", "loan", "w01")) != sample_id(one)
    assert "先交钱" not in sample_id(one)
