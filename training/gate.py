"""May a candidate go live? Neither chance nor slow decay passes."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass

from scipy.stats import binomtest

from intents.examples import Example
from intents.types import BENIGN, Verdict

ALPHA = 0.05
SLACK = 0.05
"""How far (share) a type's recall or paid recall may lie below the base version's."""
FEWEST = 3
"""And at least so many rows must be lost on balance: of 28 rows one is 3.6 points, and one comes and goes."""
LEARNT = 0.2
"""A new type must be recognised in this share of its own rows, out of fold, or not clearly below it. Scripts of
one upload are often each a scheme of its own, so that the rest says little of the one left out: 24 on fake visas
were found in 5, where a model of all 24 knew 13 of 20 messages about the same schemes."""
TAKEN = 0.01
"""Share of the held-out rows that a new type may take from where they were judged right."""


@dataclass(frozen=True)
class NewType:
    """A type that the live model does not have, measured by its own rows out of fold.

    `rows`, `found`: how many it has, and in how many it was recognised. `taken`: held-out rows of other
    types or ordinary talk that the live model judged right and that are now called this.
    """

    rows: int
    found: int
    taken: int


@dataclass(frozen=True)
class Decision:
    """`reasons` in plain words; empty where the candidate may go live."""

    reasons: tuple[str, ...]

    @property
    def accepted(self) -> bool:
        """Whether the candidate may go live."""
        return not self.reasons


def decide(  # noqa: PLR0913, PLR0917 - three models on one set
    held: Sequence[Example],
    candidate: Sequence[Verdict],
    live: Sequence[Verdict] | None,
    base: Sequence[Verdict] | None,
    new: Mapping[str, NewType],
    name: Callable[[str], str] = str,
) -> Decision:
    """Paired one-sided tests against the live model (Holm, 1979), the floors of the base, the new types.

    All verdicts are on `held`, in its order. `name`: a type's id -> what people call it.
    """
    now = _measures(held, candidate, name)
    reasons: list[str] = []
    if live is not None:
        reasons += _worse(_measures(held, live, name), now)
    if base is not None:
        reasons += _below(_measures(held, base, name), now)
    for label, measured in new.items():
        reasons += _unlearnt(name(label), measured, len(held))
    return Decision(tuple(reasons))


@dataclass(frozen=True)
class _Measure:
    """One score: for each row that it counts, whether it was judged right; whether the base is its floor."""

    hits: list[bool]
    floor: bool


def _measures(
    held: Sequence[Example], verdicts: Sequence[Verdict], name: Callable[[str], str]
) -> dict[str, _Measure]:
    pairs = list(zip(held, verdicts, strict=True))
    found = {
        "总的类型判断": _Measure([v.type == e.type for e, v in pairs], False),
        "像骗局的平常话(难反例)": _Measure([v.level == "none" for e, v in pairs if e.near], False),
        "“已经转钱”的识别": _Measure([v.paid for e, v in pairs if e.paid], True),
    }
    for label in sorted({e.type for e in held} - {BENIGN}):
        hits = [v.type == label for e, v in pairs if e.type == label]
        found[f"“{name(label)}”的识别"] = _Measure(hits, True)
    return found


def _worse(live: Mapping[str, _Measure], now: Mapping[str, _Measure]) -> list[str]:
    """The scores that fell by more than chance, in words."""
    tests = []
    for name, before in live.items():
        pairs = list(zip(before.hits, now[name].hits, strict=True))
        lost, won = sum(b and not a for b, a in pairs), sum(a and not b for b, a in pairs)
        if lost > won:
            p = float(binomtest(lost, lost + won, 0.5, alternative="greater").pvalue)
            words = f"{name}变差了:{len(pairs)} 条里,线上的模型对 {sum(before.hits)} 条,"
            tests.append((p, words + f"新模型只对 {sum(now[name].hits)} 条"))
    tests.sort()
    found = []
    for rank, (p, words) in enumerate(tests):
        if p > ALPHA / (len(live) - rank):
            break
        found.append(words)
    return found


def _below(base: Mapping[str, _Measure], now: Mapping[str, _Measure]) -> list[str]:
    """The scores that lie too far below the base version's, in words."""
    found = []
    for name, before in base.items():
        rows = len(before.hits)
        lost = sum(before.hits) - sum(now[name].hits)
        if before.floor and lost >= FEWEST and lost / rows > SLACK:
            found.append(
                f"{name}比基础版本低了 5 个百分点以上:{rows} 条里,基础版本对 {sum(before.hits)} 条,"
                f"新模型只对 {sum(now[name].hits)} 条"
            )
    return found


def _unlearnt(name: str, new: NewType, held: int) -> list[str]:
    found = []
    if new.rows and binomtest(new.found, new.rows, LEARNT, alternative="less").pvalue < ALPHA:
        found.append(
            f"新类型“{name}”没有学会:轮流留出来考它,{new.rows} 条只认出 {new.found} 条。"
            "请再加一些写法不同的话术"
        )
    if new.taken > max(3, TAKEN * held):
        found.append(
            f"新类型“{name}”抢了别的:{new.taken} 条原来判对的话,现在被说成它。请看看话术里有没有放错的平常话"
        )
    return found
