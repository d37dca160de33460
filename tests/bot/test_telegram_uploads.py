"""The whole way of an upload on Telegram, over real HTTP: file, preview, dry run, publication, back again."""

from __future__ import annotations

import asyncio
import io
import os
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import openpyxl
from sqlalchemy import Engine

from bot.live import Live
from bot.officers.people import Actor
from bot.officers.review import Review
from bot.overlay import shipped
from bot.store import log
from bot.store.samples import ACTIVE, HELD, Sample, StoredSamples
from bot.telegram import DELIVERY
from bot.telegram_officers import Officers, OfficersPace
from bot.telegram_officers_uploads import new_type
from bot.telegram_officers_wiring import screens
from bot.telegram_serving import Beside
from intents.knowledge import Knowledge
from intents.model import Model
from tests import tiny
from tests.bot.brigade import Brigade
from tests.bot.officers.station import VISA
from tests.bot.officers.station import Station as Fitting
from tests.bot.telegram_station import Person, Station, running
from tests.bot.test_telegram import attached
from tests.local_bot_api import BROKEN, Call, LocalBotApi
from training.reading.limits import MAX_FILE
from training.reading.near import fingerprint

OFFICER, CHIEF, USER = 801, 802, 803
KNOWN = "放款前先交三千块手续费才能到账"
VISA_TYPE = "fake_visa\n假签证担保\n使馆从来不收担保金\n做:先别交钱,打使馆官网上的电话问"


@dataclass
class Police:
    """A station with an officer and a chief on Telegram; `fit` begins what a dry run waits for."""

    api: LocalBotApi
    fitting: Fitting
    live: Live
    officer: Person
    chief: Person
    actors: dict[str, Actor]

    async def sends(self, who: Person, data: bytes, name: str, caption: str = "", **fields: Any) -> Call:
        """The preview of a file."""
        path = f"documents/file_{len(self.api.files)}"
        self.api.files[path] = data
        document = attached(file_name=name, file_size=len(data)) | {"file_id": path} | fields
        return await who.says(document=document, **({"caption": caption} if caption else {}))

    async def fit(self) -> None:
        """Fits the candidate that was begun last, as the child would."""
        await asyncio.to_thread(self.fitting.fit, self.fitting.started[-1])


@asynccontextmanager
async def police(
    api: LocalBotApi, engine: Engine, folder: Path, knowledge: Knowledge, model: Model
) -> AsyncIterator[Police]:
    """With the tiny model live."""
    fitting = Fitting(engine, folder, model)
    brigade = Brigade(engine)
    live = Live(fitting.desk.registry, shipped)
    live.use_encoder(tiny.HashEncoder())

    def prepare(station: Station) -> list[Beside]:
        shown = screens(fitting.desk, brigade.people, Review(engine, station.handed, fitting.desk.knowledge))
        officers = Officers(
            station.app.bot,
            station.app.bot_data[DELIVERY],
            brigade.people,
            brigade.invitations,
            shown,
            OfficersPace(soon=5, look=0.02),
        )
        officers.register(station.app)
        return [officers.keep_menus]

    async with running(api, engine, knowledge, prepare, live):
        people = {}
        actors = {"officer": brigade.officer(), "chief": brigade.chief()}
        for name, number in (("officer", OFFICER), ("chief", CHIEF)):
            people[name] = Person(api, number)
            await people[name].says(f"/link {brigade.invitations.telegram_code(actors[name]).code}")
        yield Police(api, fitting, live, people["officer"], people["chief"], actors)


def csv(rows: list[tuple[str, str]], encoding: str = "gb18030") -> bytes:
    """A csv as Excel writes it in China: GB18030, CRLF, a header, a column that nobody needs."""
    lines = [
        "序号,话术内容,诈骗类型",
        *(f'{at},"{text}",{label}' for at, (text, label) in enumerate(rows, 1)),
    ]
    return ("\r\n".join(lines) + "\r\n").encode(encoding)


def xlsx(rows: list[tuple[str, str]]) -> bytes:
    """A real xlsx with a title above the header."""
    book = openpyxl.Workbook()
    sheet = book.active
    assert sheet is not None
    sheet.append(["简要案情", "诈骗类型"])
    for row in rows:
        sheet.append(list(row))
    out = io.BytesIO()
    book.save(out)
    return out.getvalue()


def labels(call: Call) -> str:
    """What the buttons say."""
    return " | ".join(label for row in call.buttons for label, _ in row)


