"""An officer's work in the console, over HTTP: uploads, dry runs, scripts, types, versions, the start page."""

from __future__ import annotations

import io
import re
import time
from collections.abc import Iterator
from html import unescape
from pathlib import Path

import httpx
import openpyxl
import pytest
from sqlalchemy import Engine

from bot.store import log
from bot.store.candidates import READY, REFUSED
from bot.store.engine import open_store
from bot.store.handed import HandedOver
from bot.store.samples import DELETED, HELD, Sample, StoredSamples
from bot.store.tallies import Tallies, day_of
from bot.web.police.export import harmless
from intents.handover import key_of
from intents.model import Model
from intents.types import NOTHING, Handover, Message, Reply, Seen, Verdict
from tests.bot.brigade import CHIEF, OFFICER, Brigade, Browser
from tests.bot.loopback import Loopback
from tests.bot.officers.station import VISA, Station, csv
from tests.bot.officers.test_candidates import pretend_ready
from tests.tiny import HashEncoder
from training.reading.near import fingerprint

EVIL = "<script>alert(1)</script>先交三千保证金才能放款,加我微信办理"
UPLOADS, SCRIPTS = "/police/uploads", "/police/scripts"


class Office:
    """A console over the tiny model, with a chief and an officer at their desks."""

    def __init__(self, engine: Engine, folder: Path, model: Model, where: list[Loopback]) -> None:
        self.station = Station(engine, folder, model)
        self.brigade = Brigade(engine, self.station.desk)
        self.brigade.live.use_encoder(HashEncoder())
        self.chief_actor, self.officer_actor = self.brigade.chief(), self.brigade.officer()
        self.engine = engine
        self._where = where

    @property
    def chief(self) -> Browser:
        """The chief's browser, signed in."""
        return Browser(self._where[0], CHIEF)

    @property
    def officer(self) -> Browser:
        """The officer's browser, signed in."""
        return Browser(self._where[0], OFFICER)

    def samples(self, *texts: str, label: str = "loan") -> list[str]:
        """Adds samples; gives their ids."""
        rows = [Sample(fingerprint(text), text, label) for text in texts]
        StoredSamples(self.engine).add(rows, OFFICER, "up1", {})
        return [row.id for row in rows]


@pytest.fixture
def office(tmp_path: Path, tiny_model: Model) -> Iterator[Office]:
    engine = open_store(tmp_path)
    where: list[Loopback] = []
    made = Office(engine, tmp_path, tiny_model, where)
    with made.brigade.console() as found:
        where.append(found)
        yield made
    engine.dispose()


def sent(browser: Browser, data: bytes, name: str = "话术.csv", **form: str) -> httpx.Response:
    """Uploads a file."""
    form = {"csrf": browser.token()} | form
    return browser.client.post(UPLOADS, data=form, files={"file": (name, data)})


def draft_of(answer: httpx.Response) -> str:
    """Where the draft is that an upload led to."""
    assert answer.status_code == 303, said(answer)
    return answer.headers["location"]


def said(answer: httpx.Response) -> str:
    """What a page says went wrong."""
    return unescape(
        re.sub(r"<[^>]+>", " ", " ".join(re.findall(r'role="alert">(.*?)</(?:p|div)>', answer.text, re.S)))
    )


def row_of(page: str, words: str) -> tuple[str, str]:
    """(number, version) of the row that holds these words."""
    part = next(part for part in page.split("<tr")[1:] if words in unescape(part))
    found = re.search(r'value="(\d+):(\d+)"', part)
    assert found
    return found[1], found[2]


# ---- uploads -------------------------------------------------------------------------------------------


def test_an_uploaded_file_is_a_draft_that_any_officer_finds_again(office: Office) -> None:
    data = csv(
        [
            ("我叫王小明电话13912345678先垫付三千做任务返佣", "刷单返利"),
            (EVIL, "虚假贷款"),
            ("短", "刷单返利"),
        ]
    )
    path = draft_of(sent(office.officer, data))
    other = office.chief
    assert "话术.csv" in other.get(UPLOADS).text and OFFICER in other.get(UPLOADS).text
    page = other.get(f"{path}?status=new").text
    assert '<span class="token">[电话]</span>' in page and "13912345678" not in page
    assert "&lt;script&gt;" in page and "<script>alert" not in page
    assert "不能用 1" in page and office.station.desk.samples.counts() == {}


