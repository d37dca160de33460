"""Turns a verdict and a card into the lines and buttons of a reply. Every sentence comes from the cards."""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Literal

from intents.knowledge import Card, Contrast, Knowledge, Said, Stage
from intents.text import prepare
from intents.types import NOTHING, OTHER, Button, Lang, Reply, Verdict

Emergency = Literal["happening", "paid", "code", "remote"]
REASONS = 3
LINK = re.compile(
    r"(?:https?://|www\.)[^\s\u4e00-\u9fff]+|"
    r"\b[a-z0-9-]{2,}\.(?:com|cn|top|xyz|vip|cc|net|info|shop|icu|ru)\b(?:/[^\s\u4e00-\u9fff]*)?",
    re.IGNORECASE,
)
"""A link in a user's text: never repeated in a reply, for some channels would make it a thing to press."""
STANDARD = ("paid", "not_this", "next", "verify", "family")


@dataclass(frozen=True, slots=True)
class Station:
    """The police station that runs the bot; empty strings where it is not set."""

    name: str = ""
    phone: str = ""
    address: str = ""


def items(texts: Iterable[str]) -> list[str]:
    """Lines of a list."""
    return [f"· {text}" for text in texts]


@dataclass(frozen=True, slots=True)
class Writer:
    """Writes replies in one language."""

    knowledge: Knowledge
    lang: Lang
    station: Station = Station()

    def line(self, key: str, /, **values: str) -> str:
        """A line of talk.yaml with its fields filled."""
        return self.knowledge.talk.line(key, self.lang, **values)

    def say(self, said: Said) -> str:
        """A card's text in this language."""
        return said.in_(self.lang)

    def buttons(self, *names: str) -> tuple[Button, ...]:
        """Standard buttons by name; the name is the payload."""
        return tuple(Button(self.say(self.knowledge.talk.buttons[name]), name) for name in names)

    def reply(
        self, lines: Sequence[str], verdict: Verdict = NOTHING, buttons: tuple[Button, ...] = ()
    ) -> Reply:
        """The finished reply."""
        return Reply(tuple(lines), verdict, buttons, self.lang)

    def pair(self, name: str, *buttons: str, verdict: Verdict = NOTHING) -> Reply:
        """The two-line reply `name` and `name_do` of talk.yaml."""
        return self.reply([self.line(name), self.line(f"{name}_do")], verdict, self.buttons(*buttons))

    # ---- a scam ------------------------------------------------------------------------------

    def danger(self, card: Card, verdict: Verdict, raw: str, stage: Stage | None) -> Reply:
        """A known type: its name, what to do, why in the user's words, the stage, one line to remember."""
        lines = [self.line("danger", name=self.say(card.name)), self.say(card.do_now[0])]
        reasons = self.reasons(card, verdict, raw)
        if reasons:
            lines += ["", self.line("why"), *items(reasons)]
        if stage:
            lines += ["", self.line("stage", stage=self.say(stage.name)) + self._gap() + self.say(stage.next)]
        lines += self._steps(card)
        lines += ["", self.line("remember", line=self.say(card.remember)), *self._unreviewed(card)]
        return self.reply(lines, verdict, self.buttons(*STANDARD))

    def _steps(self, card: Card) -> list[str]:
        """What to do besides the first thing; an officer's card may know of nothing else."""
        steps = items(self.say(step) for step in card.do_now[1:])
        return ["", self.line("do_title"), *steps] if steps else []

    def reasons(self, card: Card, verdict: Verdict, raw: str) -> list[str]:
        """Why: each cue with the sign it shows; at most `REASONS`."""
        found: list[str] = []
        used: set[int] = set()
        plain: list[str] = []
        for cue in verdict.cues:
            prepared = prepare(raw[cue.start : cue.end]).value
            shown = LINK.sub("（链接）", cue.text.replace("\n", " ").strip())
            sign = next(
                (s for i, s in enumerate(card.signs) if i not in used and s.pattern.search(prepared)), None
            )
            if sign:
                used.add(card.signs.index(sign))
                found.append(self.line("cue", cue=shown, sign=self.say(sign)))
            else:
                plain.append(shown)
        if not found and plain:
            found = [self.line("cue_alone", cue=plain[0])]
        return found[:REASONS]

    def caution(self, card: Card, verdict: Verdict, rival: Card | None) -> tuple[Reply, tuple[str, str]]:
        """Not sure: says so and asks the one question that separates; also gives what was asked about."""
        contrast = self._contrast(card, rival)
        lines = [self.line("caution", name=self.say(card.name)), self.line("caution_do"), ""]
        if contrast and rival:
            lines.append(self.line("more", ask=self.say(contrast.ask)))
            choices = (
                Button(self.say(contrast.this), f"pick:{card.id}"),
                Button(self.say(contrast.other), f"pick:{rival.id}"),
            )
            pending = (card.id, rival.id)
        else:
            lines.append(self.line("more", ask=self.line("ask_money")))
            yes, no = self.buttons("yes", "no")
            choices = (Button(yes.label, f"pick:{card.id}"), Button(no.label, "neither"))
            return self.reply(lines, verdict, (*choices, *self.buttons("paid"))), (card.id, "")
        return self.reply(lines, verdict, (*choices, *self.buttons("neither", "paid"))), pending

    def _contrast(self, card: Card, rival: Card | None) -> Contrast | None:
        if rival is None:
            return None
        own = next((c for c in card.contrast if c.with_ == rival.id), None)
        if own:
            return own
        theirs = next((c for c in rival.contrast if c.with_ == card.id), None)
        return theirs.model_copy(update={"this": theirs.other, "other": theirs.this}) if theirs else None

    def about(self, card: Card, verdict: Verdict = NOTHING) -> Reply:
        """The card itself, as somebody asks for it: what it is, how to recognise it, its course."""
        lines = [self.say(card.name), self.say(card.what), "", self.line("warn")]
        lines += items(self.say(sign) for sign in card.signs[:5])
        lines += ["", self.line("stages", name=self.say(card.name))]
        lines += items(f"{self.say(s.name)}{self._colon()}{self.say(s.does)}" for s in card.stages)
        lines += ["", self.line("audience", line=self.say(card.audience))]
        lines += [self.line("season", line=self.say(card.season))]
        lines += ["", self.line("remember", line=self.say(card.remember)), *self._unreviewed(card)]
        return self.reply(lines, verdict, self.buttons("next", "verify", "family", "paid"))

    # ---- urgent ------------------------------------------------------------------------------

    def urgent(self, kind: Emergency, card: Card | None, verdict: Verdict) -> Reply:
        """What to do this minute, in the first ten, what to say to 110, evidence, what not to do."""
        urgent = self.knowledge.urgent
        own = card if card and card.id != OTHER else None
        if kind == "happening":
            lines = self._section("minute", urgent.happening)
            if own and verdict.level == "danger":
                lines += [
                    "",
                    self.line("kind", name=self.say(own.name)),
                    *items(map(self.say, own.happening[:3])),
                ]
        elif kind == "paid":
            lines = self._section("minute", urgent.paid_minute) + self._section("ten", urgent.paid_ten)
        else:
            lines = self._section("minute", urgent.code_given if kind == "code" else urgent.remote_control)
        if kind != "happening":
            lines += ["", self.line("say_110"), self.say(urgent.say_110)]
            if own:
                lines += ["", self.line("kind", name=self.say(own.name)), *items(map(self.say, own.paid[3:]))]
                lines += ["", self.line("evidence"), self.say(own.evidence)]
            else:
                lines += self._section("evidence", urgent.evidence)
            lines += self._section("dont", urgent.dont[:4]) + self._section("after", urgent.after[:4])
            if not own:
                lines += ["", self.line("ask_kind")]
        if self.station.name or self.station.phone:
            station = {
                "name": self.station.name,
                "phone": self.station.phone,
                "address": self.station.address,
            }
            lines += ["", self.line("station", **station).strip()]
        head = [self.line(kind), self.line(f"{kind}_do"), ""]
        names = {"happening": ("paid", "code", "verify"), "paid": ("code", "remote", "next", "family")}
        buttons = self.buttons(*names.get(kind, ("paid", "verify")))
        return self.reply(head + lines[1:], verdict, buttons)

    def despair(self, reply: Reply) -> Reply:
        """The first lines for words of despair, then the reply."""
        said = self.say(self.knowledge.urgent.despair)
        cut = "。" if self.lang != "en" else ". "
        first, _, rest = said.partition(cut)
        return self.reply([first + cut.strip(), rest, "", *reply.lines], reply.verdict, reply.buttons)

    def _section(self, title: str, texts: Iterable[Said]) -> list[str]:
        return ["", self.line(title), *items(self.say(text) for text in texts)]

    # ---- follow-ups --------------------------------------------------------------------------

    def next_step(self, card: Card, stage: Stage | None) -> Reply:
        """What the scammer does next; the whole course where the stage is not known."""
        following = card.after(stage) if stage else None
        if stage is None:
            lines = [self.line("stages", name=self.say(card.name)), self.line("next_do"), ""]
            lines += items(f"{self.say(s.name)}{self._colon()}{self.say(s.does)}" for s in card.stages)
        else:
            lines = [self.line("next", next=self.say(stage.next)), self.line("next_do")]
            if following:
                lines += ["", self.line("next_says", says=self.say(following.says))]
        return self.reply(lines, NOTHING, self.buttons("paid", "verify", "family"))

    def verify(self, card: Card) -> Reply:
        """How the real thing works and how to check it by one's own way."""
        lines = [self.line("verify"), self.say(card.genuine), "", self.line("verify_96110")]
        return self.reply(lines, NOTHING, self.buttons("paid", "next", "family"))

    def family(self, card: Card) -> Reply:
        """Words to tell one's family with."""
        lines = [
            self.line("family"),
            self.say(card.family),
            "",
            self.line("remember", line=self.say(card.remember)),
        ]
        return self.reply(lines, NOTHING, self.buttons("next", "verify"))

    def known_person(self, card: Card) -> Reply:
        """An acquaintance recommended it: look at the deal, not the person."""
        more = self.line("known_person_more", warning=self.say(card.warnings[0]))
        lines = [self.line("known_person"), self.line("known_person_do"), "", more]
        return self.reply(lines, NOTHING, self.buttons("verify", "next", "paid"))

    def what_now(self, card: Card) -> Reply:
        """What to do while it is only suspected."""
        lines = [self.line("what_now"), self.say(card.do_now[0]), *self._steps(card)]
        return self.reply(lines, NOTHING, self.buttons("paid", "happening", "verify", "family"))

    def not_this(self, types: Sequence[str]) -> Reply:
        """The user says it is another kind: the next likeliest to choose from."""
        cards = [self.knowledge.card(name) for name in types if name in self.knowledge.cards]
        choices = tuple(Button(self.say(card.name), f"pick:{card.id}") for card in cards)
        lines = [self.line("not_this"), self.line("not_this_do")]
        return self.reply(lines, NOTHING, (*choices, *self.buttons("neither", "not_scam", "types")))

    def all_types(self) -> Reply:
        """Every type, each a button."""
        cards = [c for c in self.knowledge.cards.values() if c.id != OTHER] + [self.knowledge.cards[OTHER]]
        choices = tuple(Button(self.say(card.name), f"type:{card.id}") for card in cards)
        lines = [self.line("types"), self.line("types_do"), ""]
        lines += items(f"{self.say(c.name)}{self._colon()}{self.say(c.remember)}" for c in cards)
        return self.reply(lines, NOTHING, choices)

    def nothing_known(self, verdict: Verdict) -> Reply:
        """No known pattern was seen; never "safe", and how to check."""
        lines = [self.line("none"), self.line("none_do"), "", self.line("none_check")]
        return self.reply(lines, verdict, self.buttons("paid", "types"))

    def languages(self) -> Reply:
        """The languages to choose from."""
        names: tuple[tuple[str, Lang], ...] = (("简体中文", "zh"), ("繁體中文", "zh-Hant"), ("English", "en"))
        choices = tuple(Button(label, f"lang:{lang}") for label, lang in names)
        return self.reply([self.line("lang"), self.line("lang_do")], NOTHING, choices)

    def _unreviewed(self, card: Card) -> list[str]:
        reviewed = card.reviewed.en if self.lang == "en" else card.reviewed.zh
        return [] if reviewed else ["", self.line("unreviewed")]

    def _colon(self) -> str:
        return ": " if self.lang == "en" else "："

    def _gap(self) -> str:
        return " " if self.lang == "en" else ""
