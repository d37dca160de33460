"""What text is: personal data masked, writing normalised, script and language told apart.

Every step keeps a map from its characters back to the text as sent, so that a cue found in the
normalised text can be shown where the person wrote it.
"""

from __future__ import annotations

import re
import unicodedata
from dataclasses import dataclass
from functools import lru_cache
from importlib import resources

import opencc
import yaml

from intents.types import Lang

Span = tuple[int, int]


@dataclass(frozen=True, slots=True)
class Text:
    """A text and, for each of its characters, the [start, end) it came from in the text as sent."""

    value: str
    spans: tuple[Span, ...]

    @classmethod
    def of(cls, value: str) -> Text:
        """The text as sent: every character stands for itself."""
        return cls(value, tuple((i, i + 1) for i in range(len(value))))

    def source(self, start: int, end: int) -> Span:
        """Where [start, end) of this text lies in the text as sent."""
        if start >= end:
            at = self.spans[start][0] if start < len(self.spans) else 0
            return at, at
        return self.spans[start][0], self.spans[end - 1][1]

    def within(self, start: int, end: int) -> Span:
        """Where [start, end) of the text as sent lies in this text; the reverse of `source`."""
        inside = [i for i, (left, right) in enumerate(self.spans) if left < end and right > start]
        return (inside[0], inside[-1] + 1) if inside else (0, 0)

    def replace(self, pieces: list[tuple[int, int, str]]) -> Text:
        """With each [start, end) put in place by its new text; pieces are in order and do not overlap."""
        if not pieces:
            return self
        out: list[str] = []
        spans: list[Span] = []
        at = 0
        for start, end, new in pieces:
            out.append(self.value[at:start])
            spans.extend(self.spans[at:start])
            out.append(new)
            spans.extend([self.source(start, end)] * len(new))
            at = end
        out.append(self.value[at:])
        spans.extend(self.spans[at:])
        return Text("".join(out), tuple(spans))


# ---- personal data ---------------------------------------------------------------------------------

_FULL_WIDTH = {0xFF01 + i: 0x21 + i for i in range(94)} | {0x3000: 0x20}
_SURNAMES = (
    "王李张刘陈杨赵黄周吴徐孙胡朱高林何郭马罗梁宋郑谢韩唐冯于董萧程曹袁邓许傅沈曾彭吕苏卢蒋蔡贾丁魏薛叶阎余潘杜戴"
    "夏钟汪田任姜范方石姚谭廖邹熊金陆郝孔白崔康毛邱秦江史顾侯邵孟龙万段雷钱汤尹黎易常武乔贺赖龚文包乌斯敖"
    "張劉陳楊趙黃吳孫馬羅鄭謝韓馮蕭鄧許傅沈蔣賈葉閻鐘範譚鄒陸顧萬錢湯龍賴龔"
)
_COMPOUND = (
    "欧阳|司马|上官|诸葛|东方|皇甫|尉迟|公孙|慕容|令狐|宇文|长孙|司徒|司空|夏侯|端木|独孤|南宫|呼延|"
    "歐陽|司馬|諸葛|尉遲"
)
_TRANSCRIBED = (
    "阿敖巴白宝毕宾布查察朝楚达代丹道德登迪都额恩尔高格根贡古哈海罕浩和赫红呼花惠吉济嘎杰金晶卡"
    "克拉腊兰乐勒力丽连玲鲁伦玛满梅蒙孟米敏明莫木那娜纳乃尼宁诺欧帕其齐奇琪钦沁青晴仁日荣茹如萨"
    "赛桑色森沙山胜斯苏素索塔泰腾特铁图托娃乌希锡喜小新雅燕扬伊音英永玉云扎旺泽哲珍珠卓子陶坦通必楞昂牧汉旭干奥敦林顺温吐莎"
)
"""Characters that Mongolian names are written with; they have no surname to be known by."""
_NAME_ENDS = r"(?=$|[\s,。.、;:!?()\]\"”\d]|\[(?!姓名)|的|卡|账|帐|身份|电话|手机|微信|住|家|今年)"
_NAME = (
    rf"(?:(?:{_COMPOUND}|[{_SURNAMES}])[\u4e00-\u9fff]{{1,2}}"
    rf"|(?!苏木|嘎查)[{_TRANSCRIBED}]{{2,8}}){_NAME_ENDS}"
)
_LABELLED = rf"(?:[\u4e00-\u9fff·]{{2,4}}|[{_TRANSCRIBED}·]{{5,8}})(?=$|[\s,。.;、\d]|\[(?!姓名))"
_AFTER_LABEL = "|".join(f"(?<={word})" for word in ("姓名", "户名", "开户人", "收款人", "机主"))
_PROVINCES = "京津沪渝冀豫云辽黑湘皖鲁新苏浙赣鄂桂甘晋蒙陕吉闽贵粤青藏川宁琼"
_MASKS: tuple[tuple[str, re.Pattern[str]], ...] = tuple(
    (token, re.compile(pattern))
    for token, pattern in (
        ("[邮箱]", r"[A-Za-z0-9._%+-]{1,64}@[A-Za-z0-9-]{1,63}(?:\.[A-Za-z0-9-]{2,63})+"),
        ("[证件]", r"(?<!\d)\d{6}(?:18|19|20)\d{2}(?:0\d|1[0-2])(?:[0-2]\d|3[01])\d{3}[\dXx](?![\dA-Za-z])"),
        ("[卡号]", r"(?<![\d.])\d(?:[ -]?\d){14,18}(?![\d.])"),
        ("[电话]", r"(?<!\d)(?:\+?86[ -]?)?1[3-9]\d(?:[ -]?\d{4}){2}(?!\d)"),
        ("[电话]", r"(?<!\d)0\d{2,3}[ -]\d{7,8}(?!\d)"),
        ("[电话]", r"(?<!\d)400[ -]?\d{3}[ -]?\d{4}(?!\d)"),
        ("[电话]", r"(?<![\d+])\+\d{1,3}(?:[ -]?\d{2,4}){3,4}(?!\d)"),
        ("[车牌]", rf"[{_PROVINCES}][A-Z][·\s]?[A-HJ-NP-Z0-9]{{5,6}}(?![A-Z0-9])"),
        ("[地址]", r"\d{1,4}(?:号楼|栋|幢|单元|室|弄)(?:\d{1,4}(?:单元|室|号|门|层)?){0,3}"),
        ("[姓名]", rf"(?<=我叫){_NAME}|(?<=本人){_NAME}"),
        ("[姓名]", rf"(?:{_AFTER_LABEL})[:是为]\s?(?!\[){_LABELLED}"),
    )
)

