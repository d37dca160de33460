"""The zip around an xlsx or docx: checked before a part is opened, and its XML read as a stream."""

from __future__ import annotations

import io
import zipfile
import zlib
from collections.abc import Iterator
from xml.sax import SAXException
from xml.sax.handler import ContentHandler

from defusedxml import DefusedXmlException
from defusedxml.sax import make_parser

from training.reading.limits import MAX_PARTS, MAX_RATIO, MAX_UNZIPPED, RATIO_FROM, UploadRefused

_CHUNK = 64 * 1024
DAMAGED = "文件坏了或没有传完整,打不开。请用 Excel、WPS 或 Word 打开确认,另存一份再上传。"


class Events(ContentHandler):
    """Receives the XML of one part. Names come without their namespace prefix."""

    def startElement(self, name: str, attrs: object) -> None:
        """An element begins."""
        values = {str(key).rpartition(":")[2]: value for key, value in attrs.items()}  # type: ignore[attr-defined]
        self.begin(name.rpartition(":")[2], values)

    def endElement(self, name: str) -> None:
        """An element ends."""
        self.end(name.rpartition(":")[2])

    def begin(self, name: str, values: dict[str, str]) -> None:
        """An element of this local name begins."""

    def end(self, name: str) -> None:
        """An element of this local name ends."""


def opened(data: bytes) -> zipfile.ZipFile:
    """The package, when it is neither damaged, encrypted nor a bomb. Raises UploadRefused."""
    try:
        package = zipfile.ZipFile(io.BytesIO(data))
    except (zipfile.BadZipFile, ValueError, OSError, NotImplementedError, UnicodeDecodeError) as error:
        raise UploadRefused(DAMAGED) from error
    parts = package.infolist()
    if any(part.flag_bits & 1 for part in parts):
        raise UploadRefused("文件加了密码,机器人打不开。请去掉密码,另存一份再上传。")
    if len(parts) > MAX_PARTS or sum(part.file_size for part in parts) > MAX_UNZIPPED:
        raise _bomb()
    for part in parts:
        if part.file_size > RATIO_FROM and part.file_size > MAX_RATIO * max(part.compress_size, 1):
            raise _bomb()
    return package


def _bomb() -> UploadRefused:
    return UploadRefused(
        "文件解压后太大(上限 50 MB,压缩比上限 100 倍),没有读。请只留下话术和类型两列,新建一个表格另存再上传。"
    )


def stream(package: zipfile.ZipFile, part: str, events: Events) -> Iterator[None]:
    """Feeds one part's XML to `events`; gives the turn back after every 64 KB. Raises UploadRefused.

    `zipfile` never gives more bytes than the size that the part declares, which `opened` has checked.
    """
    parser = make_parser()
    parser.forbid_dtd = True
    parser.setContentHandler(events)
    try:
        with package.open(part) as source:
            while chunk := source.read(_CHUNK):
                parser.feed(chunk)
                yield
            parser.close()
            yield
    except DefusedXmlException as error:
        raise UploadRefused(
            "文件里夹带了外部实体或 DTD 声明,正常的表格和文档没有这些,没有读。"
            "请把话术复制到一个新建的表格里,另存为 xlsx 再上传。"
        ) from error
    except (SAXException, zipfile.BadZipFile, zlib.error, EOFError, KeyError, OSError) as error:
        raise UploadRefused(DAMAGED) from error
    except (NotImplementedError, RuntimeError, ValueError, LookupError) as error:
        if isinstance(error, UploadRefused):
            raise
        raise UploadRefused(DAMAGED) from error