async def published(chief: Person, shown: Call) -> Call:
    """The screen after a chief published, with a written reason where the gate refuses the tiny candidate."""
    if "照样发布" not in labels(shown):
        return await chief.presses("发布", shown)
    asked = await chief.presses("照样发布", shown)
    assert "写一句理由" in asked.text
    return await chief.says("留出的句子太少")


# ---- the whole way -------------------------------------------------------------------------------------


async def test_the_whole_way_of_a_csv_as_excel_writes_it(
    api: LocalBotApi, engine: Engine, tmp_path: Path, knowledge: Knowledge, tiny_model: Model
) -> None:
    StoredSamples(engine).add([Sample(fingerprint(KNOWN), KNOWN, "phishing")], "以前", "up0", {})
    rows = [
        *((text, "") for text in VISA),
        (KNOWN, "虚假贷款"),
        ("点赞返佣,垫付三百返四百,领任务打13812345678", "刷单返利"),
    ]
    async with police(api, engine, tmp_path, knowledge, tiny_model) as here:
        officer, chief = here.officer, here.chief
        user = Person(api, USER)
        shown = await here.sends(officer, csv(rows), "七月话术.csv")
        assert shown.text.startswith("「七月话术.csv」26 行") and "冲突 1" in shown.text
        assert "没类型的 24 条算哪类" in labels(shown) and "定冲突的 1 条" in labels(shown)
        assert "打了码 1" in shown.text and "13812345678" not in shown.text

        await officer.presses("没类型的")
        await officer.presses("新建一个类型")
        shown = await officer.says(VISA_TYPE)
        assert "· 假签证担保" in shown.text and "没类型的" not in labels(shown)
        clash = await officer.presses("定冲突的")
        assert "这里写「虚假贷款」，已有的是「钓鱼" in clash.text and KNOWN in clash.text
        shown = await officer.presses("改成「虚假贷款」")
        assert "虚假贷款 1 条" in shown.text and StoredSamples(engine).counts() == {ACTIVE: 1}

        assert (await officer.presses("试训")).text.startswith("试训中 0%")
        await here.fit()
        shown = await officer.until("试训好了")
        assert "线上 → 新的" in shown.text and "新类型「假签证担保」" in shown.text
        assert "发布" not in labels(shown).replace("请负责人发布", "")
        assert not here.live.refresh(), "a dry run changes nothing"

        await officer.presses("请负责人发布")
        asked = await chief.until("李警官 请你发布")
        shown = await published(chief, asked)
        assert shown.text.startswith("发布了，线上是 ")
        assert StoredSamples(engine).counts_by_type()["loan"] == 1

        assert here.live.refresh()
        told = await user.says(VISA[3])
        assert "假签证担保" in told.text
        assert "使馆从来不收担保金" in str(here.live.get().knowledge.card("fake_visa").warnings)

        await officer.says("/rollback")
        back = await officer.presses("确定退回")
        assert back.text.startswith("退回了，线上是 base。") and "扣住" in back.text
        assert here.live.refresh() and "假签证担保" not in (await user.says(VISA[5])).text
        assert StoredSamples(engine).counts()[HELD] > 3
    acts = [entry.act for entry in log.entries(engine)]
    assert {"draft", "draft-edit", "draft-ask", "publish", "rollback"} <= set(acts) and not log.verify(engine)


async def test_the_whole_way_of_a_real_xlsx_with_the_type_in_the_caption(
    api: LocalBotApi, engine: Engine, tmp_path: Path, knowledge: Knowledge, tiny_model: Model
) -> None:
    rows = [(text, "") for text in VISA[:6]]
    async with police(api, engine, tmp_path, knowledge, tiny_model) as here:
        shown = await here.sends(here.chief, xlsx(rows), "案情.xlsx", "虚假贷款")
        assert "· 虚假贷款" in shown.text and "没类型的" not in labels(shown)
        await here.chief.presses("试训")
        await here.fit()
        shown = await here.chief.until("试训好了")
        shown = await published(here.chief, shown)
        assert shown.text.startswith("发布了")
        assert "负责人" not in shown.text and StoredSamples(engine).counts_by_type()["loan"] >= 5


# ---- what comes in -------------------------------------------------------------------------------------