def test_a_spreadsheet_and_pasted_text_are_drafts_too(office: Office) -> None:
    book = openpyxl.Workbook()
    book.active.append(["话术", "类型"])
    book.active.append(["放款前先交解冻费三千元,交了马上到账", "虚假贷款"])
    out = io.BytesIO()
    book.save(out)
    browser = office.officer
    assert "解冻费" in browser.get(draft_of(sent(browser, out.getvalue(), "a.xlsx"))).text
    path = draft_of(browser.post(UPLOADS, pasted="先垫付三千做任务\n再垫付五千返佣金", type="brushing"))
    assert "粘贴的文字" in browser.get(path).text


@pytest.mark.parametrize(
    ("data", "name", "words"),
    [
        (b"", "a.csv", "文字"),
        (b"\x00\x01\x02" * 100, "a.xlsx", ""),
        (b"PK\x03\x04 rubbish", "../../a.xlsx", ""),
        ("话术,类型\r\n".encode(), "a.csv", "话术"),
    ],
)
def test_a_file_that_cannot_be_used_says_why_and_leaves_nothing(
    office: Office, data: bytes, name: str, words: str
) -> None:
    answer = sent(office.officer, data, name)
    assert answer.status_code == 400 and words in said(answer) and said(answer).strip()
    assert office.station.desk.uploads.listed() == []


def test_neither_nothing_nor_both_is_an_upload(office: Office) -> None:
    browser = office.officer
    assert "没有选" in said(browser.post(UPLOADS))
    assert "只留一样" in said(sent(browser, b"x", pasted="y"))


def test_a_file_beyond_the_limit_is_refused_before_it_is_read(office: Office) -> None:
    answer = sent(office.officer, b"x" * 11 * 1024 * 1024)
    assert answer.status_code == 413 and "KB" in said(answer)


def test_an_unclear_column_is_asked_for(office: Office) -> None:
    browser = office.officer
    table = "".join(f"{a}说先交保证金再给放款,{a}又说垫付三单再给返佣\r\n" for a in "甲乙丙")
    path = draft_of(sent(browser, table.encode(), "不清楚.csv"))
    assert "哪一列是话术" in browser.get(path).text
    version = re.findall(r'name="version" value="(\d+)"', browser.get(path).text)[0]
    wrong = browser.post(f"{path}/answer", version=version, text_column="丁", type="loan")
    assert wrong.status_code == 400 and "丁" in said(wrong)
    assert browser.post(f"{path}/answer", version=version, text_column="2", type="loan").status_code == 303
    assert "乙又说垫付三单再给返佣" in browser.get(path).text


def test_rows_are_edited_dropped_and_relabelled_in_place(office: Office) -> None:
    browser = office.officer
    path = draft_of(
        sent(browser, csv([("先垫付三千做任务返佣金", "刷单返利"), ("交保证金才能放款三千元", "刷单返利")]))
    )
    page = browser.get(path).text
    number, version = row_of(page, "先垫付三千")
    assert browser.post(f"{path}/decide", row=number, version=version, decision="drop").status_code == 303
    assert "会学进去 <b>1</b>" in browser.get(path).text
    number, version = row_of(page, "交保证金")
    answer = browser.post(
        f"{path}/row",
        row=number,
        version=version,
        text="交保证金才能放款,电话13912345678",
        type="loan",
        note="改过",
    )
    assert answer.status_code == 303
    page = browser.get(path).text
    assert "[电话]" in page and "虚假贷款" in page and "备注：改过" in page
    seen = re.findall(r'name="row" value="(\d+:\d+)"', page)
    form = {"csrf": browser.token(), "row": seen, "type": "pastoral"}
    assert browser.client.post(f"{path}/type", data=form).status_code == 303
    assert {row.type for row in office.station.desk.uploads.rows(path.split("/")[-1])} == {"pastoral"}
    assert "选行" in said(browser.post(f"{path}/type", type="loan"))


def test_a_row_that_somebody_else_changed_is_shown_with_both_values(office: Office) -> None:
    first, second = office.officer, office.chief
    path = draft_of(sent(first, csv([("先垫付三千做任务返佣金", "刷单返利")])))
    number, version = row_of(first.get(path).text, "先垫付")
    mine = {"row": number, "version": version, "text": "我的改法在这里很长", "type": "loan", "note": ""}
    assert second.post(f"{path}/row", **(mine | {"text": "别人的改法也在这里"})).status_code == 303
    answer = first.post(f"{path}/row", **mine)
    assert answer.status_code == 409 and "别人刚改过" in answer.text
    assert "我的改法在这里很长" in answer.text and "别人的改法也在这里" in answer.text
    assert office.station.desk.uploads.rows(path.split("/")[-1])[0].text == "别人的改法也在这里"


