"""How much of an uploaded file is read at most, and the error for one that cannot be read at all."""

from __future__ import annotations

import re

MB = 1024 * 1024
MAX_FILE = 10 * MB
"""Bytes of an upload; checked before anything is read."""
MAX_UNZIPPED = 50 * MB
"""Bytes of all parts of an xlsx or docx together, unzipped."""
MAX_RATIO = 100
"""Unzipped by zipped size of one part; parts under `RATIO_FROM` bytes are too small to hurt."""
RATIO_FROM = MB
MAX_PARTS = 5_000
"""Files inside an xlsx or docx."""
MAX_ROWS = 20_000
MAX_COLUMNS = 100
"""Cells to the right of it are not read."""
MAX_CELL = 20_000
"""Characters of one cell; a longer one refuses its row."""
MAX_CHARACTERS = 5_000_000
"""Characters of all scripts together: 10 MB of Chinese hold 3.5 million, cells repeated by reference more."""
MIN_TEXT = 4
"""Characters below which nothing can be learned."""
MAX_SHARED = 500_000
"""Texts in the shared table of an xlsx."""
MAX_NODES = 400_000
"""Values in a YAML or JSON file."""
MAX_DEPTH = 8
"""Nesting of a YAML or JSON file."""
MAX_NAME = 40
"""Characters of a file name that are shown."""

_UNSHOWN = re.compile("[\x00-\x1f\x7f-\x9f\u200b-\u200f\u2028-\u202e\u2060-\u2069\ud800-\udfff\ufeff]")


class UploadRefused(ValueError):
    """The whole file cannot be used; the message says in Chinese what is wrong and what to do."""


def shown(name: str) -> str:
    """A file name fit to be shown: no folders, no control characters, at most MAX_NAME characters."""
    last = re.split(r"[/\\]", name)[-1]
    clean = _UNSHOWN.sub("", last).strip()
    return clean if len(clean) <= MAX_NAME else "…" + clean[1 - MAX_NAME :]


def extension(name: str) -> str:
    """The extension in lower case without its dot; empty where the name has none."""
    stem, dot, tail = shown(name).rpartition(".")
    return tail.strip().lower() if dot and stem else ""


def too_many_rows() -> UploadRefused:
    """The error for a file with more than MAX_ROWS rows."""
    return UploadRefused(f"文件超过 {MAX_ROWS:,} 行。请分成几个小一些的文件,一个一个上传。")
