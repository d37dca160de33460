"""The model file: arrays and JSON, never code. A frozen dataclass that checks itself when read.

scikit-learn fits these numbers; serving only multiplies them. Calibration is already folded into
the weights: a head's outputs are logits whose softmax (types) and sigmoids (marks) are probabilities.
"""

from __future__ import annotations

import hashlib
import io
import json
from collections.abc import Mapping
from dataclasses import asdict, dataclass, field
from typing import Any

import numpy as np
from numpy.typing import NDArray

from intents.encoder import DIMENSION
from intents.types import BENIGN

FORMAT = 2
"""2: the heads share the weights of the terms, and hidden layers may stand before the dense part."""
MARKS = ("paid", "happening")
Floats = NDArray[np.float32]
Hidden = tuple[tuple[Floats, Floats], ...]
"""Hidden layers: weights (inputs, units) and bias (units,) of each."""


class ModelFileError(ValueError):
    """The bytes are not a model that this software can serve; the message says why."""


@dataclass(frozen=True, slots=True)
class Thresholds:
    """From which probability on: of any scam for the levels, of the mark for the marks."""

    danger: float
    caution: float
    paid: float
    happening: float


@dataclass(frozen=True, slots=True)
class Head:
    """One linear layer over the features: the types first, then the marks.

    share: (outputs,), by how much each output of the terms counts; bias: (outputs,); dense: (384 and the units of
    the last hidden layer, outputs), absent in the n-gram-only head; raised: (types,), what a type's logit gains
    when a scam is named (`classifier.raised`), absent where no type does.
    """

    share: Floats
    bias: Floats
    thresholds: Thresholds
    dense: Floats | None = None
    raised: Floats | None = None


@dataclass(frozen=True, slots=True)
class Model:
    """Two calibrated heads over one vocabulary. `full` is absent while embeddings are computed.

    ngram: (terms, outputs), which both heads scale by their own shares.
    A sentence vector is centred, scaled and `widened` by the hidden layers. `new`: the types that were learned
    from a few scripts only.
    """

    labels: tuple[str, ...]
    terms: Mapping[str, int]
    idf: Floats
    ngram: Floats
    heads: Mapping[str, Head]
    features_version: str
    encoder_version: str = ""
    center: Floats = field(default_factory=lambda: np.zeros(DIMENSION, np.float32))
    scale: Floats = field(default_factory=lambda: np.ones(DIMENSION, np.float32))
    new: frozenset[str] = frozenset()
    hidden: Hidden = ()

    def dumps(self) -> tuple[bytes, bytes]:
        """The model as (JSON, npz)."""
        meta = {
            "format": FORMAT,
            "labels": list(self.labels),
            "terms": list(self.terms),
            "features_version": self.features_version,
            "encoder_version": self.encoder_version,
            "new": sorted(self.new),
            "thresholds": {name: asdict(head.thresholds) for name, head in self.heads.items()},
        }
        arrays: dict[str, Any] = {part: getattr(self, part) for part in ("idf", "ngram", "center", "scale")}
        for at, (weights, bias) in enumerate(self.hidden):
            arrays[f"hidden.{at}.weights"], arrays[f"hidden.{at}.bias"] = weights, bias
        for name, head in self.heads.items():
            arrays[f"{name}.share"], arrays[f"{name}.bias"] = head.share, head.bias
            for part in ("dense", "raised"):
                if (array := getattr(head, part)) is not None:
                    arrays[f"{name}.{part}"] = array
        buffer = io.BytesIO()
        np.savez_compressed(buffer, **arrays)
        return json.dumps(meta, ensure_ascii=False).encode(), buffer.getvalue()

    @classmethod
    def loads(cls, meta_bytes: bytes, array_bytes: bytes) -> Model:
        """The model of these bytes. Raises ModelFileError where they are not one."""
        try:
            meta = json.loads(meta_bytes)
            if meta["format"] != FORMAT:
                raise ModelFileError(f"模型文件的格式是 {meta['format']},这个版本只认 {FORMAT}")
            with np.load(io.BytesIO(array_bytes), allow_pickle=False) as stored:
                arrays = {name: stored[name] for name in stored.files}
            model = cls(
                labels=tuple(meta["labels"]),
                terms={term: i for i, term in enumerate(meta["terms"])},
                idf=arrays["idf"],
                ngram=arrays["ngram"],
                center=arrays["center"],
                scale=arrays["scale"],
                features_version=meta["features_version"],
                encoder_version=meta["encoder_version"],
                new=frozenset(meta.get("new", ())),
                hidden=tuple(
                    (arrays[f"hidden.{at}.weights"], arrays[f"hidden.{at}.bias"])
                    for at in range(sum(name.startswith("hidden.") for name in arrays) // 2)
                ),
                heads={
                    name: Head(
                        arrays[f"{name}.share"],
                        arrays[f"{name}.bias"],
                        Thresholds(**limits),
                        arrays.get(f"{name}.dense"),
                        arrays.get(f"{name}.raised"),
                    )
                    for name, limits in meta["thresholds"].items()
                },
            )
        except ModelFileError:
            raise
        except Exception as error:  # damage shows as whatever json, zipfile, zlib or numpy trips over
            raise ModelFileError(f"模型文件读不出来:{error}") from error
        model.check()
        return model

    def check(self) -> None:
        """Raises ModelFileError where a part that serving needs is missing or the shapes do not fit."""
        if "ngram" not in self.heads:
            raise ModelFileError("模型文件里没有 ngram 这个头")
        if BENIGN not in self.labels:
            raise ModelFileError(f"模型文件里没有 {BENIGN} 这个类型")
        for part, vector in (("center", self.center), ("scale", self.scale)):
            _same_shape(part, vector, (DIMENSION,))
        _same_shape("idf", self.idf, (len(self.terms),))
        outputs = len(self.labels) + len(MARKS)
        _same_shape("ngram", self.ngram, (len(self.terms), outputs))
        width = DIMENSION
        for at, (weights, bias) in enumerate(self.hidden):
            _same_shape(f"hidden.{at}.weights", weights, (width, len(bias)))
            width = len(bias)
        features = DIMENSION + (width if self.hidden else 0)
        for name, head in self.heads.items():
            _same_shape(f"{name}.share", head.share, (outputs,))
            _same_shape(f"{name}.bias", head.bias, (outputs,))
            if head.dense is not None:
                _same_shape(f"{name}.dense", head.dense, (features, outputs))
            if head.raised is not None:
                _same_shape(f"{name}.raised", head.raised, (len(self.labels),))


def widened(vectors: Floats, hidden: Hidden) -> Floats:
    """Vectors (..., 384) with the last hidden layer's units beside them; as they were where there is none."""
    if not hidden:
        return vectors
    units = vectors
    for weights, bias in hidden:
        units = np.maximum(units @ weights + bias, 0.0)
    return np.concatenate([vectors, units], axis=-1)


def _same_shape(part: str, found: Floats, wanted: tuple[int, ...]) -> None:
    if found.shape != wanted:
        raise ModelFileError(f"模型文件里 {part} 的形状是 {found.shape},应该是 {wanted}")


def content_hash(meta: bytes, arrays: bytes) -> str:
    """SHA-256 (hex) over both parts of a model file."""
    return hashlib.sha256(len(meta).to_bytes(8, "big") + meta + arrays).hexdigest()
