"""The pure function (Message, Conversation) -> (Reply, Conversation)."""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import replace

from intents.classifier import Classifier
from intents.knowledge import Card, Knowledge
from intents.replies import LINK, Emergency, Station, Writer
from intents.text import has_words, is_mongolian_script, language, mask, prepare
from intents.types import BENIGN, LANGS, NOTHING, OTHER, Conversation, Lang, Message, Reply, Verdict

Answer = tuple[Reply, Conversation]

SHORT = 40
"""Small talk and follow-ups are looked for in texts up to so many characters."""
REMEMBERED = 400
"""Characters of the masked last message that a conversation holds."""

_ASKS = re.compile(
    r"骗|诈|真的?假|真假|靠谱|可信|能信|能不能信|敢不敢|敢信|安全吗|有没有问题|有问题吗|合法吗|正规吗|是不是真|是真的|"
    r"scam|legit|real\b|fake|trust|fraud|genuine|safe\b"
)
_BUSINESS = re.compile(
    r"[【\[].{1,12}[】\]]|验证码|转账|汇款|打款|打钱|扫码|链接|下载|账户|account|transfer|password|code\b|link\b"
)
_DESPAIR = re.compile(
    r"不想活|活不下去|活着没意思|活着还有(?:什么|啥)意思|想死|去死算了|死了算了|自杀|轻生|跳楼|跳河|喝农药|喝药算了|结束生命|"
    r"了结自己|没脸活|没有活路|撑不下去|一了百了|割腕|不如死|想不开|"
    r"kill myself|end my life|suicid|want to die|don.?t want to live|no reason to live|"
    r"better off dead|end it all|hurt myself"
)
_NOT_DESPAIR = re.compile(r"笑死|累死|热死|饿死|冻死|烦死|气死|困死|想死你|想死我|死机|死当|死活")
_CODE = re.compile(r"验证码|校验码|密码|cvv|安全码|verification code|\botp\b|\bpin\b|passcode|卡号")
_REMOTE = re.compile(
    r"共享了?屏幕|屏幕共享|远程|控制了?[我他她]?的?手机|手机(?:自己|被)|会议软件|"
    r"screen.?shar|shar(?:e|ed|ing) my screen|remote|anydesk|teamviewer"
)
_MONEY = re.compile(
    r"转|汇|付|打(?:过去|给|了|钱)|充|垫|刷了|买了|借了|钱|元|块|万|千|paid|sent|transfer|money|gave|lost|\$|usd|rmb|yuan|deposit"
)


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
            "forget": lambda writer, _, __: (self._said("forget", writer), Conversation()),
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
        if len(text) <= SHORT:
            said = self._small_talk(text, writer, talk)
            if said:
                return said
        return self._judged(text, writer, talk)

    # ---- language ------------------------------------------------------------------------------

    def _language(self, text: str, talk: Conversation) -> Lang | None:
        """What was written in first; English and traditional stay until they are changed."""
        if talk.lang in ("en", "zh-Hant"):
            return talk.lang
        return language(text) or talk.lang

    def _writer(self, talk: Conversation) -> Writer:
        return Writer(self.knowledge, talk.lang or "zh", self.station)

    def _speak(self, lang: Lang, talk: Conversation) -> Answer:
        talk = replace(talk, lang=lang)
        return self._writer(talk).pair("lang_set"), talk

    # ---- small talk and follow-ups ---------------------------------------------------------------

    def _small_talk(self, text: str, writer: Writer, talk: Conversation) -> Answer | None:
        prepared = prepare(text).value
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
        if name == "neither":
            return writer.nothing_known(NOTHING), replace(talk, type="", stage="", level="none", pending=None)
        if name == "not_this":
            return self._not_this(writer, talk)
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
        talk = replace(talk, type=type_id, level="danger", stage=stage.id if stage else "", pending=None)
        return writer.danger(card, verdict, talk.last, stage), talk

    def _not_this(self, writer: Writer, talk: Conversation) -> Answer:
        seen = self.classifier.classify(talk.last) if talk.last else NOTHING
        types = [seen.type, *(choice.type for choice in seen.alternatives)]
        others = [name for name in dict.fromkeys(types) if name not in (talk.type, BENIGN)]
        return writer.not_this(others[:2]), talk

    # ---- a judged text ---------------------------------------------------------------------------

    def _judged(self, text: str, writer: Writer, talk: Conversation) -> Answer:
        verdict = self.classifier.classify(text)
        prepared = prepare(text)
        remembered = replace(
            talk, last=mask(text)[:REMEMBERED], paid=verdict.paid, happening=verdict.happening
        )
        reply, after = self._by_rule(text, prepared.value, verdict, writer, remembered, talk)
        if _DESPAIR.search(_NOT_DESPAIR.sub("", prepared.value)):
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
            return writer.urgent(_emergency(verdict, prepared), card, verdict), talk
        if verdict.level == "danger":
            card = self.knowledge.card(known)
            stage = card.stage_of(prepared)
            talk = replace(talk, type=known, level="danger", stage=stage.id if stage else "", pending=None)
            return writer.danger(card, verdict, text, stage), talk
        if verdict.level == "caution":
            return self._unsure(prepared, verdict, writer, talk)
        asks = _ASKS.search(prepared) or _BUSINESS.search(text) or LINK.search(text) or len(text) > 2 * SHORT
        if asks:
            return writer.nothing_known(verdict), replace(talk, pending=None)
        return writer.pair("plain", verdict=verdict), replace(
            talk, type=before.type, stage=before.stage, pending=None
        )

    def _unsure(self, prepared: str, verdict: Verdict, writer: Writer, talk: Conversation) -> Answer:
        card = self.knowledge.card(verdict.type)
        rivals = [c.type for c in verdict.alternatives if c.type not in (BENIGN, OTHER)]
        rival = self.knowledge.cards.get(rivals[0]) if rivals else None
        reply, pending = writer.caution(card, verdict, rival)
        stage = self._stage(card, prepared)
        return reply, replace(talk, type=verdict.type, level="caution", stage=stage, pending=pending)

    def _continued(self, known: str, before: Conversation) -> str:
        """ "我已经转了" after a judged message speaks of that message's scam."""
        return before.type if known in ("", OTHER) and before.type else known

    def _stage(self, card: Card | None, prepared: str) -> str:
        stage = card.stage_of(prepared) if card else None
        return stage.id if stage else ""


_MEDIA = ("photo", "voice", "sticker", "file")


def _scam(type_id: str) -> Verdict:
    """The verdict where the user said what it is."""
    return Verdict(type_id, 1.0, "danger")


def _emergency(verdict: Verdict, prepared: str) -> Emergency:
    """Which urgent text comes first: what has been given away decides."""
    if not verdict.paid:
        return "happening"
    if _MONEY.search(prepared):
        return "paid"
    if _REMOTE.search(prepared):
        return "remote"
    return "code" if _CODE.search(prepared) else "paid"
