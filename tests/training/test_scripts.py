"""Uploads of every format are read, hostile ones are refused in Chinese, and rows are sorted out."""

from __future__ import annotations

import importlib.util
import io
import json
import random
import subprocess
import sys
from collections.abc import Callable

import pytest

from tests.training import files
from training.reading import limits
from training.reading.near import NEAR, plain_text
from training.scripts import NearIndex, Parsed, Row, UploadRefused, clean, corpus, fingerprint, parse, report

TYPES = {
    "brushing": "brushing",
    "刷单返利": "brushing",
    "loan": "loan",
    "虚假贷款": "loan",
    "police_impersonation": "police_impersonation",
    "冒充公检法": "police_impersonation",
    "tourism": "tourism",
}
TABLE = [files.HEADER, *files.ROWS]
EXPECTED = [
    (2, files.ROWS[0][0], "brushing", "群里截图"),
    (3, files.ROWS[1][0], "loan", ""),
    (4, files.ROWS[2][0], "police_impersonation", "电话"),
]


def read(data: bytes | str, name: str = "", default_type: str = "", **columns: str | int) -> Parsed:
    content = data.encode() if isinstance(data, str) else data
    return parse(content, name, default_type=default_type, find_type=TYPES.get, **columns)


def refusal(data: bytes | str, name: str = "x.xlsx") -> str:
    """The message with which an upload is refused: Chinese, no English error inside, ends as a sentence."""
    with pytest.raises(UploadRefused) as caught:
        read(data, name, "loan")
    return chinese(str(caught.value))


def chinese(message: str) -> str:
    assert sum("\u4e00" <= char <= "\u9fff" for char in message) >= 8, message
    assert not any(word in message for word in ("Error", "Traceback", "0x", "line ", "None")), message
    return message


def tuples(parsed: Parsed) -> list[tuple[int, str, str, str]]:
    return [(row.number, row.text, row.type, row.note) for row in parsed.rows]


# ---- every format ----------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("data", "name"),
    [
        pytest.param(files.csv(TABLE), "话术.csv", id="gb18030 crlf as Excel writes it"),
        pytest.param(files.csv(TABLE, "utf-8-sig"), "a.csv", id="utf-8 with mark"),
        pytest.param(files.csv(TABLE, "utf-8", ";"), "a.csv", id="semicolons"),
        pytest.param(files.csv(TABLE, "gb18030", "\t"), "a.csv", id="tabs"),
        pytest.param(files.csv(TABLE, "utf-16", "\t"), "a.txt", id="Unicode text of Excel"),
        pytest.param(files.csv(TABLE, "utf-8", "\t"), "", id="pasted from a spreadsheet"),
        pytest.param(files.xlsx(TABLE), "a.xlsx", id="xlsx"),
        pytest.param(files.xlsx(TABLE), "a.csv", id="xlsx under a wrong extension"),
        pytest.param(files.docx(files.word_table(TABLE)), "a.docx", id="docx table"),
    ],
)
def test_a_table_is_read_with_its_row_numbers_types_and_notes(data: bytes, name: str) -> None:
    parsed = read(data, name)
    assert tuples(parsed) == EXPECTED
    assert parsed.refused == () and parsed.questions == ()
    assert parsed.columns is not None and (parsed.columns.text, parsed.columns.type, parsed.columns.note) == (
        1,
        2,
        3,
    )


@pytest.mark.skipif(not importlib.util.find_spec("xlwt"), reason="xlwt writes the old xls only for this test")
def test_an_old_xls_is_read() -> None:
    import xlwt  # type: ignore[import-untyped,unused-ignore]

    book = xlwt.Workbook()
    sheet = book.add_sheet("表")
    for at, row in enumerate(TABLE):
        for column, cell in enumerate(row):
            sheet.write(at, column, cell)
    out = io.BytesIO()
    book.save(out)
    assert tuples(read(out.getvalue(), "a.xls")) == EXPECTED
    assert "另存" in refusal(out.getvalue()[:1500], "a.xls")