_PASSES = 8
"""A token that takes away digits can bare a number beside it; two passes do for all but made-up texts."""


def mask(text: str) -> str:
    """The text with tokens for phones, cards, IDs, plates, house numbers, mail addresses and names.

    Public short numbers (110, 96110, 95588) and amounts stay. `mask(mask(t)) == mask(t)`.
    """
    return masked(Text.of(text)).value


def masked(text: Text) -> Text:
    """`mask`, keeping the map to the text as sent."""
    for _ in range(_PASSES):
        before, flat = text, text.value.translate(_FULL_WIDTH)
        for token, pattern in _MASKS:
            pieces = [(m.start(), m.end(), token) for m in pattern.finditer(flat)]
            if pieces:
                text = text.replace(pieces)
                flat = text.value.translate(_FULL_WIDTH)
        if text is before:
            break
    return text


# ---- writing ---------------------------------------------------------------------------------------

_INVISIBLE = re.compile("[\u00ad\u200b-\u200f\u2028-\u202e\u2060-\u2064\ufeff\ufe00-\ufe0f]")
_CJK = r"\u3400-\u4dbf\u4e00-\u9fff"
_SPACED = re.compile(rf"(?<=[{_CJK}])[ \t\u3000]+(?=[{_CJK}])")
_BROKEN = re.compile(rf"(?<=[{_CJK}])[·•_*~^|/\\+#=\U0001F000-\U0001FAFF\u2600-\u27bf]{{1,3}}(?=[{_CJK}])")
_HALF_PAIR = re.compile("[\ud800-\udfff]")
"""Half a surrogate pair is no character, and OpenCC refuses it."""
_PICTURE = re.compile("[\U0001f000-\U0001faff\u2600-\u27bf\u2b00-\u2bff]")


@lru_cache(maxsize=1)
def _simplifier() -> opencc.OpenCC:
    return opencc.OpenCC("t2s")


def _simplified(text: str) -> str:
    return str(_simplifier().convert(_HALF_PAIR.sub("\ufffd", text)))


@lru_cache(maxsize=1)
def _traditional() -> opencc.OpenCC:
    return opencc.OpenCC("s2tw")


def traditional(text: str) -> str:
    """Simplified Chinese as Taiwan writes it (OpenCC s2tw: characters, no change of words)."""
    return str(_traditional().convert(_HALF_PAIR.sub("\ufffd", text)))


