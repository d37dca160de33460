"""Pages from templates; everything that is put in is escaped."""

from __future__ import annotations

import time
from pathlib import Path
from typing import Any

from jinja2 import Environment, FileSystemLoader, StrictUndefined
from markupsafe import Markup

from bot.officers.people import ROLES
from bot.web.page import Files

FOLDER = Path(__file__).parent
NAVIGATION = (
    ("/police/", "首页"),
    ("/police/log", "日志"),
    ("/police/officers", "民警"),
    ("/police/me", "我的账号"),
)


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
        self._environment.filters.update(when=when, day=day, ago=ago)
        self._environment.globals.update(
            navigation=NAVIGATION,
            roles=ROLES,
            token=hidden_token,
            here=here,
            static=lambda name: f"/police/static/{name}?v={self.files.version}",
        )

    def render(self, template: str, **values: Any) -> str:
        """A page's HTML."""
        return self._environment.get_template(template).render(**values)


def hidden_token(csrf: str) -> Markup:
    """The CSRF token as a field of a form."""
    return Markup('<input type="hidden" name="csrf" value="{}">').format(csrf)


def here(path: str, href: str) -> bool:
    """Whether a page belongs to an entry of the navigation."""
    return path == href if href == "/police/" else path == href or path.startswith(f"{href}/")


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
