"""The model file, and that serving computes what scikit-learn does."""

from __future__ import annotations

import io
import json
import re
from dataclasses import replace
from typing import Any

import numpy as np
import pytest
from sklearn.feature_extraction.text import CountVectorizer, TfidfVectorizer
from sklearn.linear_model import LogisticRegression

from intents.acts import MARK
from intents.classifier import Classifier, softmax
from intents.examples import Example
from intents.features import features_version, placed, terms
from intents.model import FORMAT, MARKS, Head, Model, ModelFileError, Thresholds, content_hash, widened
from tests import tiny
from training.retrain import split
from training.rows import ACT, SINGLE, rows, weighed


def changed(meta: bytes, **values: Any) -> bytes:
    """The JSON part with other values."""
    return json.dumps(json.loads(meta) | values).encode()


def packed(arrays: dict[str, Any]) -> bytes:
    """The arrays as npz."""
    buffer = io.BytesIO()
    np.savez_compressed(buffer, **arrays)
    return buffer.getvalue()


def unpacked(data: bytes) -> dict[str, Any]:
    """The arrays of an npz."""
    with np.load(io.BytesIO(data)) as stored:
        return {name: stored[name] for name in stored.files}


def test_a_model_comes_back_as_it_was_written(tiny_model: Model) -> None:
    again = Model.loads(*replace(tiny_model, new=frozenset({"loan"})).dumps())
    assert again.new == {"loan"}
    assert (again.labels, dict(again.terms)) == (tiny_model.labels, dict(tiny_model.terms))
    assert again.features_version == tiny_model.features_version
    assert again.encoder_version == tiny_model.encoder_version
    for part in ("idf", "ngram", "center", "scale"):
        assert np.array_equal(getattr(again, part), getattr(tiny_model, part))
    for name, head in tiny_model.heads.items():
        assert np.array_equal(again.heads[name].share, head.share)
        assert np.array_equal(again.heads[name].bias, head.bias)
        assert again.heads[name].thresholds == head.thresholds
        assert (again.heads[name].dense is None) == (head.dense is None)
    for layer, wanted in zip(again.hidden, tiny_model.hidden, strict=True):
        assert all(np.array_equal(found, part) for found, part in zip(layer, wanted, strict=True))
    assert again.heads["full"].dense is not None
    assert np.array_equal(again.heads["full"].dense, tiny_model.heads["full"].dense)


def test_a_model_read_back_gives_the_same_verdicts(tiny_model: Model, few: list[Example]) -> None:
    first = Classifier(tiny_model, tiny.HashEncoder())
    second = Classifier(Model.loads(*tiny_model.dumps()), tiny.HashEncoder())
    for example in few[::10]:
        assert first.classify(example.text) == second.classify(example.text)


def test_the_hash_is_that_of_the_content(tiny_model: Model) -> None:
    meta, arrays = tiny_model.dumps()
    digest = content_hash(meta, arrays)
    assert re.fullmatch(r"[0-9a-f]{64}", digest)
    assert content_hash(*tiny_model.dumps()) == digest
    assert content_hash(meta + b" ", arrays) != digest
    assert content_hash(meta, arrays + b" ") != digest
    assert content_hash(b"ab", b"c") != content_hash(b"a", b"bc")


LAYERS = ["hidden.0.weights", "hidden.1.weights", "hidden.0.bias", "hidden.1.bias"]


@pytest.mark.parametrize(
    "part", ["ngram", "ngram.share", "ngram.bias", "full.dense", "full.share", "idf", *LAYERS]
)
def test_an_array_of_the_wrong_shape_is_refused(tiny_model: Model, part: str) -> None:
    meta, data = tiny_model.dumps()
    arrays = unpacked(data)
    arrays[part] = arrays[part][:-1]
    with pytest.raises(ModelFileError, match="形状"):
        Model.loads(meta, packed(arrays))


