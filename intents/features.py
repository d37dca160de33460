"""What the linear heads see of a text: jieba words and character n-grams, with their places.

Digits are folded (amounts and account numbers are not vocabulary), public short numbers stay.
"""

from __future__ import annotations

import hashlib
import importlib.metadata
import logging
import re
from functools import lru_cache
from importlib import resources
from itertools import pairwise

import jieba

from intents.acts import runs

jieba.setLogLevel(logging.WARNING)

Feature = tuple[str, int, int]

PUBLIC_NUMBERS = frozenset(
    {"110", "120", "119", "96110", "12381", "12315", "12321", "12356", "12345", "12377"}
)
GRAMS = (1, 2, 3)
"""Lengths of character n-grams."""
PIECE = 4
"""Characters of the pieces of a Cyrillic word: Mongolian says with endings what Chinese says with words."""
_RUN = re.compile(
    r"[\u3400-\u4dbf\u4e00-\u9fff]+|\[[\u4e00-\u9fff]{2}\]|\d+(?:[.,]\d+)*|[^\W\d_\u3400-\u9fff]+|[^\w\s]"
)
_SCHEME = "act-runs+words+pairs+char1-3+cyrillic4,v8"


@lru_cache(maxsize=1)
def tokenizer() -> jieba.Tokenizer:
    """jieba with the project's dictionary of scam slang.

    Its cache in the temporary folder is left alone: anybody may write there, and to read it takes longer.
    """
    cutter = jieba.Tokenizer()
    cutter.FREQ, cutter.total = _dictionary(cutter)
    cutter.initialized = True
    with resources.files("intents").joinpath("slang.txt").open(encoding="utf8") as slang:
        cutter.load_userdict(slang)
    return cutter


def _dictionary(cutter: jieba.Tokenizer) -> tuple[dict[str, int], int]:
    """What jieba's `gen_pfdict` gives: words with their counts, beginnings of words with 0; and the sum."""
    with cutter.get_dict_file() as file:
        columns = file.read().decode("utf8").split()
    words, counts = columns[::3], [int(count) for count in columns[1::3]]
    found = dict(zip(words, counts, strict=True))
    for word in words:
        for end in range(len(word) - 1, 0, -1):
            beginning = word[:end]
            if beginning in found:
                break  # and so is every shorter one
            found[beginning] = 0
    return found, sum(counts)


@lru_cache(maxsize=1)
def features_version() -> str:
    """A hash of all that decides what a text's features are: tables, dictionary, jieba, this scheme."""
    state = hashlib.sha256(_SCHEME.encode())
    for name in (
        "evasions.yaml",
        "slang.txt",
        "text.py",
        "acts.py",
        "acts.yaml",
        "features.py",
        "segments.py",
    ):
        state.update(resources.files("intents").joinpath(name).read_bytes())
    state.update(importlib.metadata.version("jieba").encode())
    return state.hexdigest()[:16]


def placed(text: str) -> list[Feature]:
    """Every feature of a prepared text as (term, start, end) in that text's characters."""
    found: list[Feature] = runs(text)
    words: list[Feature] = []
    for match in _RUN.finditer(text):
        run, start = match.group(), match.start()
        if run[0] == "[" and len(run) > 1:
            words.append((run, start, match.end()))
        elif run[0].isdigit():
            words.append((run if run in PUBLIC_NUMBERS else _digits(run), start, match.end()))
        elif "\u3400" <= run[0] <= "\u9fff":
            _chinese(run, start, words, found)
        elif run[0].isalpha():
            words.append((run[:24], start, match.end()))
            if "\u0400" <= run[0] <= "\u052f":
                _pieces(run[:24], start, found)
        elif run in "??!!":
            found.append((run, start, match.end()))
    found += [("=" + word, start, end) for word, start, end in words]
    found += [(f"={a[0]}+{b[0]}", a[1], b[2]) for a, b in pairwise(words) if b[1] - a[2] <= 1]
    return found


def _digits(run: str) -> str:
    """How long a number is, not which: 7 -> 0, 300 -> 000, 13812345678 -> 00000+."""
    size = sum(char.isdigit() for char in run)
    return "0" * size if size < 6 else "00000+"


def _chinese(run: str, start: int, words: list[Feature], grams: list[Feature]) -> None:
    for size in GRAMS:
        grams += [(run[i : i + size], start + i, start + i + size) for i in range(len(run) - size + 1)]
    at = start
    for word in tokenizer().cut(run, HMM=False):
        words.append((word, at, at + len(word)))
        at += len(word)


def _pieces(word: str, start: int, grams: list[Feature]) -> None:
    """Every run of `PIECE` characters of a word, its ends counting as characters."""
    closed = f"~{word}~"
    for at in range(len(closed) - PIECE + 1):
        begin, end = max(at - 1, 0), min(at - 1 + PIECE, len(word))
        grams.append(("~" + closed[at : at + PIECE], start + begin, start + end))


def terms(text: str) -> list[str]:
    """The features of a prepared text without their places, repeats kept: scikit-learn's analyzer."""
    return [term for term, _, _ in placed(text)]