def test_lines_blocks_and_numbering_of_plain_text() -> None:
    lines = read("1. 先垫付后返现的兼职\r\n2、征信要修复请转账\r\n", "a.txt", "loan")
    assert [(r.number, r.text) for r in lines.rows] == [(1, "先垫付后返现的兼职"), (2, "征信要修复请转账")]
    blocks = read("客服:您的快递丢了\n客服:加我微信理赔\n\n\n甲:在吗老同学\n甲:急用钱", "", "loan")
    assert [(r.number, r.text.count("\n")) for r in blocks.rows] == [(1, 1), (5, 1)]
    assert "空行" in blocks.notices[0]
    listed = "\n".join(f"第{n}条话术内容是转账" for n in range(30))
    assert len(read(f"{listed}\n\n{listed}", "a.txt", "loan").rows) == 60


def test_yaml_and_json_lists_are_read() -> None:
    a, b = files.ROWS[0][0], files.ROWS[1][0]
    for data, name, numbers in (
        (f"# 话术\n- {a}\n- text: {b}\n  type: 虚假贷款\n", "a.yaml", [2, 3]),
        (json.dumps([a, {"text": b, "type": "虚假贷款"}], ensure_ascii=False), "a.json", [1, 2]),
        (f'{{"text": "{a}"}}\n\n{{"text": "{b}", "type": "虚假贷款"}}\n', "a.jsonl", [1, 3]),
        (f'{{"text": "{a}"}}\n{{"text": "{b}", "type": "loan"}}\n', "", [1, 2]),
    ):
        parsed = read(data, name, "brushing")
        assert [(r.number, r.text, r.type) for r in parsed.rows] == [
            (numbers[0], a, "brushing"),
            (numbers[1], b, "loan"),
        ]


def test_a_broken_json_line_refuses_only_itself() -> None:
    parsed = read('{"text": "先垫付后返现的兼职"}\n{"text": \n["一"]\n', "a.jsonl", "brushing")
    assert [row.number for row in parsed.rows] == [1]
    assert [row.number for row in parsed.refused] == [2, 3]


def test_word_paragraphs_and_pasted_chat_with_a_bracket() -> None:
    body = "".join(map(files.paragraph, ("先垫付后返现的兼职", "征信要修复请转账")))
    assert [r.text for r in read(files.docx(body), "a.docx", "loan").rows] == [
        "先垫付后返现的兼职",
        "征信要修复请转账",
    ]
    assert read("[微笑]老板,转账三千定金", "", "loan").rows[0].text == "[微笑]老板,转账三千定金"


# ---- columns and types -----------------------------------------------------------------------------


def test_a_title_above_the_header_and_decorated_names() -> None:
    rows = [
        ["涉诈话术汇总表"],
        [],
        ["序号", "诈骗类型(必填)", "简要案情:"],
        ["1", "刷单返利类诈骗", files.ROWS[0][0]],
    ]
    parsed = read(files.xlsx(rows), "a.xlsx")
    assert tuples(parsed) == [(4, files.ROWS[0][0], "brushing", "")]


def test_columns_without_header_are_told_apart_by_what_stands_in_them() -> None:
    parsed = read(
        files.csv([(row[1][:4] if row[1][0] == "刷" else "loan", row[0]) for row in files.ROWS]), "a.csv"
    )
    assert [(r.number, r.type) for r in parsed.rows] == [(1, "brushing"), (2, "loan"), (3, "loan")]


def test_two_text_columns_are_a_question_that_can_be_answered_by_name_or_number() -> None:
    rows = [("经过", "对方所说", "编号")] + [
        ("受害人接到电话后转账若干元", row[0], "1") for row in files.ROWS
    ]
    data = files.xlsx(rows)
    asked = read(data, "a.xlsx", "loan")
    assert (
        asked.rows == ()
        and "第 1 列“经过”" in asked.questions[0]
        and "第 2 列“对方所说”" in asked.questions[0]
    )
    chinese(asked.questions[0])
    for answer in ("对方所说", 2, "2"):
        assert [r.text for r in read(data, "a.xlsx", "loan", text_column=answer).rows] == [
            r[0] for r in files.ROWS
        ]
    with pytest.raises(UploadRefused, match="没有“第九列”这一列"):
        read(data, "a.xlsx", "loan", text_column="第九列")