def test_dropping_what_reads_like_ordinary_talk_leaves_the_rest(office: Office) -> None:
    browser = office.officer
    path = draft_of(sent(browser, csv([("先垫付三千做任务返佣金", "刷单返利")])))
    assert browser.post(f"{path}/drop-flagged").status_code == 303
    assert "会学进去 <b>1</b>" in browser.get(path).text


def test_a_draft_is_given_up_with_its_rows(office: Office) -> None:
    browser = office.officer
    path = draft_of(sent(browser, csv([("先垫付三千做任务返佣金", "刷单返利")])))
    assert browser.post(f"{path}/discard").status_code == 303
    assert office.station.desk.uploads.rows(path.split("/")[-1]) == []
    assert browser.post(f"{path}/dry-run").status_code == 404


# ---- dry run and publication ---------------------------------------------------------------------------


def new_type(browser: Browser, texts: list[str]) -> str:
    """A draft of a new type."""
    path = draft_of(sent(browser, csv([(text, "") for text in texts])))
    answer = browser.post(f"{path}/new-type", type="fake_visa", name="假签证", warnings="使馆不私下收钱")
    assert answer.status_code == 303, said(answer)
    page = browser.get(f"{path}?status=refused").text
    form = {
        "csrf": browser.token(),
        "row": re.findall(r'name="row" value="(\d+:\d+)"', page),
        "type": "fake_visa",
    }
    assert browser.client.post(f"{path}/type", data=form).status_code == 303
    return path


def test_the_whole_way_from_an_upload_to_the_live_bot_and_back(office: Office) -> None:
    officer, chief = office.officer, office.chief
    path = new_type(officer, VISA)
    run = officer.post(f"{path}/dry-run").headers["location"]
    assert "正在试训" in officer.get(run).text and "data-refresh" in officer.get(run).text
    found = office.station.fit(office.station.started[-1])
    page = officer.get(run).text
    assert "新类型" in page and "平均 F1" in page and "判断会变的消息" in page
    assert "请负责人发布" in page and f'action="{run}/publish"' not in page
    assert officer.post(f"{path}/ask").status_code == 303
    assert f"{OFFICER}请负责人发布" in chief.get("/police/").text
    override = "试试看" if found.state == REFUSED else ""
    answer = chief.post(f"{run}/publish", note="新骗局", override=override)
    assert answer.status_code == 303, said(answer)
    assert office.brigade.live.get().classifier.classify(VISA[0]).type == "fake_visa"
    assert "已经发布" in officer.get(run).text and "已经发布" in officer.get(path).text
    versions = chief.get("/police/versions").text
    assert "新骗局" in versions and "<svg" in versions
    live = office.station.desk.registry.active()
    assert "多了 假签证" in chief.get(f"/police/versions/{live}").text
    assert VISA[0][:12] in unescape(chief.get(f"/police/versions/{live}").text)
    assert "为什么" in said(chief.post("/police/versions/rollback", version="base"))
    back = officer.post("/police/versions/rollback", version="base", note="误报太多")
    assert back.status_code == 303
    assert "fake_visa" not in office.brigade.live.get().knowledge.cards
    assert "扣住" in officer.get(SCRIPTS).text
    assert officer.post(f"{SCRIPTS}/readmit", all="1").status_code == 303
    assert office.station.desk.samples.counts().get(HELD, 0) == 0
    assert log.verify(office.engine) == ""


def test_only_a_chief_publishes(office: Office) -> None:
    run = pretend_ready(office.station, office.officer_actor)
    answer = office.officer.post(f"/police/candidates/{run}/publish")
    assert answer.status_code == 403 and "负责人" in said(answer)
    assert office.station.desk.registry.active() == "base"


def test_what_changed_since_the_dry_run_is_not_published(office: Office) -> None:
    run = pretend_ready(office.station, office.officer_actor)
    office.samples("先交三千保证金才能放款,加我微信办理")
    page = office.chief.get(f"/police/candidates/{run}")
    assert "不能再发布" in page.text and f"{run}/publish" not in page.text
    answer = office.chief.post(f"/police/candidates/{run}/publish")
    assert answer.status_code == 409 and "再预览" in said(answer)


def test_a_second_dry_run_is_told_who_is_ahead(office: Office) -> None:
    assert office.officer.post("/police/candidates").status_code == 303
    answer = office.chief.post("/police/candidates")
    assert answer.status_code == 409 and OFFICER in said(answer)


