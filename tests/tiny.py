"""A tiny corpus, a fake encoder and a classifier that says what it is told: parts for tests."""

from __future__ import annotations

import threading
import zlib
from collections import defaultdict
from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace

import numpy as np

from intents.advisor import Advisor
from intents.encoder import DIMENSION, Vectors
from intents.examples import HELD_OUT, Example, load
from intents.knowledge import Knowledge
from intents.text import Text, prepare
from intents.types import BENIGN, NOTHING, Choice, Conversation, Cue, Message, Reply, Verdict
from training.fit import Effort

SCAMS, TALK = 6, 48
"""Examples of each scam type, and of ordinary talk: 156 in all."""
EFFORT = Effort(folds=2, min_df=2)
LAST_WRITER = 54
"""Of later writers none is taken, so that the small corpora of tests are not others with each batch."""

FORMS = {
    "quiet": lambda e: not (e.paid or e.happening),
    "paid": lambda e: e.paid and not e.happening,
    "happening": lambda e: e.happening,
}


def corpus() -> list[Example]:
    """The same ~150 shipped examples each time: of every type some plain, paid, happening and held out."""
    of_type: dict[str, list[Example]] = defaultdict(list)
    for example in settled(load()):
        if 10 <= len(example.text) <= 160:
            of_type[example.type].append(example)
    chosen: list[Example] = []
    for label, found in sorted(of_type.items()):
        held = [e for e in found if e.group in HELD_OUT]
        own = [e for e in found if e.group not in HELD_OUT]
        if label == BENIGN:
            chosen += [*_spread(own, TALK - 8), *_spread(held, 8)]
            continue
        quiet, paid, happening = ([e for e in own if wanted(e)] for wanted in FORMS.values())
        chosen += [*_spread(quiet, SCAMS - 3), *paid[:1], *happening[:1], *held[:1]]
    return chosen


def settled(examples: Sequence[Example]) -> list[Example]:
    """Those of the writers up to LAST_WRITER."""
    return [example for example in examples if int(example.group.removeprefix("w")) <= LAST_WRITER]


def _spread(found: Sequence[Example], count: int) -> list[Example]:
    """So many of them, evenly over the list and so over its writers."""
    return [found[i * len(found) // count] for i in range(count)]


def spread(examples: Sequence[Example], scams: int, talk: int) -> list[Example]:
    """So many settled examples of each scam type, and of ordinary talk; fewer where there are fewer."""
    of_type: dict[str, list[Example]] = defaultdict(list)
    for example in settled(examples):
        of_type[example.type].append(example)
    return [
        example
        for label, found in sorted(of_type.items())
        for example in _spread(found, min(len(found), talk if label == BENIGN else scams))
    ]


class HashEncoder:
    """Implements intents.encoder.Encoder: character n-grams hashed into 384 signed counts; keeps what it saw.

    Raises KeyboardInterrupt before text number `stop_at` (from 0), as if somebody pressed Ctrl+C.
    """

    def __init__(self, version: str = "hash-1", stop_at: int | None = None) -> None:
        self.version = version
        self.stop_at = stop_at
        self.seen: list[str] = []
        self._lock = threading.Lock()

    def encode(self, texts: Sequence[str]) -> Vectors:
        """Unit vectors of shape (len(texts), DIMENSION)."""
        out = np.zeros((len(texts), DIMENSION), np.float32)
        for row, text in zip(out, texts, strict=True):
            with self._lock:
                if self.stop_at is not None and len(self.seen) >= self.stop_at:
                    raise KeyboardInterrupt
                self.seen.append(text)
            for size in (1, 2, 3):
                for i in range(len(text) - size + 1):
                    code = zlib.crc32(text[i : i + size].encode("utf8", "replace"))
                    row[code % DIMENSION] += 1.0 if code & 0x10000 else -1.0
        out /= np.maximum(np.linalg.norm(out, axis=1, keepdims=True), 1e-6)
        return out


def scam(type_id: str, level: str = "danger", **more: object) -> Verdict:
    """A verdict of this type."""
    return replace(Verdict(type_id, 0.9, "danger"), level=level, **more)  # type: ignore[arg-type]


def cue(text: str, phrase: str) -> Cue:
    """The cue that this phrase of the text is."""
    start = text.index(phrase)
    return Cue(start, start + len(phrase), phrase)


class Says:
    """Stands in for a Classifier where a rule is under test: gives fixed verdicts, `otherwise` for the rest."""

    def __init__(self, verdicts: Mapping[str, Verdict] | None = None, otherwise: Verdict = NOTHING) -> None:
        self.verdicts = dict(verdicts or {})
        self.otherwise = otherwise
        self.asked: list[str] = []

    def classify(self, raw: str, prepared: Text | None = None) -> Verdict:
        """The fixed verdict on this text."""
        self.asked.append(raw)
        return self.verdicts.get(raw, self.otherwise)

    def sign_cues(self, label: str, raw: str) -> tuple[Cue, ...]:
        """The whole text as one cue of whatever type."""
        return (Cue(0, len(raw), raw),) if raw else ()


class Served:
    """Stands in for bot.live.Live: always the same advisor."""

    def __init__(self, advisor: Advisor) -> None:
        self.advisor = advisor

    def get(self) -> Advisor:
        """The advisor that serves now."""
        return self.advisor


class Talker:
    """One conversation with an advisor: remembers its state between messages."""

    def __init__(self, knowledge: Knowledge, classifier: Says | None = None, **state: object) -> None:
        self.classifier = classifier or Says()
        self.advisor = Advisor(knowledge, self.classifier)  # type: ignore[arg-type]
        self.state = Conversation(**state)  # type: ignore[arg-type]

    def say(self, text: str = "", kind: str = "text") -> Reply:
        """The reply to a text, or to a thing of another kind."""
        return self._send(Message(text, kind))  # type: ignore[arg-type]

    def press(self, button: str) -> Reply:
        """The reply to a pressed button."""
        return self._send(Message(button=button))

    def _send(self, message: Message) -> Reply:
        reply, self.state = self.advisor.advise(message, self.state)
        return reply


def same_in(lang: str, knowledge: Knowledge, key: str, /, **values: str) -> str:
    """The line `key` of talk.yaml in a language."""
    return knowledge.talk.line(key, lang, **values)  # type: ignore[arg-type]


def out_of_order(raw: str) -> list[tuple[str, tuple[int, int]]]:
    """The characters of the prepared text whose place is not in the text as sent, or not in order."""
    text = prepare(raw)
    wrong, at, until = [], 0, 0
    for char, (start, end) in zip(text.value, text.spans, strict=True):
        if not (0 <= start < end <= len(raw)) or start < at or end < until:
            wrong.append((char, (start, end)))
        at, until = start, end
    return wrong


def choices(*pairs: tuple[str, float]) -> tuple[Choice, ...]:
    """Alternatives of a verdict."""
    return tuple(Choice(name, probability) for name, probability in pairs)


def in_threads(count: int, work: Callable[[int], None]) -> list[BaseException]:
    """Runs `work(0..count-1)` at once, each in a thread of its own; gives what they raised."""
    raised: list[BaseException] = []
    start = threading.Barrier(count)

    def run(number: int) -> None:
        try:
            start.wait(10)
            work(number)
        except BaseException as error:
            raised.append(error)

    threads = [threading.Thread(target=run, args=(i,)) for i in range(count)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(60)
    return raised