def test_unknown_empty_and_missing_types() -> None:
    rows = [
        ("内容", "类型"),
        ("先垫付后返现的兼职", "外星诈骗"),
        ("征信要修复请转账", ""),
        ("包过驾照先交定金", "loan"),
    ]
    refused = read(files.csv(rows), "a.csv")
    assert [(r.number, r.type) for r in refused.rows] == [(4, "loan")]
    assert "不认识类型“外星诈骗”" in refused.refused[0].reason and "没写类型" in refused.refused[1].reason
    given = read(files.csv(rows), "a.csv", "tourism")
    assert [r.type for r in given.rows] == ["tourism", "tourism", "loan"] and given.refused == ()


def test_a_row_that_cannot_be_used_is_refused_with_its_number_and_the_rest_goes_on() -> None:
    rows = [
        ("话术", "备注"),
        ("短", ""),
        ("", "只有备注"),
        ("。。。。。。", ""),
        ("ᠮᠣᠩᠭᠣᠯ ᠪᠢᠴᠢᠭ", ""),
        ("长" * (limits.MAX_CELL + 1), ""),
        ("打 13812345678 转账\x00到安全\x07账户", ""),
    ]
    parsed = read(files.csv(rows, "utf-8"), "a.csv", "loan")
    assert [row.number for row in parsed.refused] == [2, 3, 4, 5, 6]
    assert [row.text for row in parsed.rows] == ["打 13812345678 转账到安全账户"]
    for row in parsed.refused:
        chinese(row.reason)


def test_formulas_are_refused_and_never_read() -> None:
    rows = [("话术", "类型"), ('=CONCATENATE("转账","到安全账户")', "loan"), ("征信要修复请转账", "loan")]
    parsed = read(files.xlsx(rows), "a.xlsx")
    assert [row.number for row in parsed.rows] == [3]
    assert (parsed.refused[0].number, "公式" in parsed.refused[0].reason) == (2, True)


def test_commas_without_quotes_refuse_the_row_and_an_open_quote_the_file() -> None:
    text = "话术,类型\r\n你好,我是客服,要退款,loan\r\n征信要修复请转账,loan\r\n"
    parsed = read(text, "a.csv")
    assert [r.number for r in parsed.rows] == [3] and "没有加引号" in parsed.refused[0].reason
    assert read("话术\n你好,我是客服,要退款\n", "a.csv", "loan").rows[0].text == "你好,我是客服,要退款"
    assert "第 2 行" in refusal('话术,类型\n"征信要修复请转账,loan\n先垫付后返现,loan\n', "a.csv")


def test_further_sheets_are_named_and_not_read() -> None:
    parsed = read(files.xlsx(TABLE, TABLE), "a.xlsx")
    assert len(parsed.rows) == 3 and "没有读" in parsed.notices[0]


# ---- hostile files ---------------------------------------------------------------------------------

_DOCTYPE = '<!DOCTYPE x [<!ENTITY e SYSTEM "file:///etc/passwd">]>'
_BILLION = '<!DOCTYPE x [<!ENTITY a "aaaaaaaaaa"><!ENTITY b "&a;&a;&a;&a;&a;&a;&a;&a;&a;&a;">]>'
_ROW = files.inline(1, "征信要修复请转账")