async def test_a_file_that_is_too_large_is_not_fetched(
    api: LocalBotApi, engine: Engine, tmp_path: Path, knowledge: Knowledge, tiny_model: Model
) -> None:
    async with police(api, engine, tmp_path, knowledge, tiny_model) as here:
        said = await here.sends(here.officer, b"x", "a.csv", file_size=MAX_FILE + 1)
        assert "文件太大，没有取" in said.text and not api.of("getFile")
        api.sizes["documents/file_1"] = MAX_FILE + 1
        said = await here.sends(here.officer, b"text", "a.csv", file_size=None)
        assert "文件太大，没有取" in said.text and len(api.of("getFile")) == 1
        assert not api.fetched
        assert here.fitting.desk.uploads.listed() == []


async def test_a_name_is_shown_and_never_used_as_a_path(
    api: LocalBotApi, engine: Engine, tmp_path: Path, knowledge: Knowledge, tiny_model: Model
) -> None:
    async with police(api, engine, tmp_path, knowledge, tiny_model) as here:
        data = csv([(KNOWN, "虚假贷款")])
        before = sorted(os.listdir(tmp_path))  # noqa: PTH208
        shown = await here.sends(here.officer, data, "../../evil/<b>x.csv")
        assert shown.text.startswith("「<b>x.csv」1 行")
        assert sorted(os.listdir(tmp_path)) == before  # noqa: PTH208


async def test_what_cannot_be_read_is_said_plainly_and_stored_nowhere(
    api: LocalBotApi, engine: Engine, tmp_path: Path, knowledge: Knowledge, tiny_model: Model
) -> None:
    files = {"a.csv": b"\x00" * 4000, "a.xlsx": b"PK\x03\x04broken", "a.txt": b"", "a.exe": b"MZ\x90\x00"}
    async with police(api, engine, tmp_path, knowledge, tiny_model) as here:
        for name, data in files.items():
            said = await here.sends(here.officer, data, name)
            assert "请" in said.text and "Error" not in said.text and "Traceback" not in said.text, name
        assert here.fitting.desk.uploads.listed() == []


async def test_a_file_that_does_not_come_through_is_asked_for_again(
    api: LocalBotApi, engine: Engine, tmp_path: Path, knowledge: Knowledge, tiny_model: Model
) -> None:
    async with police(api, engine, tmp_path, knowledge, tiny_model) as here:
        api.fail("getFile", BROKEN)
        said = await here.sends(here.officer, csv([(KNOWN, "虚假贷款")]), "a.csv")
        assert said.text.startswith("文件没有取到")


async def test_pasted_text_becomes_a_draft_in_one_message_or_in_two(
    api: LocalBotApi, engine: Engine, tmp_path: Path, knowledge: Knowledge, tiny_model: Model
) -> None:
    async with police(api, engine, tmp_path, knowledge, tiny_model) as here:
        shown = await here.officer.says(f"/upload 虚假贷款\n{KNOWN}\n交了解冻费马上放款到账")
        assert shown.text.startswith("「粘贴的文字」2 行，要收 2 条") and "· 虚假贷款 2 条" in shown.text
        asked = await here.officer.says("/upload 虚假征信")
        assert "都算「虚假征信」" in asked.text
        shown = await here.officer.says("注销校园贷,不然影响征信,先把额度转到指定账户")
        assert "· 虚假征信 1 条" in shown.text
        await here.officer.says("/upload")
        shown = await here.officer.says("你的社保卡被冻结,点开链接重新认证")
        assert "没类型的 1 条算哪类" in labels(shown)
        await here.officer.presses("没类型的")
        shown = await here.officer.presses("钓鱼")
        assert "没类型的" not in labels(shown) and "试训" in labels(shown)


async def test_which_column_holds_the_texts_is_asked_with_buttons(
    api: LocalBotApi, engine: Engine, tmp_path: Path, knowledge: Knowledge, tiny_model: Model
) -> None:
    rows = [("经过", "对方所说"), *(("受害人接到电话后转账若干元", text) for text in VISA[:2])]
    data = "\r\n".join(f'"{left}","{right}"' for left, right in rows).encode("gb18030")
    async with police(api, engine, tmp_path, knowledge, tiny_model) as here:
        shown = await here.sends(here.officer, data, "b.csv", "虚假贷款")
        assert "要问一句" in shown.text and "第 2 列" in labels(shown)
        shown = await here.officer.presses("第 2 列")
        assert "· 虚假贷款 2 条" in shown.text


# ---- drafts --------------------------------------------------------------------------------------------


