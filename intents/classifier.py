"""Text -> Verdict with the arrays of one model. Immutable: a new version is a new Classifier."""

from __future__ import annotations

import hashlib
import re
import threading
from collections import Counter, OrderedDict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import TypeVar

import numpy as np
from numpy.typing import NDArray

from intents import cues, segments
from intents.acts import MARK
from intents.encoder import Encoder, Vectors
from intents.features import Feature, features_version, placed
from intents.model import Floats, Head, Model, ModelFileError, widened
from intents.text import Text, has_words, is_mongolian_script, prepare
from intents.types import BENIGN, NOTHING, Choice, Cue, Level, Verdict

STRONGEST = 3
"""A long text is judged by so many of its strongest windows by the n-gram head, and these alone are embedded
(eight gave the same verdicts: ADR 0002); each is weighed by its odds of scam ..."""
EMPHASIS = 0.5
"""... to this power, so that ordinary pages around a scam do not hide it.

Held-out writers' texts, n-gram head: a scam among ten ordinary texts is noticed .50 of the time (.05 with
equal weights), ten ordinary texts alone raise caution .02 of the time (0); power 1 gives .59 and .07.
"""
NAMED = 0.4
"""`danger` names a type: where the likeliest has less than this probability, the level is `caution`."""
NEW_DANGER = 0.999
"""`danger` for a type that was learned from a few scripts: they do not tell what is ordinary in its field, so
only a text that is nearly theirs is called so; others get `caution` (ADR 0006)."""
WARNED = 0.5
"""What a new type gains against the other scams counts so much against ordinary talk: it is told from them by the
names that people give it, and from ordinary questions of its field by little else (ADR 0006)."""
CONCEIVABLE = 0.3
"""A mark needs this probability of any scam: "现在能不能…" of ordinary talk is no emergency, and in an ordinary
dispute money has gone, too (ADR 0002)."""
CACHED = 2048
"""Verdicts kept for texts asked again, by hash and without words; a swap brings an empty cache."""


Real = TypeVar("Real", np.float32, np.float64)
Weighed = tuple[NDArray[np.intp], Floats]
"""Indices of a window's known terms, and their values."""


@dataclass(frozen=True, slots=True)
class Scored:
    """One window of a text: its place in the prepared text, features, what its terms say, and outputs (logits)."""

    start: int
    end: int
    features: list[Feature]
    weighed: Weighed
    said: Floats
    logits: Floats