@pytest.mark.parametrize(
    ("data", "name", "said"),
    [
        pytest.param(
            files.book(files.sheet(files.inline(1, "&e;"), _DOCTYPE)), "a.xlsx", "外部实体", id="xxe xlsx"
        ),
        pytest.param(
            files.book(files.sheet(files.inline(1, "&b;"), _BILLION)), "a.xlsx", "外部实体", id="laughs"
        ),
        pytest.param(files.docx(files.paragraph("&e;"), _DOCTYPE), "a.docx", "外部实体", id="xxe docx"),
        pytest.param(files.book(files.sheet(_ROW), macro=b"x"), "a.xlsx", "宏", id="macro xlsx"),
        pytest.param(files.docx(files.paragraph("征信"), vbaProject="x"), "a.docx", "宏", id="macro docx"),
        pytest.param(files.compound("Workbook", "_VBA_PROJECT_CUR"), "a.xls", "宏", id="macro xls"),
        pytest.param(files.compound("EncryptedPackage"), "a.xlsx", "密码", id="encrypted office"),
        pytest.param(files.encrypted_zip(), "a.xlsx", "密码", id="encrypted zip"),
        pytest.param(files.compound("WordDocument"), "a.doc", "docx", id="doc"),
        pytest.param(files.compound("Workbook"), "a.xls", "坏了", id="broken xls"),
        pytest.param(files.lying_bomb(), "a.xlsx", "坏了", id="bomb with a false directory"),
        pytest.param(files.book(files.sheet(_ROW))[:-40], "a.xlsx", "坏了", id="cut off"),
        pytest.param(files.book("<worksheet><sheetData>"), "a.xlsx", "坏了", id="cut off xml"),
        pytest.param(files.package({"a.txt": "话术"}), "a.xlsx", "压缩包", id="zip"),
        pytest.param(files.package({"xl/workbook.bin": b""}), "a.xlsb", "xlsx", id="xlsb"),
        pytest.param(files.package({"mimetype": "", "content.xml": ""}), "a.ods", "xlsx", id="ods"),
        pytest.param(b"%PDF-1.7 ...", "a.xlsx", "PDF", id="pdf"),
        pytest.param(b"\x89PNG\r\n\x1a\n....", "a.csv", "图片", id="image"),
        pytest.param(b"MZ\x90\x00\x03\x00", "话术.txt", "程序", id="exe"),
        pytest.param(b"<html><table><tr><td>x", "a.xls", "网页", id="html as xls"),
        pytest.param(random.Random(1).randbytes(5000), "a.csv", "编码", id="random bytes"),
        pytest.param(b"\x00" * 5000, "a.txt", "编码", id="nothing but NUL"),
        pytest.param("詐騙訊息請注意查證轉帳".encode("big5") * 20, "a.txt", "编码", id="big5"),
        pytest.param(b"", "a.csv", "一行文字也没有", id="empty"),
        pytest.param(files.csv([files.HEADER]), "a.csv", "只有表头", id="header only"),
        pytest.param("- !!python/object/apply:os.system ['id']\n", "a.yaml", "标签", id="yaml tag"),
        pytest.param("- &a [x, x]\n- [*a, *a, *a]\n", "a.yaml", "锚点", id="yaml bomb"),
        pytest.param("[" * 100_000, "a.yaml", "YAML", id="deep yaml"),
        pytest.param("- [" + "a," * 500_000 + "]", "a.yaml", "太多", id="wide yaml"),
        pytest.param("- a\n---\n- b\n", "a.yaml", "第二份", id="two documents"),
        pytest.param("a: b\n", "a.yml", "列表", id="yaml mapping"),
        pytest.param("- a: 'b\n", "a.yml", "写法不对", id="bad yaml"),
        pytest.param("[" * 100_000, "a.json", "套得太深", id="deep json"),
        pytest.param("[" + "1," * 500_000 + "1]", "a.json", "太多", id="wide json"),
        pytest.param("[1" + "0" * 10_000 + "]", "a.json", "写法不对", id="huge number"),
        pytest.param("a\n" * 25_000, "a.txt", "20,000 行", id="rows"),
        pytest.param(b"a" * (limits.MAX_FILE + 1), "a.txt", "10 MB", id="file size"),
    ],
)
def test_a_file_that_cannot_be_used_is_refused_in_words(data: bytes | str, name: str, said: str) -> None:
    assert said in refusal(data, name)


def test_the_name_is_shown_without_its_path_and_odd_characters() -> None:
    message = refusal(b"%PDF-", "../../etc/\u202ecron.d\x00/..\\" + "长" * 300 + ".pdf")
    assert ".." not in message.split("”")[0] and "/" not in message and len(message) < 140
    assert tuples(read(files.csv(TABLE), "../../x/../话术.csv")) == EXPECTED