async def test_a_draft_is_left_found_again_by_another_and_given_up(
    api: LocalBotApi, engine: Engine, tmp_path: Path, knowledge: Knowledge, tiny_model: Model
) -> None:
    async with police(api, engine, tmp_path, knowledge, tiny_model) as here:
        await here.sends(here.officer, csv([(KNOWN, "虚假贷款")]), "留着.csv")
        assert "放着了" in (await here.officer.presses("先放着")).text
        assert "留着.csv" in (await here.chief.says("/drafts")).text
        assert "· 虚假贷款 1 条" in (await here.chief.presses("留着.csv")).text
        old = here.chief.last
        assert "删掉了" in (await here.chief.presses("删掉这份")).text
        assert "没有等着处理的上传" in (await here.officer.says("/drafts")).text
        assert "放弃" in (await here.chief.presses("试训", old)).text


async def test_a_second_dry_run_is_told_who_is_ahead(
    api: LocalBotApi, engine: Engine, tmp_path: Path, knowledge: Knowledge, tiny_model: Model
) -> None:
    async with police(api, engine, tmp_path, knowledge, tiny_model) as here:
        await here.sends(here.officer, csv([(KNOWN, "虚假贷款")]), "a.csv")
        await here.officer.presses("试训")
        await here.sends(here.chief, csv([("交了解冻费马上给你放款到账", "虚假贷款")]), "b.csv")
        assert "李警官" in (await here.chief.presses("试训")).text


async def test_an_officer_cannot_publish_even_with_a_forged_button(
    api: LocalBotApi, engine: Engine, tmp_path: Path, knowledge: Knowledge, tiny_model: Model
) -> None:
    async with police(api, engine, tmp_path, knowledge, tiny_model) as here:
        await here.sends(here.officer, csv([(KNOWN, "虚假贷款")]), "a.csv")
        await here.officer.presses("试训")
        await here.fit()
        await here.officer.until("试训好了")
        said = await here.officer.forges(f"o:d:pub:{here.fitting.started[-1]}")
        assert "负责人" in said.text and here.fitting.desk.registry.active() == "base"


async def test_what_changed_since_the_dry_run_is_not_published(
    api: LocalBotApi, engine: Engine, tmp_path: Path, knowledge: Knowledge, tiny_model: Model
) -> None:
    async with police(api, engine, tmp_path, knowledge, tiny_model) as here:
        await here.sends(here.chief, csv([(KNOWN, "虚假贷款")]), "a.csv")
        await here.chief.presses("试训")
        await here.fit()
        shown = await here.chief.until("试训好了")
        text = "交了解冻费马上给你放款到账"
        StoredSamples(engine).add([Sample(fingerprint(text), text, "loan")], "别人", "up1", {})
        said = await here.chief.forges(f"o:d:pub:{here.fitting.started[-1]}", shown)
        assert "没有发布，线上的不变" in said.text or "没过关" in said.text
        assert here.fitting.desk.registry.active() == "base"


async def test_versions_are_listed_and_a_rollback_that_came_too_late_does_nothing(
    api: LocalBotApi, engine: Engine, tmp_path: Path, knowledge: Knowledge, tiny_model: Model
) -> None:
    async with police(api, engine, tmp_path, knowledge, tiny_model) as here:
        assert "线上：base" in (await here.officer.says("/versions")).text
        assert "没有可以退回的版本" in (await here.officer.says("/rollback")).text
        said = await here.officer.forges("o:v:back:base:12345678")
        assert "刚刚变了，没有退" in said.text
        assert "线上就是 base" in (await here.chief.says("/rollback base")).text


async def test_a_button_of_long_ago_is_answered_in_words(
    api: LocalBotApi, engine: Engine, tmp_path: Path, knowledge: Knowledge, tiny_model: Model
) -> None:
    old = (
        "u:open:none",
        "u:t:none:loan",
        "u:ck:none:x:y",
        "u:del:none",
        "d:see:none",
        "d:x",
        "u",
        "v",
        "d:pub:n",
    )
    async with police(api, engine, tmp_path, knowledge, tiny_model) as here:
        for payload in old:
            said = await here.officer.forges(f"o:{payload}")
            assert said.text and "Error" not in said.text, payload


def test_the_words_of_a_new_type_make_its_card() -> None:
    type_id, fields = new_type(VISA_TYPE)
    assert type_id == "fake_visa"
    assert fields == {
        "name": "假签证担保",
        "warnings": ["使馆从来不收担保金"],
        "do_now": ["先别交钱,打使馆官网上的电话问"],
    }
