"""Officers look at what users handed over, on Telegram: one text at a time, one press each."""

from __future__ import annotations

from collections.abc import Callable, Sequence

from bot.officers.people import Actor
from bot.officers.review import Decision, Review
from bot.store.handed import Handed
from bot.telegram_officers_screens import (
    BENIGN_NAME,
    Shown,
    button,
    harmless,
    screen,
    type_buttons,
    type_name,
    when,
)
from intents.knowledge import Knowledge
from intents.types import BENIGN, Reply

PART = "r"
LEVELS = {"danger": "危险", "caution": "小心", "none": "没看出"}
LANGS = {"zh": "简体", "zh-Hant": "繁体", "en": "英文"}
CHANNELS = {"telegram": "Telegram", "web": "网页", "terminal": "终端"}
DECISIONS: dict[str, Decision] = {"y": "right", "t": "other", "n": "benign", "x": "drop"}


class ReviewScreens:
    """The screens of /review."""

    def __init__(self, review: Review, knowledge: Callable[[], Knowledge]) -> None:
        self._review = review
        self._knowledge = knowledge

    def command(self, actor: Actor, argument: str) -> Shown:
        """The oldest text that waits."""
        return Shown(self._next(0.0))

    def press(self, actor: Actor, words: Sequence[str]) -> Shown:
        """A decision, the types to choose from, or the text after one."""
        match list(words):
            case ["next", after]:
                return Shown(self._next(_moment(after)))
            case ["types", handed_id]:
                return Shown(self._types(self._review.open(handed_id)))
            case ["show", handed_id]:
                return Shown(self._shown(self._review.open(handed_id)))
            case [verb, handed_id, *rest] if verb in DECISIONS:
                return Shown(self._decided(actor, handed_id, DECISIONS[verb], rest[0] if rest else ""))
        return Shown(self._next(0.0))

    def read(self, actor: Actor, words: Sequence[str], text: str) -> Shown:
        """Nothing is waited for here."""
        return Shown(self._next(0.0))

    def _next(self, after: float) -> Reply:
        found = self._review.waiting(limit=1, after=after) or self._review.waiting(limit=1)
        if not found:
            return screen("没有等着看的。", "用户按“交给民警看看”，才会到这里来。")
        return self._shown(found[0])

    def _shown(self, found: Handed) -> Reply:
        known = self._knowledge()
        seen = found.seen
        judged = f"{type_name(known, seen.type)}，{LEVELS[seen.level]}，{seen.probability:.0%}"
        lines = [f"等着看的有 {self._review.count()} 条", f"机器人判断：{judged}"]
        marks = [name for name, mark in (("钱或码已给", found.paid), ("正在发生", found.happening)) if mark]
        if marks:
            lines.append(f"标记：{'、'.join(marks)}")
        if found.claim:
            lines.append(f"用户自己说：{type_name(known, found.claim)}")
        origin = [CHANNELS.get(found.channel, found.channel), LANGS.get(found.lang, found.lang)]
        wants = "，想知道结果" if found.wants_news else ""
        lines += [f"{when(found.at)} {' '.join(filter(None, origin))}{wants}", "", marked(found)]
        right = "判对了" if seen.type != BENIGN else "判对了：不是骗局"
        buttons = [button(right, PART, "y", found.id), button("是别的类型", PART, "types", found.id)]
        if seen.type != BENIGN:
            buttons.append(button(BENIGN_NAME, PART, "n", found.id))
        buttons.append(button("看不出来", PART, "x", found.id))
        if self._review.count() > 1:
            buttons.append(button("先看下一条", PART, "next", repr(found.at)))
        return screen(*lines, buttons=buttons)

    def _types(self, found: Handed) -> Reply:
        buttons = type_buttons(self._knowledge(), PART, "t", found.id, benign=False)
        back = button("返回", PART, "show", found.id)
        return screen("这条是哪一类？", "按一个就定下来。", "", marked(found), buttons=[*buttons, back])

    def _decided(self, actor: Actor, handed_id: str, decision: Decision, type_id: str) -> Reply:
        ruled = self._review.decide(actor, handed_id, decision, type_id)
        said = type_name(self._knowledge(), ruled.type) if ruled.type else "看不出来"
        told = "用户会知道结果。" if ruled.handed.wants_news else ""
        left = self._review.count()
        more = [button(f"下一条（还有 {left} 条）", PART, "next", repr(ruled.handed.at))] if left else []
        return screen(f"定了：{said}。", f"{ruled.note}。{told}", buttons=more)


def marked(found: Handed) -> str:
    """The text with what gave it away between 【 and 】, and no link to press."""
    at, parts = 0, []
    for start, end in sorted(found.seen.cues):
        if start >= at:
            parts += [found.text[at:start], "【", found.text[start:end], "】"]
            at = end
    return harmless("".join((*parts, found.text[at:])))


def _moment(word: str) -> float:
    try:
        return float(word)
    except ValueError:
        return 0.0