def test_what_the_gate_refuses_needs_a_written_reason(office: Office) -> None:
    run = pretend_ready(office.station, office.chief_actor)
    refuse(office, run)
    page = office.chief.get(f"/police/candidates/{run}").text
    assert "漏掉的骗局多了" in page and "没过关，也要发布" in page
    answer = office.chief.post(f"/police/candidates/{run}/publish")
    assert answer.status_code == 409 and "漏掉的骗局多了" in said(answer)
    assert office.chief.post(f"/police/candidates/{run}/publish", override="先救急").status_code == 303
    assert any(entry.details.get("override") == "先救急" for entry in log.entries(office.engine))


def refuse(office: Office, run: str) -> None:
    """Turns a candidate into one that the gate refuses."""
    from bot.store import candidates as store

    found = office.station.desk.candidates.get(run)
    with office.engine.begin() as connection:
        result = found.result | {
            "reasons": ["漏掉的骗局多了"],
            "scores": {"rows": 1},
            "changed": [],
            "changed_count": 0,
        }
        store.change(connection, run, READY, state=REFUSED, result=result)


@pytest.mark.parametrize("path", ["/police/candidates/x", f"{UPLOADS}/x", f"{SCRIPTS}/x", "/police/types/x"])
def test_what_is_not_there_says_so(office: Office, path: str) -> None:
    answer = office.officer.get(path)
    assert answer.status_code == 404 and said(answer).strip()


# ---- scripts -------------------------------------------------------------------------------------------


def test_scripts_are_searched_filtered_and_paged(office: Office) -> None:
    office.samples(*(f"第{i}条先交保证金才能放款的话术" for i in range(60)))
    office.samples("先垫付三千做任务返佣金", label="brushing")
    browser = office.officer
    assert "61 条" in browser.get(SCRIPTS).text and "第 1 / 2 页" in browser.get(SCRIPTS).text
    today = time.strftime("%Y-%m-%d")
    for query, total in (
        ("q=垫付", 1),
        ("type=brushing", 1),
        ("type=loan&page=2", 60),
        (f"by={OFFICER}&source=up1", 61),
        (f"since={today}&until={today}", 61),
        ("since=2099-01-01", 0),
        ("until=2001-01-01", 0),
        ("state=deleted", 0),
        ("q=%25&since=nonsense&page=999999999&state=x", 0),
    ):
        assert f"{total} 条" in browser.get(f"{SCRIPTS}?{query}").text, query


def test_a_script_is_relabelled_deleted_restored_and_has_a_history(office: Office) -> None:
    (sample,) = office.samples("先交三千保证金才能放款,加我微信办理")
    browser, path = office.officer, f"{SCRIPTS}/{sample}"
    assert browser.post(f"{path}/type", version="1", type="pastoral").status_code == 303
    assert browser.post(f"{path}/delete", version="2").status_code == 303
    assert office.station.desk.samples.counts() == {DELETED: 1}
    assert browser.post(f"{path}/restore", version="3").status_code == 303
    page = browser.get(path).text
    assert all(
        word in page for word in ("改类型：虚假贷款 → 牧区买卖骗局", "删除话术", "恢复话术", "话术进库")
    )
    stale = browser.post(f"{path}/delete", version="1")
    assert stale.status_code == 409 and "你要存的" in stale.text and "先交三千保证金" in stale.text
    assert browser.post(f"{path}/type", version="4", type="nonsense").status_code == 400


def test_an_export_holds_what_was_looked_for_and_no_formula(office: Office) -> None:
    office.samples(
        "=cmd|' /C calc'!A0 先交保证金再放款", "＋86 打这个号码办理低息贷款", "@SUM 先交钱再放款的话术"
    )
    office.samples("先垫付三千做任务返佣金", label="brushing")
    browser = office.officer
    answer = browser.post(f"{SCRIPTS}/export", format="csv", type="loan")
    assert answer.status_code == 200 and "attachment" in answer.headers["content-disposition"]
    text = answer.content.decode("utf-8-sig")
    assert text.count("\r\n") == 4 and "垫付" not in text and "虚假贷款" in text
    assert not re.search(r'(?:^|,|")[=+\-@＝＋]', text)
    book = openpyxl.load_workbook(io.BytesIO(browser.post(f"{SCRIPTS}/export", format="xlsx").content))
    cells = [cell for row in book.active.iter_rows() for cell in row]
    assert len(cells) == 5 * 8 and all(cell.data_type in "sn" and cell.data_type != "f" for cell in cells)
    assert browser.post(f"{SCRIPTS}/export", format="exe").status_code == 400
    done = [entry.details for entry in log.entries(office.engine) if entry.act == "export"]
    assert [one["rows"] for one in done] == [3, 4]


