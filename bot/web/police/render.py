"""Pages from templates; everything that is put in is escaped."""

from __future__ import annotations

import re
import time
from collections.abc import Iterable, Mapping, Sequence
from difflib import SequenceMatcher
from pathlib import Path
from typing import Any

from jinja2 import Environment, FileSystemLoader, StrictUndefined
from markupsafe import Markup

from bot.officers.people import ROLES
from bot.web.page import Files
from bot.web.police import plots
from bot.web.police.acts import ACTS

FOLDER = Path(__file__).parent
NAVIGATION = (
    ("/police/", "首页"),
    ("/police/uploads", "上传"),
    ("/police/scripts", "话术"),
    ("/police/types", "类型"),
    ("/police/review", "审核"),
    ("/police/versions", "版本"),
    ("/police/try", "试一试"),
    ("/police/log", "日志"),
    ("/police/officers", "民警"),
    ("/police/me", "我的账号"),
)

_BELOW = {"/police/uploads": "/police/candidates", "/police/types": "/police/cards"}
"""Pages that belong to an entry of the navigation without having its path."""


class Pages:
    """The console's templates and files."""

    def __init__(self) -> None:
        self.files = Files(FOLDER / "static")
        self._environment = Environment(
            loader=FileSystemLoader(FOLDER / "templates"),
            autoescape=True,
            undefined=StrictUndefined,
            trim_blocks=True,
            lstrip_blocks=True,
        )
        self._environment.filters.update(
            {one.__name__: one for one in (when, day, ago, blocks, pieces, tokens, spans, share, compare)}
        )
        self._environment.globals.update(
            navigation=NAVIGATION,
            roles=ROLES,
            acts=ACTS,
            token=hidden_token,
            bar=plots.bar,
            columns=plots.columns,
            lines=plots.lines,
            here=here,
            static=lambda name: f"/police/static/{name}?v={self.files.version}",
        )

    def render(self, template: str, **values: Any) -> str:
        """A page's HTML."""
        return self._environment.get_template(template).render(**values)


def hidden_token(csrf: str) -> Markup:
    """The CSRF token as a field of a form."""
    return Markup('<input type="hidden" name="csrf" value="{}">').format(csrf)


def blocks(lines: Sequence[str]) -> list[tuple[str, list[str]]]:
    """A reply's lines as ("verdict" | "todo" | "plain" | "list", lines), as the chat page sets them."""
    found: list[tuple[str, list[str]]] = []
    for number, line in enumerate(lines):
        if line.startswith("· "):
            if not found or found[-1][0] != "list":
                found.append(("list", []))
            found[-1][1].append(line[2:])
        elif line:
            found.append(({0: "verdict", 1: "todo"}.get(number, "plain"), [line]))
    return found


def pieces(text: str, cues: Iterable[Any]) -> list[tuple[str, bool]]:
    """A text cut at its cues (objects or mappings with start and end): (piece, whether it is a cue)."""
    found, at = [], 0
    spans = [(c["start"], c["end"]) if isinstance(c, Mapping) else (c.start, c.end) for c in cues]
    for start, end in sorted(spans):
        if start < at or end <= start or end > len(text):
            continue
        found += [(text[at:start], False), (text[start:end], True)]
        at = end
    return [piece for piece in [*found, (text[at:], False)] if piece[0]]


def compare(before: str, after: str) -> list[tuple[str, str]]:
    """Two texts as pieces: ("same" | "out" | "in", text)."""
    found: list[tuple[str, str]] = []
    for tag, a, b, c, d in SequenceMatcher(None, before, after, autojunk=False).get_opcodes():
        if tag == "equal":
            found.append(("same", before[a:b]))
            continue
        found += [pair for pair in (("out", before[a:b]), ("in", after[c:d])) if pair[1]]
    return found


def spans(pairs: Iterable[tuple[int, int]]) -> list[dict[str, int]]:
    """(start, end) pairs as `pieces` takes them."""
    return [{"start": start, "end": end} for start, end in pairs]


_TOKEN = re.compile(r"(\[(?:邮箱|证件|卡号|电话|车牌|地址|姓名)\])")


def tokens(text: str) -> list[tuple[str, bool]]:
    """A masked text cut at its masks: (piece, whether it is a mask)."""
    return [(piece, bool(_TOKEN.fullmatch(piece))) for piece in _TOKEN.split(text) if piece]


def share(value: float | None) -> str:
    """A share of 0..1 with three digits; a dash where there is none."""
    return "—" if value is None else f"{value:.3f}"


def here(path: str, href: str) -> bool:
    """Whether a page belongs to an entry of the navigation."""
    if href == "/police/":
        return path == href
    return any(path == own or path.startswith(f"{own}/") for own in (href, _BELOW.get(href, href)))


def when(moment: float) -> str:
    """A moment (UTC seconds) as this machine's clock shows it; a dash for never."""
    return time.strftime("%Y-%m-%d %H:%M", time.localtime(moment)) if moment else "—"


def day(moment: float) -> str:
    """The day of a moment (UTC seconds)."""
    return time.strftime("%Y-%m-%d", time.localtime(moment)) if moment else "—"


def ago(moment: float) -> str:
    """How long ago a moment (UTC seconds) was, roughly."""
    if not moment:
        return "从没来过"
    seconds = max(0.0, time.time() - moment)
    for limit, unit, word in ((120, 1, "刚才"), (7200, 60, "分钟前"), (172_800, 3600, "小时前")):
        if seconds < limit:
            return word if unit == 1 else f"{int(seconds // unit)} {word}"
    return f"{int(seconds // 86_400)} 天前"