def test_the_units_of_the_last_hidden_layer_stand_beside_the_vector() -> None:
    vectors = np.array([[1.0, 2.0], [-3.0, 0.0]], np.float32)
    first = (np.array([[1.0, -1.0], [0.0, 1.0]], np.float32), np.array([0.0, 0.5], np.float32))
    last = (np.array([[2.0], [4.0]], np.float32), np.array([1.0], np.float32))
    assert widened(vectors, ()) is vectors
    assert widened(vectors, (first,)).tolist() == [[1, 2, 1, 1.5], [-3, 0, 0, 3.5]]
    assert widened(vectors, (first, last)).tolist() == [[1, 2, 9], [-3, 0, 15]]
    assert widened(vectors[0], (first, last)).tolist() == [1, 2, 9]


@pytest.mark.parametrize("part", ["center", "scale"])
def test_a_vector_of_the_wrong_length_is_refused(tiny_model: Model, part: str) -> None:
    meta, data = tiny_model.dumps()
    arrays = unpacked(data)
    arrays[part] = arrays[part][:-1]
    with pytest.raises(ModelFileError):
        Model.loads(meta, packed(arrays))


def test_what_a_new_type_gains_is_kept_with_the_model(tiny_model: Model) -> None:
    gain = np.arange(len(tiny_model.labels), dtype=np.float32)
    raised = replace(tiny_model, heads={"ngram": replace(tiny_model.heads["ngram"], raised=gain)})
    meta, data = raised.dumps()
    found = Model.loads(meta, data).heads["ngram"].raised
    assert found is not None and found.tolist() == gain.tolist()
    arrays = unpacked(data)
    arrays["ngram.raised"] = arrays["ngram.raised"][:-1]
    with pytest.raises(ModelFileError, match="形状"):
        Model.loads(meta, packed(arrays))


@pytest.mark.parametrize("part", ["idf", "center", "ngram", "ngram.share", "ngram.bias", *LAYERS])
def test_a_missing_array_is_refused(tiny_model: Model, part: str) -> None:
    meta, data = tiny_model.dumps()
    arrays = unpacked(data)
    del arrays[part]
    with pytest.raises(ModelFileError):
        Model.loads(meta, packed(arrays))


def test_another_format_is_refused_in_words(tiny_model: Model) -> None:
    meta, arrays = tiny_model.dumps()
    with pytest.raises(ModelFileError, match=f"{FORMAT + 1}.*{FORMAT}"):
        Model.loads(changed(meta, format=FORMAT + 1), arrays)


@pytest.mark.parametrize("meta", [b"", b"{", b"[]", b"null", b"{}", b"\xff\xfe", b'"text"'])
def test_a_garbled_json_part_is_refused(tiny_model: Model, meta: bytes) -> None:
    with pytest.raises(ModelFileError):
        Model.loads(meta, tiny_model.dumps()[1])


@pytest.mark.parametrize("cut", [0, 1, 100, -100])
def test_a_cut_off_array_part_is_refused(tiny_model: Model, cut: int) -> None:
    meta, arrays = tiny_model.dumps()
    with pytest.raises(ModelFileError):
        Model.loads(meta, arrays[:cut])


@pytest.mark.parametrize("data", [b"PK\x03\x04garbage", b"garbage", b"\x80\x04K\x01."])
def test_garbage_for_arrays_is_refused(tiny_model: Model, data: bytes) -> None:
    with pytest.raises(ModelFileError):
        Model.loads(tiny_model.dumps()[0], data)


def test_a_damaged_byte_in_the_arrays_is_refused(tiny_model: Model) -> None:
    meta, data = tiny_model.dumps()
    middle = len(data) // 2
    with pytest.raises(ModelFileError):
        Model.loads(meta, data[:middle] + bytes([data[middle] ^ 0xFF]) + data[middle + 1 :])


def test_arrays_that_need_pickle_are_refused(tiny_model: Model) -> None:
    meta, data = tiny_model.dumps()
    arrays = unpacked(data)
    arrays["idf"] = np.array([{"code": "runs"}], dtype=object)
    with pytest.raises(ModelFileError):
        Model.loads(meta, packed(arrays))


def test_a_model_without_the_ngram_head_or_benign_is_refused(tiny_model: Model) -> None:
    meta, arrays = tiny_model.dumps()
    limits = json.loads(meta)["thresholds"]
    with pytest.raises(ModelFileError):
        Model.loads(changed(meta, thresholds={"full": limits["full"]}), arrays)
    with pytest.raises(ModelFileError):
        Model.loads(changed(meta, labels=["x" if la == "benign" else la for la in tiny_model.labels]), arrays)


