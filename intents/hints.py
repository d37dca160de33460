"""What a message gives away besides its type: a question, business, despair, its script, what has been given away."""

from __future__ import annotations

import re

from intents.replies import LINK, Emergency
from intents.types import Verdict

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


def asks(prepared: str, raw: str) -> bool:
    """Whether it asks about something, or speaks of business that is worth a doubt."""
    return bool(_ASKS.search(prepared) or _BUSINESS.search(raw) or LINK.search(raw))


def is_cyrillic(text: str) -> bool:
    """Whether most of the text's letters are Cyrillic, in which visitors from Mongolia write."""
    letters = [char for char in text if char.isalpha()]
    return 2 * sum("\u0400" <= char <= "\u04ff" for char in letters) > len(letters)


def despairs(prepared: str) -> bool:
    """Whether somebody says that they do not want to live."""
    return bool(_DESPAIR.search(_NOT_DESPAIR.sub("", prepared)))


def emergency(verdict: Verdict, prepared: str) -> Emergency:
    """Which urgent text comes first: what has been given away decides."""
    if not verdict.paid:
        return "happening"
    if _MONEY.search(prepared):
        return "paid"
    if _REMOTE.search(prepared):
        return "remote"
    return "code" if _CODE.search(prepared) else "paid"