@lru_cache(maxsize=1)
def evasions() -> tuple[re.Pattern[str], dict[str, str]]:
    """Evasive spellings and their plain words, from `evasions.yaml`, as one pattern and its table."""
    raw = yaml.safe_load(resources.files("intents").joinpath("evasions.yaml").read_text(encoding="utf8"))
    table = {str(odd): str(plain) for plain, odds in raw.items() for odd in odds}
    table |= {str(plain): str(plain) for plain in raw}  # a plain word is not cut in two by an odd one
    longest_first = sorted(table, key=lambda odd: (-len(odd), odd))
    # Looked at first where one can begin at all: a search tries every spelling at every place otherwise.
    begins = "".join(re.escape(char) for char in sorted({odd[0] for odd in table}))
    return re.compile(f"(?=[{begins}])(?:{'|'.join(_bounded(odd) for odd in longest_first)})"), table


def _bounded(odd: str) -> str:
    """A Latin spelling counts only where no further Latin letter touches it."""
    left = r"(?<![a-z0-9])" if odd[0].isascii() and odd[0].isalnum() else ""
    right = r"(?![a-z0-9])" if odd[-1].isascii() and odd[-1].isalnum() else ""
    return left + re.escape(odd) + right


def normalise(text: Text) -> Text:
    """Lower case, half width, simplified; pictures and gaps inside words gone; evasions undone."""
    text = _fold(text)
    simple = _simplified(text.value)
    if len(simple) == len(text.value):
        text = Text(simple, text.spans)
    else:
        text = Text("".join(_simplified(c)[:1] or c for c in text.value), text.spans)
    pattern, table = evasions()
    text = text.replace([(m.start(), m.end(), table[m.group()]) for m in pattern.finditer(text.value)])
    for gap in (_SPACED, _BROKEN):
        text = text.replace([(m.start(), m.end(), "") for m in gap.finditer(text.value)])
    text = text.replace([(m.start(), m.end(), table[m.group()]) for m in pattern.finditer(text.value)])
    return text.replace([(m.start(), m.end(), " ") for m in _PICTURE.finditer(text.value)])


def _fold(text: Text) -> Text:
    if text.value.isascii():
        return Text(text.value.lower(), text.spans)
    out: list[str] = []
    spans: list[Span] = []
    for char, span in zip(text.value, text.spans, strict=True):
        if char.isascii() or "\u4e00" <= char <= "\u9fff":
            folded = char.lower()
        elif _INVISIBLE.match(char):
            continue
        elif _PICTURE.match(char):
            folded = char
        else:
            folded = unicodedata.normalize("NFKC", char).lower()
        out.append(folded)
        spans.extend([span] * len(folded))
    return Text("".join(out), tuple(spans))


def prepare(raw: str) -> Text:
    """Masked, then normalised: the text that every later step sees."""
    return normalise(masked(Text.of(raw)))


# ---- script and language ---------------------------------------------------------------------------

_LATIN_WORD = re.compile(r"[A-Za-z]{2,}")
_HAN = re.compile(rf"[{_CJK}]")
_TRADITIONAL_HINT = re.compile(
    "[們個這來時說對會沒為過還後與點買賣錢請問嗎問題網開關東車門見長馬鳥魚龍國學體電話發實際點應該"
    "轉帳號碼幫讓給詐騙報銀嗎戶領單機視頻頁連結運費貨訂購員鎖寫聽誰準備愛愿願歡樂應繳費證據錄]"
)


def is_mongolian_script(text: str) -> bool:
    """Whether the text holds traditional (vertical) Mongolian, U+1800..U+18AF."""
    return any("\u1800" <= char <= "\u18af" for char in text)


def has_words(text: str) -> bool:
    """Whether there is anything to read: a letter, a digit or a Chinese character."""
    return any(char.isalnum() for char in text)


def language(text: str) -> Lang | None:
    """The language the text shows, or None where it shows none (numbers, a link, another script)."""
    han = len(_HAN.findall(text))
    latin = sum(len(word) for word in _LATIN_WORD.findall(text))
    if han == 0:
        return "en" if len(_LATIN_WORD.findall(text)) >= 2 else None
    if latin > 6 * han:
        return "en"
    hints = _TRADITIONAL_HINT.findall(text)
    differs = sum(a != b for a, b in zip(text, _simplified(text), strict=False))
    if hints and differs >= max(1, han // 25):
        return "zh-Hant"
    return "zh"
