"""What an officer meets in the console, in a real browser."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from pathlib import Path

import pytest
from selenium import webdriver
from selenium.webdriver.common.by import By
from selenium.webdriver.common.keys import Keys
from selenium.webdriver.remote.webelement import WebElement

from bot.store.engine import open_store
from bot.store.handed import HandedOver
from bot.store.samples import Sample, StoredSamples
from bot.web.police.console import PAGES
from intents.handover import key_of
from intents.model import Model
from intents.types import Handover, Seen
from tests.bot.brigade import CHIEF, OFFICER, PASSPHRASE, Brigade
from tests.bot.browser import barriers, chromium, needed, sized
from tests.bot.loopback import Loopback, wait_for
from tests.bot.officers.station import Station, csv
from tests.bot.officers.test_candidates import pretend_ready
from tests.tiny import HashEncoder
from training.reading.near import fingerprint

pytestmark = needed
SCAM = "先垫付三千元做任务，做完返佣"
DESKTOP, PHONE = (1366, 768), (390, 844)


class Visitor:
    """An officer with a browser."""

    def __init__(self, driver: webdriver.Chrome, where: Loopback) -> None:
        self.driver = driver
        self.where = where

    def open(self, path: str) -> None:
        """Opens a page."""
        self.driver.get(self.where.url + path)

    def sign_in(self, name: str) -> None:
        """Comes in, as if for the first time."""
        self.driver.delete_all_cookies()
        self.open("/police/login")
        self.one("#name").send_keys(name)
        self.one("#passphrase").send_keys(PASSPHRASE, Keys.ENTER)
        self.sees("h1", "首页")

    def one(self, selector: str) -> WebElement:
        """The first element of a selector."""
        return self.driver.find_element(By.CSS_SELECTOR, selector)

    def sees(self, selector: str, words: str) -> None:
        """Waits until an element holds these words, also on the page that is about to come."""
        script = "return (document.querySelector(arguments[0]) || {}).innerText || ''"
        wait_for(lambda: words in str(self.driver.execute_script(script, selector)))

    def press(self, selector: str) -> None:
        """Presses what the keyboard reached."""
        self.one(selector).send_keys(Keys.ENTER)

    def wider_than_the_screen(self) -> int:
        """By how many pixels the page is."""
        script = "return document.documentElement.scrollWidth - document.documentElement.clientWidth"
        return int(self.driver.execute_script(script))


@pytest.fixture(scope="module")
def driver(tmp_path_factory: pytest.TempPathFactory) -> Iterator[webdriver.Chrome]:
    with chromium(tmp_path_factory.mktemp("chromium")) as browser:
        yield browser


class Office:
    """A console with something on every page; `paths`: pages that are about one thing."""

    def __init__(self, folder: Path, model: Model) -> None:
        self.engine = open_store(folder)
        station = Station(self.engine, folder, model)
        self.brigade = Brigade(self.engine, station.desk)
        self.brigade.live.use_encoder(HashEncoder())
        chief, officer = self.brigade.chief(), self.brigade.officer()
        sample = Sample(fingerprint(SCAM), SCAM, "brushing")
        StoredSamples(self.engine).add([sample], OFFICER, "up1", {})
        rows = csv([("我叫王小明电话13912345678先交保证金再放款", "虚假贷款"), (SCAM, "虚假贷款")])
        draft = station.desk.uploads.upload(rows, "话术.csv", officer)
        card = station.desk.cards.write("loan", {"remember": "先给钱的贷款都是假的"}, officer)
        run = pretend_ready(station, chief, draft.id)
        version = station.desk.candidates.publish(pretend_ready(station, chief), chief, "试")
        wish = Handover(key_of(SCAM), SCAM, Seen("loan", "danger", 0.9, ((1, 3),)))
        HandedOver(self.engine).take("c", wish, "web")
        self.paths = (
            f"/police/uploads/{draft.id}",
            f"/police/candidates/{run}",
            f"/police/scripts/{sample.id}",
            "/police/types/loan",
            f"/police/cards/{card.id}",
            f"/police/versions/{version.id}",
        )


@pytest.fixture(scope="module")
def office(tmp_path_factory: pytest.TempPathFactory, tiny_model: Model) -> Iterator[Office]:
    made = Office(tmp_path_factory.mktemp("store"), tiny_model)
    yield made
    made.engine.dispose()


@pytest.fixture(scope="module")
def where(office: Office) -> Iterator[Loopback]:
    with office.brigade.console() as found:
        yield found


@pytest.fixture
def visitor(driver: webdriver.Chrome, where: Loopback) -> Visitor:
    sized(driver, *DESKTOP)
    return Visitor(driver, where)


def problems(visitor: Visitor, path: str, sizes: Sequence[tuple[int, int]] = (DESKTOP, PHONE)) -> list[str]:
    """Barriers and overflow of a page on a desktop and on a phone."""
    found = []
    for size in sizes:
        sized(visitor.driver, *size)
        visitor.open(path)
        found += [f"{path} {size}: {barrier}" for barrier in barriers(visitor.driver)]
        if visitor.wider_than_the_screen() > 0:
            found.append(f"{path} {size}: wider than the screen")
    return found


def test_no_page_has_a_serious_barrier_or_is_wider_than_its_screen(visitor: Visitor) -> None:
    visitor.sign_in(CHIEF)
    for page in PAGES:
        if page.method == "GET" and not page.open and "{" not in page.path:
            assert problems(visitor, page.path) == []


def test_no_page_about_one_thing_has_a_serious_barrier_either(visitor: Visitor, office: Office) -> None:
    visitor.sign_in(CHIEF)
    for path in office.paths:
        assert problems(visitor, path) == []


def test_in_the_dark_everything_can_be_read(visitor: Visitor, office: Office) -> None:
    visitor.sign_in(CHIEF)
    for path in ("/police/", "/police/review", "/police/officers", *office.paths[:2]):
        sized(visitor.driver, *DESKTOP, dark=True)
        visitor.open(path)
        assert barriers(visitor.driver) == []


def test_one_key_rules_on_the_chosen_text_alone(visitor: Visitor, office: Office) -> None:
    visitor.sign_in(OFFICER)
    visitor.open("/police/review")
    visitor.one("#main").send_keys("4")
    assert visitor.one("h1").text == "审核：1 条"
    visitor.one("[data-keys]").send_keys("4")
    visitor.sees("h1", "审核：0 条")


def test_the_reply_is_shown_beside_the_card_while_it_is_written(visitor: Visitor, office: Office) -> None:
    visitor.sign_in(OFFICER)
    visitor.open(next(path for path in office.paths if "/cards/" in path))
    box = visitor.driver.find_element(By.ID, "remember.zh")
    box.clear()
    box.send_keys("先收钱的贷款，一概不要信")
    visitor.sees("[data-shown] .reply", "先收钱的贷款，一概不要信")


def test_the_way_in_has_no_serious_barrier_either(visitor: Visitor) -> None:
    visitor.driver.delete_all_cookies()
    for path in ("/police/login", "/police/join?code=x"):
        assert problems(visitor, path) == []


def test_a_look_at_a_text_has_no_serious_barrier(visitor: Visitor) -> None:
    visitor.sign_in(OFFICER)
    visitor.open("/police/try")
    visitor.one("#text").send_keys(SCAM)
    visitor.press("main button.main")
    visitor.sees("main", "刷单返利")
    assert visitor.one("mark").text in SCAM
    assert barriers(visitor.driver) == []


def test_the_keyboard_alone_signs_in_and_out(visitor: Visitor) -> None:
    visitor.driver.delete_all_cookies()
    visitor.open("/police/login")
    active = visitor.driver.switch_to
    active.active_element.send_keys(CHIEF, Keys.TAB)
    active.active_element.send_keys(PASSPHRASE, Keys.TAB)
    active.active_element.send_keys(Keys.ENTER)
    visitor.sees("h1", "首页")
    active.active_element.send_keys(Keys.TAB)
    assert active.active_element.text == "跳到内容"
    active.active_element.send_keys(Keys.TAB)
    assert active.active_element.text == "退出"
    active.active_element.send_keys(Keys.ENTER)
    visitor.sees("[role=status]", "已退出")


def test_locking_asks_first_and_does_it_then(visitor: Visitor) -> None:
    visitor.sign_in(CHIEF)
    visitor.open("/police/officers")
    lock = f'[aria-label="锁定{OFFICER}"]'
    visitor.press(lock)
    visitor.driver.switch_to.alert.dismiss()
    assert "已锁定" not in visitor.one("main").text
    visitor.press(lock)
    visitor.driver.switch_to.alert.accept()
    visitor.sees("[role=status]", "已锁定")
    visitor.press(f'[aria-label="解锁{OFFICER}"]')
    visitor.sees("[role=status]", "已解锁")


def test_nothing_is_loaded_from_elsewhere_and_nothing_is_blocked(visitor: Visitor) -> None:
    visitor.driver.get_log("browser")  # type: ignore[no-untyped-call]
    visitor.sign_in(CHIEF)
    for page in PAGES:
        if page.method == "GET" and not page.open and "{" not in page.path:
            visitor.open(page.path)
    said = visitor.driver.get_log("browser")  # type: ignore[no-untyped-call]
    assert [entry for entry in said if entry["level"] == "SEVERE"] == []
