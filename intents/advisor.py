"""The pure function (Message, Conversation) -> (Reply, Conversation)."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

from intents import handover, hints
from intents.classifier import Classifier
from intents.knowledge import Card, Knowledge
from intents.replies import Emergency, Station, Writer
from intents.text import (
    Text,
    has_words,
    is_mongolian_script,
    language,
    masked,
    normalise,
    prepare,
)
from intents.types import (
    BENIGN,
    LANGS,
    NOTHING,
    OTHER,
    Conversation,
    Cue,
    Forget,
    Lang,
    Message,
    Reply,
    Verdict,
)

Answer = tuple[Reply, Conversation]

SHORT = 40
"""Small talk and follow-ups are looked for in texts up to so many characters."""
DOUBTED = 0.7
"""Below this probability of being benign, a text without a level is told how to check, not that it is nothing for
us: "羊卖了卡被冻结了" may well be a scam, though not surely enough for `caution`. Out of fold three in five scams
that are missed are told so, and one in twenty ordinary texts."""
REMEMBERED = 400
"""Characters of the masked last message that a conversation holds."""


class Advisor:
    """Knows cards and model; keeps nothing. One immutable object that a swap replaces whole."""

    def __init__(self, knowledge: Knowledge, classifier: Classifier, station: Station | None = None) -> None:
        self.knowledge = knowledge
        self.classifier = classifier
        self.station = station or Station()
        self._phrases: dict[str, Callable[[Writer, Conversation, str], Answer]] = {
            "next": self._next,
            "verify": self._verify,
            "family": self._family,
            "known_person": self._known_person,
            "what_now": self._what_now,
            "real": self._real,
            "types": lambda writer, talk, _: (writer.all_types(), talk),
            "lang": lambda writer, talk, _: (writer.languages(), talk),
            "speak_zh": lambda _, talk, __: self._speak("zh", talk),
            "speak_hant": lambda _, talk, __: self._speak("zh-Hant", talk),
            "speak_en": lambda _, talk, __: self._speak("en", talk),
            "forget": lambda writer, _, __: (
                replace(self._said("forget", writer), wish=Forget()),
                Conversation(),
            ),
            "hand": lambda writer, talk, _: (handover.asked("", writer, talk), talk),
            "news": lambda writer, talk, _: (handover.asks_news(writer), talk),
        }

    def advise(self, message: Message, talk: Conversation) -> Answer:
        """The reply to one message, and what to remember of the conversation."""
        text = message.text.strip()
        talk = replace(talk, lang=self._language(text, talk))
        writer = self._writer(talk)
        if message.button:
            return self._pressed(message.button, writer, talk)
        if not text and message.kind != "text":
            return writer.pair(message.kind if message.kind in _MEDIA else "file"), talk
        if is_mongolian_script(text):
            return writer.pair("mongolian", "paid"), talk
        if not has_words(text):
            return writer.pair("sticker" if text else "empty", "paid", "types"), talk
        hidden = masked(Text.of(text))
        prepared = normalise(hidden)
        if len(text) <= SHORT:
            said = self._small_talk(text, prepared.value, writer, talk)
            if said:
                return said
        reply, after = self._judged(text, hidden, prepared, writer, talk)
        return _as_sent(reply, len(message.text) - len(message.text.lstrip())), after

    def writer(self, lang: Lang) -> Writer:
        """Writes replies in this language, for what the chat has to say of its own acts."""
        return Writer(self.knowledge, lang, self.station)

    # ---- language ------------------------------------------------------------------------------

    def _language(self, text: str, talk: Conversation) -> Lang | None:
        """What was written in first; English and traditional stay until they are changed."""
        if talk.lang in ("en", "zh-Hant"):
            return talk.lang
        return language(text) or talk.lang

    def _writer(self, talk: Conversation) -> Writer:
        return self.writer(talk.lang or "zh")

    def _speak(self, lang: Lang, talk: Conversation) -> Answer:
        talk = replace(talk, lang=lang)
        return self._writer(talk).pair("lang_set"), talk

    # ---- small talk and follow-ups ---------------------------------------------------------------

    def _small_talk(self, text: str, prepared: str, writer: Writer, talk: Conversation) -> Answer | None:
        for name, phrase in self.knowledge.talk.phrases.items():
            if phrase.matches(prepared):
                special = self._phrases.get(name)
                return special(writer, talk, text) if special else (self._said(name, writer), talk)
        card = self.knowledge.find(prepared)
        if card:
            return writer.about(card), replace(talk, type=card.id, stage="")
        return None

    def _said(self, name: str, writer: Writer) -> Reply:
        answer = self.knowledge.talk.phrases[name].answer
        assert answer is not None
        first = name in ("greeting", "help")
        return writer.reply(
            writer.say(answer).split("\n"), NOTHING, writer.buttons("paid", "types") if first else ()
        )

    def _next(self, writer: Writer, talk: Conversation, _: str) -> Answer:
        if not talk.type:
            return writer.pair("no_context", "paid", "types"), talk
        card = self.knowledge.card(talk.type)
        stage = card.stage(talk.stage)
        following = card.after(stage) if stage else None
        return writer.next_step(card, stage), replace(talk, stage=following.id if following else talk.stage)

    def _verify(self, writer: Writer, talk: Conversation, _: str) -> Answer:
        return writer.verify(self.knowledge.card(talk.type or OTHER)), talk

    def _family(self, writer: Writer, talk: Conversation, _: str) -> Answer:
        return writer.family(self.knowledge.card(talk.type or OTHER)), talk

    def _known_person(self, writer: Writer, talk: Conversation, _: str) -> Answer:
        return writer.known_person(self.knowledge.card(talk.type or OTHER)), talk

    def _what_now(self, writer: Writer, talk: Conversation, _: str) -> Answer:
        if talk.paid or talk.happening:
            kind: Emergency = "paid" if talk.paid else "happening"
            card = self.knowledge.card(talk.type) if talk.type else None
            return writer.urgent(kind, card, _scam(talk.type or OTHER)), talk
        if talk.type:
            return writer.what_now(self.knowledge.card(talk.type)), talk
        return writer.pair("urgent_ask", "paid", "happening", "code", "suspicious"), talk

    def _real(self, writer: Writer, talk: Conversation, _: str) -> Answer:
        if talk.type:
            return self._verify(writer, talk, "")
        return writer.pair("real_ask", "paid", "happening"), talk

    # ---- buttons -------------------------------------------------------------------------------

    def _pressed(self, button: str, writer: Writer, talk: Conversation) -> Answer:
        name, _, value = button.partition(":")
        if name in ("paid", "happening", "code", "remote"):
            kind: Emergency = name  # type: ignore[assignment]
            talk = replace(
                talk, paid=talk.paid or kind != "happening", happening=kind == "happening", pending=None
            )
            card = self.knowledge.card(talk.type) if talk.type else None
            verdict = replace(
                _scam(talk.type or OTHER), paid=kind != "happening", happening=kind == "happening"
            )
            return writer.urgent(kind, card, verdict), talk
        if name == "pick" and value in self.knowledge.cards:
            return self._picked(value, writer, talk)
        if name == "type" and value in self.knowledge.cards:
            return writer.about(self.knowledge.card(value)), replace(talk, type=value, stage="", pending=None)
        if name == "lang" and value in LANGS:
            return self._speak(value, talk)
        if name in ("neither", "not_scam"):
            return self._denied(name, writer, talk)
        if name == "not_this":
            return self._not_this(writer, talk)
        if name == "hand":
            return handover.asked(value, writer, talk), talk
        if name == "tell":
            return handover.asks_to_be_told(value, writer), talk
        if name == "suspicious":
            return writer.pair("real_ask"), talk
        if name in ("help", "greeting"):
            return self._said(name, writer), talk
        special = self._phrases.get(name)
        return special(writer, talk, "") if special else (writer.pair("empty"), talk)

    def _picked(self, type_id: str, writer: Writer, talk: Conversation) -> Answer:
        """The user's answer to "which of the two": taken as said."""
        card = self.knowledge.card(type_id)
        stage = card.stage_of(prepare(talk.last).value)
        verdict = replace(_scam(type_id), cues=self.classifier.sign_cues(type_id, talk.last))
        talk = replace(
            talk, type=type_id, level="danger", stage=stage.id if stage else "", pending=None, claim=type_id
        )
        return handover.offered(writer.danger(card, verdict, talk.last, stage), writer, talk), talk

    def _denied(self, name: str, writer: Writer, talk: Conversation) -> Answer:
        """None of the types that were offered, or no scam at all: taken as said, in this talk only."""
        claim = BENIGN if name == "not_scam" else talk.claim
        talk = replace(talk, type="", stage="", level="none", pending=None, claim=claim)
        reply = writer.nothing_known(NOTHING) if name == "neither" else writer.pair("not_scam", "paid")
        return handover.offered(reply, writer, talk), talk

    def _not_this(self, writer: Writer, talk: Conversation) -> Answer:
        seen = self.classifier.classify(talk.last) if talk.last else NOTHING
        types = [seen.type, *(choice.type for choice in seen.alternatives)]
        others = [name for name in dict.fromkeys(types) if name not in (talk.type, BENIGN)]
        return handover.offered(writer.not_this(others[:2]), writer, talk), talk

    # ---- a judged text ---------------------------------------------------------------------------

    def _judged(self, text: str, hidden: Text, prepared: Text, writer: Writer, talk: Conversation) -> Answer:
        verdict = self.classifier.classify(text, prepared)
        last = hidden.value[:REMEMBERED]
        remembered = replace(
            talk,
            last=last,
            seen=handover.seen_of(verdict, text, last),
            claim="",
            paid=verdict.paid,
            happening=verdict.happening,
        )
        reply, after = self._by_rule(text, prepared.value, verdict, writer, remembered, talk)
        if hints.despairs(prepared.value):
            reply = writer.despair(reply)
        return reply, after

    def _by_rule(  # noqa: PLR0913, PLR0917 - what a rule may look at
        self,
        text: str,
        prepared: str,
        verdict: Verdict,
        writer: Writer,
        talk: Conversation,
        before: Conversation,
    ) -> Answer:
        known = verdict.type if verdict.level != "none" else ""
        if verdict.happening or verdict.paid:
            known = self._continued(known, before)
            card = self.knowledge.card(known) if known else None
            talk = replace(talk, type=known or OTHER, level=verdict.level, stage=self._stage(card, prepared))
            return writer.urgent(hints.emergency(verdict, prepared), card, verdict), talk
        if verdict.level == "danger":
            card = self.knowledge.card(known)
            stage = card.stage_of(prepared)
            talk = replace(talk, type=known, level="danger", stage=stage.id if stage else "", pending=None)
            return handover.offered(writer.danger(card, verdict, text, stage), writer, talk), talk
        if verdict.level == "caution":
            return self._unsure(prepared, verdict, writer, talk)
        if hints.is_cyrillic(text):
            return writer.pair("cyrillic", "paid", "types", verdict=verdict), replace(talk, pending=None)
        if hints.asks(prepared, text) or len(text) > 2 * SHORT or verdict.probability < DOUBTED:
            return handover.offered(writer.nothing_known(verdict), writer, talk), replace(talk, pending=None)
        return writer.pair("plain", verdict=verdict), replace(
            talk, type=before.type, stage=before.stage, pending=None
        )

    def _unsure(self, prepared: str, verdict: Verdict, writer: Writer, talk: Conversation) -> Answer:
        card = self.knowledge.card(verdict.type)
        rivals = [c.type for c in verdict.alternatives if c.type not in (BENIGN, OTHER)]
        rival = self.knowledge.cards.get(rivals[0]) if rivals else None
        reply, pending = writer.caution(card, verdict, rival)
        stage = self._stage(card, prepared)
        talk = replace(talk, type=verdict.type, level="caution", stage=stage, pending=pending)
        return handover.offered(reply, writer, talk), talk

    def _continued(self, known: str, before: Conversation) -> str:
        """ "我已经转了" after a judged message speaks of that message's scam."""
        return before.type if known in ("", OTHER) and before.type else known

    def _stage(self, card: Card | None, prepared: str) -> str:
        stage = card.stage_of(prepared) if card else None
        return stage.id if stage else ""


_MEDIA = ("photo", "voice", "sticker", "file")


def _as_sent(reply: Reply, before: int) -> Reply:
    """The reply with cues that count the white space before the text, which the classifier did not see."""
    if not before or not reply.verdict.cues:
        return reply
    cues = tuple(Cue(cue.start + before, cue.end + before, cue.text) for cue in reply.verdict.cues)
    return replace(reply, verdict=replace(reply.verdict, cues=cues))


def _scam(type_id: str) -> Verdict:
    """The verdict where the user said what it is."""
    return Verdict(type_id, 1.0, "danger")
