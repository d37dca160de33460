"""Bytes of a text file -> text: UTF-8, UTF-16 with a mark at its start, GB18030."""

from __future__ import annotations

import re

from training.reading.limits import UploadRefused

_UNKNOWN = (
    "认不出文件的文字编码,或者它不是文字文件。请用 Excel 打开后另存为 xlsx,"
    "或用记事本打开后“另存为”,编码选 UTF-8,再上传。"
)
_MARKS = ((b"\xef\xbb\xbf", "utf-8"), (b"\xff\xfe", "utf-16-le"), (b"\xfe\xff", "utf-16-be"))
_CONTROL = re.compile("[\x00-\x08\x0b\x0e-\x1f\x7f]")
_MAX_CONTROL = 0.01
_COMMON = 0.5
"""Share of Chinese characters that GB2312 has: higher in Chinese text, lower in bytes read wrongly."""
_HAN = re.compile("[\u3400-\u9fff]")


def decoded(data: bytes) -> str:
    """The text. Raises UploadRefused where it is binary or its encoding is not known."""
    for mark, encoding in _MARKS:
        if data.startswith(mark):
            return _sane(_decode(data[len(mark) :], encoding))
    try:
        return _sane(data.decode("utf-8"))
    except UnicodeDecodeError:
        text = _sane(_decode(data, "gb18030"))
    sample = _HAN.findall(text)[:5000]
    common = len("".join(sample).encode("gb2312", "ignore")) // 2
    if any("\ue000" <= char <= "\uf8ff" for char in text[:5000]) or common < _COMMON * len(sample):
        raise UploadRefused(_UNKNOWN)
    return text


def _decode(data: bytes, encoding: str) -> str:
    try:
        return data.decode(encoding)
    except UnicodeDecodeError as error:
        raise UploadRefused(_UNKNOWN) from error


def _sane(text: str) -> str:
    """A few stray control characters are taken out later; many mean that this is no text."""
    if len(_CONTROL.findall(text)) > max(3, _MAX_CONTROL * len(text)):
        raise UploadRefused(_UNKNOWN)
    return text