def test_a_model_of_other_features_is_not_served(tiny_model: Model) -> None:
    with pytest.raises(ModelFileError, match="重新训练"):
        Classifier(replace(tiny_model, features_version="0" * 16))


def lexical(text: str) -> list[str]:
    """The terms of a prepared text that are no acts."""
    return [term for term in terms(text) if not term.startswith(MARK)]


def test_serving_weighs_words_as_scikit_learn_does_and_acts_alike(
    tiny_model: Model, few: list[Example]
) -> None:
    vectorizer = TfidfVectorizer(analyzer=lexical, sublinear_tf=True, min_df=tiny.EFFORT.min_df)
    vectorizer.fit(rows(split(few)[0]).texts)
    single = np.array([len(term) == 1 for term in vectorizer.get_feature_names_out()])
    vectorizer.idf_ = np.where(single, SINGLE, 1.0) * vectorizer.idf_
    acts = [term for term in tiny_model.terms if term.startswith(MARK)]
    assert acts
    assert list(vectorizer.get_feature_names_out()) == [t for t in tiny_model.terms if t not in acts]
    classifier = Classifier(tiny_model)
    for text in [*rows(few).texts, "没见过的字 xyz", ""]:
        found = np.zeros(len(tiny_model.terms))
        indices, values = classifier.weigh(placed(text))
        found[indices] = values
        by_term = dict(zip(tiny_model.terms, found, strict=True))
        wanted = vectorizer.transform([text]).toarray()[0]
        words = [by_term[term] for term in vectorizer.get_feature_names_out()]
        np.testing.assert_allclose(words, wanted, atol=1e-5)
        said = {term for term, _, _ in placed(text)}
        np.testing.assert_allclose([by_term[t] for t in acts], [ACT * (t in said) for t in acts], atol=1e-6)


def test_serving_gives_the_probabilities_of_scikit_learn(few: list[Example]) -> None:
    data = rows(few)
    vectorizer = CountVectorizer(analyzer=terms)
    counts = vectorizer.fit_transform(data.texts)
    names = vectorizer.get_feature_names_out()
    matrix, idf = weighed(counts, list(names))
    fitted = LogisticRegression(C=10.0, max_iter=300).fit(matrix, data.labels)
    spare = np.zeros((matrix.shape[1], len(MARKS)))
    model = Model(
        labels=tuple(fitted.classes_),
        terms={term: i for i, term in enumerate(names)},
        idf=idf,
        ngram=np.hstack([fitted.coef_.T, spare]).astype(np.float32),
        heads={
            "ngram": Head(
                np.ones(len(fitted.classes_) + len(MARKS), np.float32),
                np.append(fitted.intercept_, [0, 0]).astype(np.float32),
                Thresholds(0.6, 0.4, 0.5, 0.5),
            )
        },
        features_version=features_version(),
    )
    classifier = Classifier(model)
    for text, wanted in zip(data.texts, fitted.predict_proba(matrix), strict=True):
        (window,) = classifier.windows(text)
        np.testing.assert_allclose(classifier.probabilities([window])[0], wanted, atol=1e-5)


def test_the_dense_part_of_the_full_head_is_added_to_the_ngrams(tiny_model: Model) -> None:
    encoder = tiny.HashEncoder()
    classifier = Classifier(tiny_model, encoder)
    head = tiny_model.heads["full"]
    assert head.dense is not None
    text = "先交解冻费才能放款"
    scaled = (encoder.encode([text])[0] - tiny_model.center) * tiny_model.scale
    vector = widened(scaled, tiny_model.hidden)
    indices, values = classifier.weigh(placed(text))
    wanted = head.bias + values @ tiny_model.ngram[indices] * head.share + vector @ head.dense
    found = classifier.windows(text)[0].logits
    np.testing.assert_allclose(found, wanted, atol=1e-5, rtol=1e-5)


def test_softmax_gives_probabilities_also_for_large_logits() -> None:
    out = softmax(np.array([1000.0, 0.0, -1000.0], np.float32))
    assert np.isfinite(out).all() and abs(float(out.sum()) - 1) < 1e-6