@pytest.mark.parametrize("text", ["=1", "+1", "-1", "@x", "\t=1", " =1", "\r\n=1", "＝1"])
def test_a_cell_that_begins_like_a_formula_is_made_harmless(text: str) -> None:
    assert harmless(text) == f"'{text}" and harmless("平常 = 话") == "平常 = 话"


# ---- types and cards -----------------------------------------------------------------------------------


def card_form(page: str) -> dict[str, str]:
    """What the form of a card holds."""
    boxes = re.findall(r'<textarea id="([^"]+)"[^>]*>(.*?)</textarea>', page, re.S)
    version = re.findall(r'name="version" value="(\d+)"', page)[0]
    checks = dict.fromkeys(re.findall(r'name="(reviewed\.\w+)" value="1" checked', page), "1")
    return {name: unescape(value) for name, value in boxes} | {"version": version} | checks


def test_a_card_is_read_as_people_read_it_in_every_language(office: Office) -> None:
    page = office.officer.get("/police/types/loan").text
    for words in ("虚假贷款", "虛假貸款", "Loan scam", "认出来的时候", "钱已给出的时候"):
        assert words in page
    assert "虚假贷款" in office.officer.get("/police/types").text


def test_a_card_is_written_previewed_and_approved(office: Office) -> None:
    officer, chief = office.officer, office.chief
    path = officer.post("/police/types/loan/draft").headers["location"]
    form = card_form(officer.get(path).text) | {"remember.zh": "先给钱的贷款<b>都是假的</b>"}
    shown = officer.post(f"{path}/preview", **form).text
    assert "先给钱的贷款&lt;b&gt;都是假的" in shown and "<del>" in shown
    assert office.station.desk.cards.get(path.split("/")[-1]).fields == {}, "a preview stores nothing"
    assert officer.post(path, **form).status_code == 303
    kept = office.station.desk.cards.get(path.split("/")[-1])
    assert list(kept.fields) == ["remember"], "only what differs is the station's own"
    assert "等负责人批准" in chief.get("/police/").text
    denied = officer.post(f"{path}/approve", version=str(kept.version))
    assert denied.status_code == 403 and "负责人" in said(denied)
    assert chief.post(f"{path}/approve", version=str(kept.version)).status_code == 303
    assert office.brigade.live.get().knowledge.card("loan").remember.zh == "先给钱的贷款<b>都是假的</b>"
    assert "本地写的" in chief.get("/police/types").text and "批准了" in chief.get("/police/types/loan").text


def test_a_card_that_lacks_something_keeps_what_was_typed(office: Office) -> None:
    officer = office.officer
    path = officer.post("/police/types/loan/draft").headers["location"]
    form = card_form(officer.get(path).text) | {
        "do_now.zh": "",
        "do_now.en": "",
        "what.zh": "我写了很久的一段话",
    }
    answer = officer.post(path, **form)
    assert answer.status_code == 400 and "do_now" in said(answer)
    assert "我写了很久的一段话" in answer.text


def test_two_that_write_one_card_see_each_other(office: Office) -> None:
    officer, chief = office.officer, office.chief
    path = officer.post("/police/types/loan/draft").headers["location"]
    assert chief.post("/police/types/loan/draft").headers["location"] == path
    form = card_form(officer.get(path).text)
    assert chief.post(path, **(form | {"remember.zh": "负责人写的"})).status_code == 303
    answer = officer.post(path, **(form | {"remember.zh": "民警写的"}))
    assert answer.status_code == 409 and "民警写的" in answer.text and "负责人写的" in answer.text


def test_a_new_type_begins_with_a_draft(office: Office) -> None:
    officer = office.officer
    form = {
        "type": "fake_visa",
        "name": "假签证",
        "what": "冒充使馆收钱",
        "warnings": "使馆不私下收钱\n没有内部名额",
    }
    taken = officer.post("/police/types/new", **(form | {"type": "loan"}))
    assert taken.status_code == 400 and "已经有" in said(taken) and "假签证" in taken.text
    assert officer.post("/police/types/new", **(form | {"type": "X y"})).status_code == 400
    path = officer.post("/police/types/new", **form).headers["location"].partition("?")[0]
    page = officer.get(path).text
    assert "冒充使馆收钱" in page and "新类型" in page
    version = card_form(page)["version"]
    assert office.chief.post(f"{path}/approve", version=version).status_code == 303
    assert office.brigade.live.get().knowledge.card("fake_visa").name.zh == "假签证"
    path = officer.post("/police/types/fake_visa/draft").headers["location"]
    version = card_form(officer.get(path).text)["version"]
    assert officer.post(f"{path}/drop", version=version).status_code == 303


