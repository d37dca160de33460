"""What a file is: by its first bytes and what lies inside, then by the extension of its name."""

from __future__ import annotations

import io
import zipfile
from typing import Literal

from training.reading.limits import UploadRefused, extension, shown
from training.reading.package import DAMAGED

Format = Literal["xlsx", "xls", "docx", "text"]
ACCEPTED = "可以上传:xlsx、xls、csv、txt、docx、yaml、json、jsonl,或者直接粘贴文字。"
_TO_XLSX = "请用 Excel 或 WPS 打开,另存为 xlsx 再上传。"
_TO_DOCX = "请用 Word 或 WPS 打开,另存为 docx 再上传。"
_COPY = "请把里面的话术复制成文字,粘贴发来,或存成 xlsx 再上传。"
_TYPE_IT = "请把图里的文字打出来,或用手机的“提取文字”复制后粘贴发来。"

_STARTS: tuple[tuple[bytes, str, str], ...] = (
    (b"%PDF", "PDF 文件", _COPY),
    (b"\x89PNG", "图片", _TYPE_IT),
    (b"\xff\xd8\xff", "图片", _TYPE_IT),
    (b"GIF8", "图片", _TYPE_IT),
    (b"II*\x00", "图片", _TYPE_IT),
    (b"MM\x00*", "图片", _TYPE_IT),
    (b"MZ", "程序(exe),不是话术", "机器人不收程序,也请不要运行来历不明的程序。" + ACCEPTED),
    (b"\x7fELF", "程序,不是话术", "机器人不收程序。" + ACCEPTED),
    (b"7z\xbc\xaf\x27\x1c", "压缩包", "请先解压,把里面的表格或文字文件一个一个上传。"),
    (b"Rar!", "压缩包", "请先解压,把里面的表格或文字文件一个一个上传。"),
    (b"\x1f\x8b", "压缩包", "请先解压,把里面的表格或文字文件一个一个上传。"),
    (b"{\\rtf", "RTF 文档", _TO_DOCX),
    (b"SQLite format 3", "数据库文件", _COPY),
    (b"ID3", "录音", "请把录音里的话打成文字,粘贴发来。"),
    (b"#!AMR", "录音", "请把录音里的话打成文字,粘贴发来。"),
)
_MARKUP = (b"<!doctype", b"<html", b"<?xml", b"<table", b"<meta", b"<script")


def kind(data: bytes, name: str) -> Format:
    """The format of a file that can be read. Raises UploadRefused: what it looks like, what to do."""
    for start, what, todo in _STARTS:
        if data.startswith(start) and (start != b"MZ" or b"\x00" in data[:256]):
            raise looks_like(name, what, todo)
    if data[:4] == b"RIFF" or data[4:8] == b"ftyp" or (data[:2] == b"BM" and b"\x00" in data[:64]):
        raise looks_like(name, "图片、录音或录像", _COPY)
    if data.startswith(b"PK"):
        return _zipped(data, name)
    if data.startswith(b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1"):
        return _compound(data, name)
    if data[:200].lstrip(b"\xef\xbb\xbf \t\r\n").lower().startswith(_MARKUP):
        raise looks_like(name, "网页或 XML(有些系统导出的“表格”其实是网页)", _TO_XLSX)
    if extension(name) in {"xlsx", "xls", "docx", "doc"} and b"\x00" in data[:4096]:
        raise UploadRefused(DAMAGED)
    return "text"


def looks_like(name: str, what: str, todo: str) -> UploadRefused:
    """The error for a file of a kind that is not read."""
    said = f"“{shown(name)}”" if shown(name) else "内容"
    return UploadRefused(f"{said}看起来是{what},读不了。{todo}")


def _zipped(data: bytes, name: str) -> Format:
    try:
        names = set(zipfile.ZipFile(io.BytesIO(data)).namelist())
    except Exception as error:  # zipfile raises half a dozen kinds on a damaged directory
        raise UploadRefused(DAMAGED) from error
    if any(part.lower().endswith("vbaproject.bin") for part in names) or "xl/vbaProject.bin" in names:
        raise looks_like(name, "带宏的文件", "机器人不收宏。请另存为不带宏的 xlsx 或 docx 再上传。")
    if "xl/workbook.xml" in names:
        return "xlsx"
    if "word/document.xml" in names:
        return "docx"
    if "xl/workbook.bin" in names or any(part.startswith("Index/Tables/") for part in names):
        raise looks_like(name, "别的格式的表格", _TO_XLSX)
    if "content.xml" in names and "mimetype" in names:
        raise looks_like(name, "OpenDocument(ods、odt)文件", "请另存为 xlsx 或 docx 再上传。")
    if any(part.startswith("ppt/") for part in names):
        raise looks_like(name, "演示文稿", _COPY)
    if "AndroidManifest.xml" in names:
        raise looks_like(name, "手机软件安装包(apk)", "请不要安装它。" + ACCEPTED)
    raise looks_like(name, "压缩包", "请先解压,把里面的表格或文字文件一个一个上传。")


def _compound(data: bytes, name: str) -> Format:
    """Old Office files: a container whose directory names its streams in UTF-16."""

    def holds(stream: str) -> bool:
        return stream.encode("utf-16-le") + b"\x00\x00" in data

    if holds("EncryptedPackage") or holds("EncryptionInfo"):
        raise UploadRefused("文件加了密码,机器人打不开。请去掉密码,另存一份再上传。")
    if holds("_VBA_PROJECT") or holds("_VBA_PROJECT_CUR") or holds("VBA"):
        raise looks_like(name, "带宏的文件", "机器人不收宏。请另存为不带宏的 xlsx 再上传。")
    if holds("WordDocument"):
        raise looks_like(name, "老式 Word 文档(doc)", _TO_DOCX)
    if holds("Workbook") or holds("Book"):
        return "xls"
    raise looks_like(name, "老式 Office 文件", "请另存为 xlsx 或 docx 再上传。")