def test_a_cell_repeated_by_reference_does_not_fill_the_memory() -> None:
    shared = f"<sst><si><t>{'转' * 19_000}</t></si></sst>"
    rows = "".join(f'<row r="{at}"><c t="s"><v>0</v></c></row>' for at in range(1, 10_000))
    assert "万字" in refusal(files.book(files.sheet(rows), shared=shared))


def test_odd_references_in_a_sheet_are_harmless() -> None:
    odd = (
        '<row r="99999999999"><c r="XFD1" t="inlineStr"><is><t>远处</t></is></c></row>'
        '<row r="-5"><c t="s"><v>99</v></c><c t="s"><v>-1</v></c><c t="e"><v>#REF!</v></c></row>'
        '<row r="7"><c t="inlineStr"><is><r><t>征信要修</t></r><r><t>复请转账</t></r><rPh><t>注音</t></rPh>'
        "</is></c></row>"
    )
    assert tuples(read(files.book(files.sheet(odd)), "a.xlsx", "loan")) == [
        (7, "征信要修复请转账", "loan", "")
    ]


def test_a_cell_of_ten_megabytes_refuses_its_row() -> None:
    text = f"话术,类型\n{'长' * 3_000_000},loan\n征信要修复请转账,loan\n"
    parsed = read(text, "a.csv")
    assert [row.number for row in parsed.rows] == [3] and "太长" in parsed.refused[0].reason


_CHILD = """
import resource, sys, tracemalloc
from training.scripts import UploadRefused, parse
data = sys.stdin.buffer.read()
before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
tracemalloc.start()
try:
    parse(data, "x.xlsx", default_type="loan", find_type=lambda name: None)
except UploadRefused as refused:
    print(refused)
print(tracemalloc.get_traced_memory()[1], resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before)
"""


@pytest.mark.parametrize("build", [files.million_rows, files.bomb])
def test_huge_workbooks_are_refused_in_bounded_memory(build: Callable[[], bytes]) -> None:
    data = build()
    assert len(data) < limits.MAX_FILE
    done = subprocess.run([sys.executable, "-c", _CHILD], input=data, capture_output=True, check=True)
    message, measured = done.stdout.decode().strip().split("\n")
    chinese(message)
    traced, grown = map(int, measured.split())  # bytes that Python allocated, kilobytes that the process grew
    assert traced < 20 * limits.MB
    assert grown < 40 * 1024


def test_reading_imports_neither_pickle_readers_nor_the_network() -> None:
    code = "import sys, training.scripts; print([m for m in ('openpyxl', 'requests', 'httpx') if m in sys.modules])"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "[]"


# ---- cleaning --------------------------------------------------------------------------------------

_LONG = "您好,这里是京东金融客服,您大学期间开通的校园贷需要注销,否则会影响征信记录"


def cleaned_rows(*texts: str, label: str = "loan") -> list[Row]:
    return [Row(at, text, label) for at, text in enumerate(texts, 2)]


def test_a_fingerprint_ignores_punctuation_script_and_personal_data() -> None:
    assert fingerprint("请转账,到安全账户!") == fingerprint("請轉賬 到安全賬戶")
    assert fingerprint("打 13812345678 找我办贷款") == fingerprint("打13987654321找我办贷款")
    assert fingerprint("打 [电话] 找我办贷款") == fingerprint("打 13812345678 找我办贷款")
    assert fingerprint("转三千") != fingerprint("转五千")


def test_personal_data_is_masked_and_counted() -> None:
    done = clean(cleaned_rows("我叫王小明,打13812345678,卡号6222021234567890123"), {}, NearIndex())
    assert done.new[0].masks == 3 and done.masked == {2: 3}
    assert "138" not in done.new[0].text and "王小明" not in done.new[0].text
    assert clean(cleaned_rows("13812345678 13812345679"), {}, NearIndex()).refused[0].number == 2


