"""Handing a text to the police: what is wished for, and how every outcome of it is said. Stores nothing."""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from dataclasses import replace
from typing import Literal

from intents.replies import LINK, Writer
from intents.text import Text, masked
from intents.types import (
    BENIGN,
    NOTHING,
    AskNews,
    Button,
    Conversation,
    Handover,
    News,
    Outcome,
    Reply,
    Seen,
    TellMe,
    Verdict,
)

Telling = Literal["later", "here", "gone"]
"""How a person will be told: by a message of its own, in the same conversation, or not: it is gone."""


def key_of(text: str) -> str:
    """What a button says of the text under which it stands, so that an old button hands over no other."""
    return hashlib.sha256(text.encode("utf8", "replace")).hexdigest()[:16]


def seen_of(verdict: Verdict, text: str, remembered: str) -> Seen:
    """How `text` was judged, its cues where they lie in `remembered`, the beginning of its masked form."""
    mapped = masked(Text.of(text))
    found = (mapped.within(cue.start, cue.end) for cue in verdict.cues)
    cues = tuple((start, min(end, len(remembered))) for start, end in found if start < len(remembered))
    return Seen(verdict.type, verdict.level, verdict.probability, tuple(c for c in cues if c[0] < c[1]))


def offered(reply: Reply, writer: Writer, talk: Conversation) -> Reply:
    """The reply with the button under it that hands the last text over; as it was where there is none."""
    if not talk.last:
        return reply
    return replace(reply, buttons=(*reply.buttons, _button("hand", key_of(talk.last), writer)))


def asked(key: str, writer: Writer, talk: Conversation) -> Reply:
    """The reply to "show it to the police"; carries the wish where the text of this key is still known."""
    if not talk.last or (key and key != key_of(talk.last)):
        return writer.pair("handed_gone", "paid")
    wish = Handover(
        key=key_of(talk.last),
        text=talk.last,
        seen=talk.seen or Seen(BENIGN, "none", 0.0),
        paid=talk.paid,
        happening=talk.happening,
        claim=talk.claim,
        lang=writer.lang,
    )
    return replace(handed(wish, "closed", writer), wish=wish)


def handed(wish: Handover, outcome: Outcome, writer: Writer) -> Reply:
    """What came of a handover, with what exactly was passed on."""
    lines = [writer.line(f"handed_{outcome}")]
    if outcome not in ("taken", "already"):
        return writer.reply([*lines, writer.line("handed_not_do")], NOTHING, writer.buttons("paid", "verify"))
    lines += [writer.line("handed_do"), "", writer.line("handed_text"), _quoted(wish.text)]
    return writer.reply(lines, NOTHING, (_button("tell", wish.key, writer), *writer.buttons("paid")))


def asks_to_be_told(key: str, writer: Writer) -> Reply:
    """The reply to "tell me the result", with the wish; its words are for where it cannot be kept."""
    return replace(will_tell("gone", writer), wish=TellMe(key))


def will_tell(how: Telling, writer: Writer) -> Reply:
    """How the person will be told."""
    buttons = {"later": (), "here": ("news", "paid"), "gone": ("paid",)}[how]
    return writer.pair(f"tell_{how}", *buttons)


def asks_news(writer: Writer) -> Reply:
    """The reply to "any result yet?" while there is none, with the wish."""
    return replace(writer.pair("news_none", "news", "paid"), wish=AskNews())


def news(told: News, writer: Writer) -> Reply:
    """What an officer said of a text, as a reply of its own."""
    card = writer.knowledge.card(told.type) if told.ruling == "scam" else None
    if card:
        verdict = Verdict(card.id, 1.0, "danger")
        lines = [writer.line("news_scam", name=writer.say(card.name)), writer.say(card.do_now[0])]
    else:
        verdict = NOTHING
        lines = [writer.line(f"news_{told.ruling}"), writer.line(f"news_{told.ruling}_do")]
    if told.start:
        lines += ["", writer.line("news_start", cue=_bare(told.start))]
    buttons = ("paid", "verify") if card else ("paid",)
    return writer.reply(lines, verdict, writer.buttons(*buttons))


def with_news(reply: Reply, told: Sequence[News], writer: Writer) -> Reply:
    """The reply with what became known since: in its place where it was asked for, below it otherwise."""
    if not told:
        return reply
    if isinstance(reply.wish, AskNews):
        first, *others = (news(one, writer) for one in told)
        return replace(first, lines=(*first.lines, *_below(others)))
    return replace(reply, lines=(*reply.lines, *_below([news(one, writer) for one in told])))


def withdrawn(reply: Reply, count: int, writer: Writer) -> Reply:
    """The reply to "forget", which also says that what nobody has looked at yet was taken back."""
    return replace(reply, lines=(*reply.lines, writer.line("forget_withdrawn"))) if count else reply


def _below(replies: Sequence[Reply]) -> list[str]:
    return [line for reply in replies for line in ("", *reply.lines)]


def _button(name: str, key: str, writer: Writer) -> Button:
    return Button(writer.say(writer.knowledge.talk.buttons[name]), f"{name}:{key}")


def _quoted(text: str) -> str:
    return f"“{_bare(text)}”"


def _bare(text: str) -> str:
    """On one line and without a link that some channel would make a thing to press."""
    return LINK.sub("（链接）", " ".join(text.split()))
