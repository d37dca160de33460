"""Builders of uploads: ordinary ones as Excel, Word and WPS write them, and hostile ones."""

from __future__ import annotations

import io
import zipfile
from collections.abc import Iterable, Mapping, Sequence

import openpyxl

ROWS: tuple[tuple[str, str, str], ...] = (
    ("兼职刷单,每单返利百分之十,先垫付后返现", "刷单返利", "群里截图"),
    ("贷款已批,卡号填错被冻结,先交六千解冻费", "虚假贷款、代办信用卡", ""),
    ("您好,我是公安局的,您涉嫌洗钱,请把钱转到安全账户", "police_impersonation", "电话"),
)
HEADER = ("话术", "诈骗类型", "备注")

_W = 'xmlns:w="http://schemas.openxmlformats.org/wordprocessingml/2006/main"'
_S = 'xmlns="http://schemas.openxmlformats.org/spreadsheetml/2006/main"'
_R = 'xmlns:r="http://schemas.openxmlformats.org/officeDocument/2006/relationships"'
_XML = '<?xml version="1.0" encoding="UTF-8" standalone="yes"?>'


def csv(rows: Iterable[Sequence[str]], encoding: str = "gb18030", mark: str = ",") -> bytes:
    """As Excel writes it: quotes only where needed, CRLF at every line's end."""

    def cell(value: str) -> str:
        quoted = any(char in value for char in f'{mark}"\r\n')
        return '"' + value.replace('"', '""') + '"' if quoted else value

    return "".join(mark.join(map(cell, row)) + "\r\n" for row in rows).encode(encoding)


def xlsx(rows: Iterable[Sequence[object]], *further: Iterable[Sequence[object]]) -> bytes:
    """A real workbook, by openpyxl; each further argument is one more sheet."""
    book = openpyxl.Workbook()
    sheets = [book.active, *(book.create_sheet() for _ in further)]
    for sheet, lines in zip(sheets, (rows, *further), strict=True):
        assert sheet is not None
        for line in lines:
            sheet.append(list(line))
    out = io.BytesIO()
    book.save(out)
    return out.getvalue()


def package(parts: Mapping[str, str | bytes]) -> bytes:
    """A zip of these parts."""
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as target:
        for name, content in parts.items():
            target.writestr(name, content)
    return out.getvalue()


def book(sheet: str, **more: str | bytes) -> bytes:
    """A minimal workbook around the XML of one sheet; `more` replaces or adds parts by short name."""
    names = {"shared": "xl/sharedStrings.xml", "macro": "xl/vbaProject.bin", "inner": "xl/media/inner.zip"}
    sheets = '<sheets><sheet name="表" sheetId="1" r:id="rId1"/></sheets>'
    target = '<Relationship Id="rId1" Target="worksheets/sheet1.xml"/>'
    parts: dict[str, str | bytes] = {
        "xl/workbook.xml": f"{_XML}<workbook {_S} {_R}>{sheets}</workbook>",
        "xl/_rels/workbook.xml.rels": f"{_XML}<Relationships>{target}</Relationships>",
        "xl/worksheets/sheet1.xml": sheet,
    }
    return package(parts | {names[key]: value for key, value in more.items()})


def sheet(rows: str, doctype: str = "") -> str:
    """The XML of a sheet around the XML of its rows."""
    return f"{_XML}{doctype}<worksheet {_S}><sheetData>{rows}</sheetData></worksheet>"


def inline(number: int, *texts: str) -> str:
    """One row of inline strings."""
    cells = "".join(f'<c t="inlineStr"><is><t>{text}</t></is></c>' for text in texts)
    return f'<row r="{number}">{cells}</row>'


def million_rows() -> bytes:
    """A workbook of 1,000,000 rows, written as a stream; under 50 MB unzipped and under a ratio of 100."""
    import random

    chance = random.Random(5)
    out = io.BytesIO()
    empty = book(sheet(""))
    with (
        zipfile.ZipFile(io.BytesIO(empty)) as source,
        zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as target,
    ):
        for part in source.namelist():
            if "sheet1" not in part:
                target.writestr(part, source.read(part))
        with target.open("xl/worksheets/sheet1.xml", "w") as stream:
            before, after = sheet("@").split("@")
            stream.write(before.encode())
            for _ in range(1000):
                block = "".join(
                    f"<row><c><v>{chance.randrange(10**6, 10**7)}</v></c></row>" for _ in range(1000)
                )
                stream.write(block.encode())
            stream.write(after.encode())
    return out.getvalue()


def bomb(megabytes: int = 80) -> bytes:
    """A workbook whose sheet unzips to that many megabytes of blanks."""
    out = io.BytesIO(book(sheet("")))
    with (
        zipfile.ZipFile(out, "a", zipfile.ZIP_DEFLATED) as target,
        target.open("xl/theme.xml", "w", force_zip64=True) as part,
    ):
        for _ in range(megabytes):
            part.write(b" " * 1024 * 1024)
    return out.getvalue()


def lying_bomb() -> bytes:
    """A bomb whose directory says that its sheet unzips to 1,000 bytes."""
    import struct

    data = bytearray(book(sheet(" " * 20_000_000)))
    true = struct.pack("<I", len(sheet(" " * 20_000_000).encode()))
    at = data.find(true)
    while at >= 0:
        data[at : at + 4] = struct.pack("<I", 1000)
        at = data.find(true, at + 1)
    return bytes(data)


def encrypted_zip() -> bytes:
    """A workbook whose parts carry the flag of encryption."""
    data = bytearray(book(sheet(inline(1, "话术内容在此"))))
    for mark, offset in ((b"PK\x03\x04", 6), (b"PK\x01\x02", 8)):
        at = data.find(mark)
        while at >= 0:
            data[at + offset] |= 1
            at = data.find(mark, at + 4)
    return bytes(data)


def compound(*streams: str) -> bytes:
    """The look of an old Office container with streams of these names."""
    names = b"".join(name.encode("utf-16-le") + b"\x00\x00" for name in streams)
    return b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + b"\x00" * 504 + names + b"\x00" * 512


def paragraph(text: str) -> str:
    """One Word paragraph."""
    return f'<w:p><w:r><w:t xml:space="preserve">{text}</w:t></w:r></w:p>'


def word_table(rows: Iterable[Sequence[str]]) -> str:
    """A Word table."""
    cells = ("".join(f"<w:tc>{paragraph(cell)}</w:tc>" for cell in row) for row in rows)
    return "<w:tbl>" + "".join(f"<w:tr>{row}</w:tr>" for row in cells) + "</w:tbl>"


def docx(body: str, doctype: str = "", **more: str) -> bytes:
    """A Word file around the XML of its body."""
    return package(
        {
            "[Content_Types].xml": "<Types/>",
            "word/document.xml": f"{_XML}{doctype}<w:document {_W}><w:body>{body}</w:body></w:document>",
            **{f"word/{name}.bin": content for name, content in more.items()},
        }
    )