class Classifier:
    """Serves one model. Thread-safe; the encoder may be absent, then the n-gram head serves."""

    def __init__(
        self,
        model: Model,
        encoder: Encoder | None = None,
        signs: Mapping[str, Sequence[re.Pattern[str]]] | None = None,
    ) -> None:
        if model.features_version != features_version():
            raise ModelFileError("模型和这个版本的分词、规范化对不上,要用它的样本重新训练(fanzha retrain)")
        self.model = model
        self.signs = signs or {}
        fits = encoder is not None and encoder.version == model.encoder_version and "full" in model.heads
        self.encoder = encoder if fits else None
        self.head_name = "full" if fits else "ngram"
        self._head: Head = model.heads[self.head_name]
        self._fast: Head = model.heads["ngram"]
        self._benign = model.labels.index(BENIGN)
        self._types = len(model.labels)
        self._acts = np.fromiter((term.startswith(MARK) for term in model.terms), bool, len(model.terms))
        self._cache: OrderedDict[bytes, Verdict] = OrderedDict()
        self._lock = threading.Lock()

    # ---- the one question ---------------------------------------------------------------------

    def classify(self, raw: str, prepared: Text | None = None) -> Verdict:
        """The verdict on a text as sent. Nothing to read, or Mongolian script: nothing suspicious.

        `prepared`: what `prepare` made of it, where the caller has it already.
        """
        if not has_words(raw) or is_mongolian_script(raw):
            return NOTHING
        key = hashlib.blake2b(raw.encode("utf8", "surrogatepass"), digest_size=16).digest()
        with self._lock:
            known = self._cache.get(key)
            if known is not None:
                self._cache.move_to_end(key)
        if known is not None:
            return replace(known, cues=tuple(Cue(c.start, c.end, raw[c.start : c.end]) for c in known.cues))
        text = prepared or prepare(raw)
        verdict = self._classify(text, raw) if has_words(text.value) else NOTHING
        wordless = replace(verdict, cues=tuple(Cue(c.start, c.end, "") for c in verdict.cues))
        with self._lock:
            self._cache[key] = wordless
            if len(self._cache) > CACHED:
                self._cache.popitem(last=False)
        return verdict

    def _classify(self, text: Text, raw: str) -> Verdict:
        scored = self.windows(text.value)
        probability, marks = self.probabilities(scored)
        limits = self._head.thresholds
        order = [int(i) for i in np.argsort(-probability) if i != self._benign]
        scam = 1.0 - float(probability[self._benign])
        level = self._level(scam, order[0], float(probability[order[0]]))
        best = self._benign if level == "none" else order[0]
        marked = (marks >= (limits.paid, limits.happening)) & (scam >= CONCEIVABLE)
        others = [i for i in np.argsort(-probability) if i != best and (level == "none" or i != self._benign)]
        return Verdict(
            type=self.model.labels[best],
            probability=round(float(probability[best]), 4),
            level=level,
            paid=bool(marked[0]),
            happening=bool(marked[1]),
            alternatives=tuple(
                Choice(self.model.labels[i], round(float(probability[i]), 4)) for i in others[:2]
            ),
            cues=() if level == "none" else self._cues(text, raw, scored, best),
        )

    def _level(self, scam: float, likeliest: int, named: float) -> Level:
        """The level for a probability of any scam and that of the likeliest type."""
        limits = self._head.thresholds
        danger = NEW_DANGER if self.model.labels[likeliest] in self.model.new else limits.danger
        if scam >= danger and named >= NAMED:
            return "danger"
        return "caution" if scam >= limits.caution else "none"

    # ---- windows ------------------------------------------------------------------------------

    def windows(self, value: str) -> list[Scored]:
        """The windows of a prepared text: the `STRONGEST`, the strongest first, then the others.

        With an encoder, the strongest have the outputs of the full head, the others those of the n-gram head.
        """
        scored = []
        for start, end in segments.windows(value):
            features = placed(value[start:end])
            weighed = self.weigh(features)
            said = self._said(weighed)
            scored.append(Scored(start, end, features, weighed, said, _outputs(said, self._fast)))
        scored.sort(key=lambda window: -self._strength(window.logits))
        if self.encoder is None:
            return scored
        chosen, others = scored[:STRONGEST], scored[STRONGEST:]
        vectors = self.vectors([value[window.start : window.end] for window in chosen])
        chosen = [
            replace(w, logits=_outputs(w.said, self._head, vector))
            for w, vector in zip(chosen, vectors, strict=True)
        ]
        return sorted(chosen, key=lambda window: -self._strength(window.logits)) + others

    def vectors(self, texts: Sequence[str]) -> Vectors:
        """The encoder's vectors as the dense block takes them: centred, scaled and widened."""
        assert self.encoder is not None
        scaled: Vectors = (self.encoder.encode(texts) - self.model.center) * self.model.scale
        return widened(scaled, self.model.hidden)

    def _said(self, weighed: Weighed) -> Floats:
        """What the terms say of each output, before a head scales it."""
        indices, values = weighed
        said: Floats = values @ self.model.ngram[indices]
        return said

    def weigh(self, features: Sequence[Feature]) -> Weighed:
        """TF-IDF of known terms as (indices, values): (1 + ln tf) * idf, length 1, beside it the acts.

        An act counts the same in a long text as in a short one, so it stands outside the length.
        """
        known = self.model.terms
        counts = Counter([known[term] for term, _, _ in features if term in known])
        indices = np.fromiter(counts.keys(), np.intp, len(counts))
        tf = np.fromiter(counts.values(), np.float32, len(counts))
        values = (1.0 + np.log(tf)) * self.model.idf[indices]
        lexical = values * ~self._acts[indices]
        norm = float(np.sqrt(lexical @ lexical)) or 1.0
        return indices, np.where(self._acts[indices], values, values / norm).astype(np.float32)

    def probabilities(self, scored: Sequence[Scored]) -> tuple[Floats, Floats]:
        """(types,) of a text's strongest windows and (marks,) of all of them, ordered as `windows` gives them."""
        strongest = np.stack([window.logits[: self._types] for window in scored[:STRONGEST]])
        odds = np.array([self._strength(logits) for logits in strongest], np.float32)
        types = softmax(softmax(EMPHASIS * odds) @ strongest)
        types = raised(types, self._head.raised, self._benign)
        marks = 1.0 / (1.0 + np.exp(-np.stack([window.logits[self._types :] for window in scored])))
        return types, marks.max(axis=0)

    def _strength(self, logits: Floats) -> float:
        types = logits[: self._types]
        others = np.delete(types, self._benign)
        return float(np.logaddexp.reduce(others) - types[self._benign])

    # ---- cues ---------------------------------------------------------------------------------

    def sign_cues(self, label: str, raw: str) -> tuple[Cue, ...]:
        """The phrases of a text that a type's own signs describe, whatever the verdict."""
        text = prepare(raw)
        return cues.shown(raw, text, cues.from_signs(text.value, self.signs.get(label, ())))

    def _cues(self, text: Text, raw: str, scored: Sequence[Scored], best: int) -> tuple[Cue, ...]:
        label = self.model.labels[best]
        spans = cues.from_signs(text.value, self.signs.get(label, ()))
        for window in scored[: STRONGEST if len(scored) > 1 else 1]:
            spans += cues.from_weights(window.features, window.start, self._gain(window, best))
        if not spans:
            spans = [self._decisive_clause(text.value, scored[0], best)]
        return cues.shown(raw, text, spans)

    def _gain(self, window: Scored, best: int) -> dict[str, float]:
        """What each known term adds to the type against benign, in logits."""
        indices, values = window.weighed
        ngram, share, benign = self.model.ngram, self._head.share, self._benign
        weights = ngram[indices, best] * share[best] - ngram[indices, benign] * share[benign]
        gains = dict(zip(indices.tolist(), (values * weights).tolist(), strict=True))
        known = self.model.terms
        return {term: gains[known[term]] for term, _, _ in window.features if term in known}

    def _decisive_clause(self, value: str, window: Scored, best: int) -> tuple[int, int, float]:
        """The clause without which the n-gram head finds the type least likely; at most six are tried."""
        piece = value[window.start : window.end]
        tried = sorted(segments.clauses(piece), key=lambda span: span[0] - span[1])[:6]
        if len(tried) < 2:
            return window.start, window.end, 1.0
        rests = [
            _outputs(self._said(self.weigh(placed(piece[:start] + piece[end:]))), self._fast)
            for start, end in tried
        ]
        start, end = tried[int(np.argmin([rest[best] - rest[self._benign] for rest in rests]))]
        return window.start + start, window.start + end, 1.0


def _outputs(said: Floats, head: Head, vector: Floats | None = None) -> Floats:
    """A head's outputs of what the terms say and of a widened vector."""
    out = head.bias + said * head.share
    if vector is not None and head.dense is not None:
        out = out + vector @ head.dense
    return out.astype(np.float32)


def raised(types: NDArray[Real], gain: Floats | None, benign: int) -> NDArray[Real]:
    """Probabilities (..., types) after some types' logits gain as much among the scams, and `WARNED` of it
    against ordinary talk. The same where there is no gain."""
    if gain is None:
        return types
    warned = types * np.exp(WARNED * gain)
    plain = warned[..., benign] / warned.sum(axis=-1)
    named = types * np.exp(gain)
    named[..., benign] = 0.0
    out: NDArray[Real] = named * ((1.0 - plain) / np.maximum(named.sum(axis=-1), 1e-30))[..., None]
    out[..., benign] = plain
    return out


def softmax(logits: NDArray[Real]) -> NDArray[Real]:
    """Probabilities of logits (..., types)."""
    shifted = np.exp(logits - logits.max(axis=-1, keepdims=True))
    out: NDArray[Real] = shifted / shifted.sum(axis=-1, keepdims=True)
    return out
