"""A fit of little that is new: where it starts, what it takes over, what it finds."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from intents.classifier import Classifier
from intents.examples import Example
from intents.knowledge import Knowledge
from intents.model import Model
from tests import tiny
from tests.bot.officers.station import VISA
from training.fit import QUICK, fit, fitted
from training.refit import Calibrated, may_start, refitted
from training.registry import text_id
from training.retrain import split

ENCODER = tiny.HashEncoder()
NEW = [Example(text, "fake_visa", "up1", "script") for text in VISA[:12]]


@pytest.fixture(scope="module")
def learn(few: list[Example]) -> list[Example]:
    """What the tiny model is fitted on."""
    return split(few)[0]


def made_on(model: Model, learn: list[Example]) -> Calibrated:
    """The tiny model with what it was calibrated on."""
    return Calibrated("base", model, frozenset((text_id(e.text), e.type) for e in learn))


def test_with_nothing_new_it_stays_where_it_is(learn: list[Example], tiny_model: Model) -> None:
    again = refitted(learn, tiny_model, ENCODER.encode, tiny.EFFORT).model
    assert (again.labels, list(again.terms)) == (tiny_model.labels, list(tiny_model.terms))
    for name, head in again.heads.items():
        was = tiny_model.heads[name]
        assert head.thresholds == was.thresholds
        np.testing.assert_allclose(head.ngram, was.ngram, atol=2e-2)
        np.testing.assert_allclose(head.bias, was.bias, atol=5e-2)


def test_it_says_what_a_fit_from_scratch_with_the_same_calibration_says(
    learn: list[Example], few: list[Example], tiny_model: Model, knowledge: Knowledge
) -> None:
    short = Classifier(
        refitted([*learn, *NEW], tiny_model, ENCODER.encode, tiny.EFFORT).model, ENCODER, knowledge.signs
    )
    anew = Classifier(
        fit([*learn, *NEW], ENCODER.encode, ENCODER.version, tiny.EFFORT), ENCODER, knowledge.signs
    )
    texts = [example.text for example in [*few, *NEW]]
    same = [short.classify(text).type == anew.classify(text).type for text in texts]
    assert np.mean(same) > 0.85
    assert [short.classify(text).type for text in VISA[:12]] == ["fake_visa"] * 12


def test_a_new_type_is_measured_out_of_fold_and_nothing_else_is(
    learn: list[Example], tiny_model: Model
) -> None:
    said = refitted([*learn, *NEW], tiny_model, ENCODER.encode, tiny.EFFORT).said
    assert set(said) == {"full", "ngram"}
    for told in said.values():
        assert set(told[: len(learn)]) == {""} and all(told[len(learn) :])


def test_a_type_that_is_gone_and_a_changed_label_are_followed(
    learn: list[Example], tiny_model: Model
) -> None:
    gone = [replace(e, type="loan") if e.type == "brushing" else e for e in learn]
    model = refitted(gone, tiny_model, ENCODER.encode, tiny.EFFORT).model
    assert "brushing" not in model.labels
    model.check()


def test_it_may_start_where_little_differs_and_the_features_are_the_same(
    learn: list[Example], tiny_model: Model
) -> None:
    known = made_on(tiny_model, learn)
    version = ENCODER.version
    assert may_start([*learn, *NEW[:5]], known, version)
    assert not may_start([*learn, *NEW, *NEW], replace(known, samples=frozenset()), version), "all is new"
    many = [Example(f"{text}{i}", "fake_visa", "up1") for i in range(3) for text in VISA]
    assert not may_start([*learn, *many], known, version)
    assert not may_start(learn, known, ""), "the encoder is gone"
    assert not may_start(learn, known, "hash-2")
    assert not may_start(learn, replace(known, model=replace(tiny_model, features_version="x")), version)
    relabelled = [replace(e, type="loan") if e.type != "benign" else e for e in learn]
    assert not may_start(relabelled, known, version)


def test_a_quick_fit_hands_no_calibration_on(learn: list[Example]) -> None:
    quick = fit(learn, effort=QUICK)
    assert not may_start(learn, made_on(quick, learn), "")


def test_the_calibration_outlives_the_model_file(learn: list[Example], tiny_model: Model) -> None:
    read = Model.loads(*tiny_model.dumps())
    assert may_start(learn, made_on(read, learn), ENCODER.version)
    before = fitted(learn, ENCODER.encode, ENCODER.version, tiny.EFFORT).model.heads["full"].shares
    assert before is not None and read.heads["full"].shares is not None
    np.testing.assert_array_equal(read.heads["full"].shares, before)