# ---- review ---------------------------------------------------------------------------------------------


def handed(office: Office, *texts: str) -> None:
    """People hand these texts over."""
    for at, text in enumerate(texts):
        seen = Seen("loan", "danger", 0.9, ((2, 5),))
        wish = Handover(key_of(text), text, seen, claim="brushing")
        HandedOver(office.engine).take(f"c{at}", wish, "web")


def test_a_text_handed_over_is_seen_as_the_bot_saw_it_and_ruled_on(office: Office) -> None:
    handed(office, "先交<b>三千</b>保证金才放款,加微信办理", "先垫付三千做任务返佣金马上到")
    handed(office, "周末去草原骑马好不好玩呢", "嗯嗯好的就这样吧谢谢您了")
    officer = office.officer
    assert "4 条用户交来的话等人看" in officer.get("/police/").text
    page = officer.get("/police/review").text
    assert "先交<mark>&lt;b&gt;</mark>三千" in page and "机器人说" in page and "刷单返利" in page
    paths = re.findall(r'action="(/police/review/\w+)"', page)
    other = {"decision": "other", "type": "brushing"}
    forms = ({"decision": "right"}, other, {"decision": "benign"}, {"decision": "drop"})
    for path, form in zip(paths, forms, strict=True):
        assert officer.post(path, **form).status_code == 303
    assert "没有要看的" in officer.get("/police/review").text
    learnt = {sample.type for sample in office.station.desk.samples.all()}
    assert learnt == {"loan", "brushing", "benign"}
    again = office.chief.post(paths[0], decision="benign")
    assert again.status_code == 409 and OFFICER in said(again)
    assert officer.post(paths[0], decision="nonsense").status_code == 400
    assert officer.post("/police/review/x", decision="right").status_code == 404


# ---- versions and the start page -----------------------------------------------------------------------


def test_an_officer_goes_back_one_version_only(office: Office) -> None:
    for note in ("一", "二"):
        office.station.desk.candidates.publish(
            pretend_ready(office.station, office.chief_actor), office.chief_actor, note
        )
    answer = office.officer.post("/police/versions/rollback", version="base", note="急")
    assert answer.status_code == 403 and "上一个" in said(answer)
    assert "只能退到上一个" in office.officer.get("/police/versions").text
    assert office.chief.post("/police/versions/rollback", version="nobody", note="急").status_code == 404
    assert office.chief.post("/police/versions/rollback", version="base", note="急").status_code == 303


def test_the_start_page_tells_what_waits_and_the_week_in_numbers(office: Office) -> None:
    tallies = Tallies(office.engine)
    for verdict in (
        Verdict("loan", 0.9, "danger"),
        Verdict("loan", 0.5, "caution"),
        Verdict("benign", 0.8, "none"),
    ):
        tallies.note(Message("x"), Reply(("a",), verdict))
    tallies.note(Message("你好"), Reply(("您好",), NOTHING))
    tallies.note(Message(button="not_this"), Reply(("a",), NOTHING))
    tallies.flush()
    page = office.officer.get("/police/").text
    assert "判断过的消息：3 条" in page and "<b>33%</b> 拿不准" in page and "<b>1</b> 次按了" in page
    assert "没有。" in page and "base" in page
    sent(office.officer, csv([("先垫付三千做任务返佣金", "刷单返利")]))
    assert "话术.csv" in office.officer.get("/police/").text


def test_answers_are_counted_now_and_then_and_without_words(office: Office) -> None:
    now = [1_800_000_000.0]
    tallies = Tallies(office.engine, lambda: now[0])
    scam = Reply(("a",), Verdict("loan", 0.9, "danger"))
    day = day_of(now[0])
    for _ in range(3):
        tallies.note(Message("我的卡号6222"), scam)
    assert tallies.since([day]) == []
    now[0] += 10
    tallies.note(Message("还有一条"), scam)
    tallies.note(Message("又一条"), scam)
    tallies.flush()
    (counted,) = tallies.since([day])
    assert (counted.kind, counted.name, counted.count) == ("danger", "loan", 5)
