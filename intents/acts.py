"""Who did what with money, codes and the phone, and whether it is done: the grammar that n-grams miss.

"让我交八千" and "八千交了" share their words; what separates them is aspect and who acts.
"""

from __future__ import annotations

import re

_GIVE = r"(?:转|汇|打|交|付|充|垫|投|存|刷|输|念|报|填|告诉|发|买|给|借|缴|扫|点|装|下载|共享|授权)"
_AMOUNT = r"(?:\d[\d.,]*|[一二两三四五六七八九十百千万几]+)"
_OBJECT = rf"(?:账|款|钱|卡|码|验证码|密码|屏|屏幕|定金|押金|保证金|{_AMOUNT})?(?:元|块|万|千)?"
_TO = r"(?:给|过去|进去|出去|上去|走)?(?:他们?|她们?|对方|骗子|人家|客服|老师)?"

_ACTS: dict[str, tuple[str, ...]] = {
    "#done": (
        rf"{_GIVE}{_OBJECT}{_TO}(?:了|完了?|过去|过(?!期))(?!吗|没|才|再)",
        r"\b(?:sent|paid|transferred|gave|wired|deposited|lost|typed|entered|told (?:him|her|them))\b",
    ),
    "#already": (
        rf"(?:已经?|刚刚?|昨天|前天|上周|今早|一共|前后|总共).{{0,8}}{_GIVE}",
        r"\b(?:already|just now|yesterday|last (?:night|week))\b",
    ),
    "#lost": (
        r"被骗(?:了|走|去)|骗走|骗了我|(?:钱|卡里|余额).{0,6}(?:没了|不见了|转走|划走|扣了)",
        r"\b(?:been|got) scammed\b",
    ),
    "#asked": (
        rf"(?:让|叫|要求?|催|逼|得|需要?|必须|喊|劝|说)(?:我|他|她|你|您|俺|咱|先|再|妈|爸)*.{{0,4}}{_GIVE}",
        r"\b(?:asks?|asked|asking|wants?|wanted|told|tells?|telling|need|have|says?)\b.{0,20}"
        r"\b(?:pay|send|transfer|deposit|give|buy|wire|share)\b",
    ),
    "#not": (
        r"(?:没有?|还没|不敢|不想|没敢|差点|差一点|先别|别|不要|拒绝|没舍得|不给|没来得及).{0,4}" + _GIVE,
        r"\b(?:haven.?t|have not|didn.?t|did not|refused|almost|nearly|not (?:yet|going to)|about to)\b",
    ),
    "#stopped": (
        r"拦(?:下|住|了)|劝住|止付|没转成|转账失败|退回来了|取消了",
        r"stopped (?:me|it)|blocked the",
    ),
    "#unsure": (
        rf"(?:该不该|要不要|能不能|敢不敢|可不可以|用不用|是不是要?|应该).{{0,4}}{_GIVE}",
        rf"{_GIVE}不{_GIVE}|{_GIVE}吗|should i|do i (?:need|have) to",
    ),
    "#now": (
        r"现在(?:就|还|正|让|叫|要|在|催)|正(?:在|跟|和|让|催|要|打|共享|视频|通话)|这会儿|此刻|马上就?要",
        r"还在(?:电话|视频|线|催|通话|会议|等)",
        r"right now|on the (?:phone|line|call)|as we speak|still (?:on|talking|waiting)",
    ),
    "#goods": (
        r"(?:货|羊|牛|草|马|东西|票|房|车|衣服|钥匙).{0,6}(?:拉回来|到了|收到|拿到|齐了|没问题|挺好)",
        r"收据|发票|到账了",
    ),
}
_COMPILED = tuple((name, re.compile("|".join(patterns))) for name, patterns in _ACTS.items())


def acts(text: str) -> list[tuple[str, int, int]]:
    """Every act in a prepared text as (name, start, end)."""
    return [(name, m.start(), m.end()) for name, pattern in _COMPILED for m in pattern.finditer(text)]