def test_exact_and_near_duplicates_within_the_file_and_against_the_store() -> None:
    known, near = corpus([(_LONG, "loan")])
    rows = cleaned_rows(_LONG + "!!", "妈你看:" + _LONG, "征信要修复请转账到这里", "征信要修复,请转账到这里")
    done = clean(rows, known, near)
    assert [row.number for row in done.new] == [4]
    assert [row.number for row in done.duplicates] == [2, 3, 5]
    assert done.duplicates[0].similarity == 1.0 and NEAR < done.duplicates[1].similarity <= 1.0
    assert "第 4 行" in done.duplicates[2].reason and "库里" in done.duplicates[0].reason


def test_the_same_text_under_another_type_is_kept_apart() -> None:
    known, near = corpus([(_LONG, "credit_record")])
    rows = [
        *cleaned_rows(_LONG, _LONG + "请配合"),
        Row(9, "征信要修复请转账", "loan"),
        Row(10, "征信要修复请转账", "tourism"),
    ]
    done = clean(rows, known, near)
    assert [(c.number, c.other_type) for c in done.conflicts] == [
        (2, "credit_record"),
        (3, "credit_record"),
        (10, "loan"),
    ]
    assert [row.number for row in done.new] == [9]
    for conflict in done.conflicts:
        chinese(conflict.reason)


def test_a_short_text_inside_a_long_one_is_no_duplicate() -> None:
    known, near = corpus([(_LONG, "loan")])
    assert len(clean(cleaned_rows("会影响征信记录"), known, near).new) == 1


def test_ordinary_talk_is_flagged_but_kept_unless_it_is_meant_as_such() -> None:
    rows = [Row(2, "今天草原天气怎么样", "loan"), Row(3, "附近哪里有加油站", "benign")]
    done = clean(rows, {}, NearIndex(), lambda text: 0.95)
    assert [row.number for row in done.new] == [2, 3]
    assert [row.number for row in done.flagged] == [2] and "平常话" in done.flagged[0].reason


def test_near_duplicates_are_found_among_ten_thousand() -> None:
    chance = random.Random(3)
    letters = [chr(0x4E00 + at) for at in range(800)]
    stored = ["".join(chance.choices(letters, k=60)) for _ in range(10_000)]
    index = NearIndex()
    for at, text in enumerate(stored):
        index.add(str(at), text)
    asked = [text[:55] + "改了几个字" for text in stored[:1000]] + [
        "".join(chance.choices(letters, k=60))
    ] * 1000
    found = [index.find_plain(text) for text in asked]
    assert [hit[0] for hit in found[:1000] if hit] == [str(at) for at in range(1000)]
    assert found[1000:] == [None] * 1000


def test_near_duplicates_are_found_where_every_text_shares_most_of_its_pieces() -> None:
    chance = random.Random(4)
    texts = ["".join(chance.choices("转账安全户", k=60)) + str(at) for at in range(6000)]
    index = NearIndex((str(at), text) for at, text in enumerate(texts[:300]))
    for at, text in enumerate(texts[300:], 300):
        index.add(str(at), text)
    assert all(index.find_plain(text) for text in texts[:50])


def test_the_report_is_json_with_counts_by_type_and_masked_short_texts() -> None:
    rows = [
        *TABLE,
        files.ROWS[0],
        (files.ROWS[0][0], "loan", ""),
        ("没有类型的一条" + "长" * 80 + "13812345678", "", ""),
    ]
    parsed = read(files.xlsx(rows), "a.xlsx")
    done = report(parsed, clean(parsed.rows, {}, NearIndex(), lambda text: 0.9 if "公安" in text else 0.0))
    again = json.loads(json.dumps(done, ensure_ascii=False))
    assert again["counts"] == {
        "new": 3,
        "duplicate": 1,
        "conflict": 1,
        "flagged": 1,
        "masked": 0,
        "refused": 1,
    }
    assert again["by_type"]["brushing"]["duplicate"] == 1 and again["by_type"]["loan"]["conflict"] == 1
    assert again["rows"] == 6 and [row["row"] for row in again["refused"]] == [7]
    for group in ("new", "duplicates", "conflicts", "flagged", "refused"):
        assert all(len(row["text"]) <= 60 and "138" not in row["text"] for row in again[group])
    assert plain_text("甲") == "甲"
