"""The whole way in a browser: from the first chief to a bot that learned, and back; real server, real store."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from pathlib import Path

import openpyxl
import pytest
from selenium import webdriver
from selenium.webdriver.common.by import By
from selenium.webdriver.common.keys import Keys
from selenium.webdriver.remote.webelement import WebElement
from selenium.webdriver.support.select import Select

from bot.chat import Chat
from bot.store.conversations import Conversations
from bot.store.engine import open_store
from intents.model import Model
from tests.bot.brigade import CHIEF, OFFICER, PASSPHRASE, Brigade
from tests.bot.browser import barriers, chromium, needed, sized
from tests.bot.loopback import Loopback, wait_for
from tests.bot.officers.station import VISA, Station, csv
from tests.tiny import HashEncoder

pytestmark = needed
ASKED = VISA[0]
BREAD = "先垫付三千做任务返佣金马上到账"


class FittingBeside(Station):
    """A station whose dry runs are fitted in a thread, as a child would beside the server."""

    def _start(self, candidate_id: str, folder: Path) -> None:
        threading.Thread(target=self.fit, args=(candidate_id,), daemon=True).start()


class Person:
    """Somebody at a window of the browser."""

    def __init__(self, driver: webdriver.Chrome, where: Loopback) -> None:
        self.driver = driver
        self.url = where.url
        driver.switch_to.new_window("tab")
        self.window = driver.current_window_handle

    def here(self) -> None:
        """Brings the window to the front."""
        self.driver.switch_to.window(self.window)

    def open(self, path: str) -> None:
        """Opens a page."""
        self.here()
        self.driver.get(path if path.startswith("http") else self.url + path)

    def one(self, selector: str) -> WebElement:
        """The first element of a selector."""
        return self.driver.find_element(By.CSS_SELECTOR, selector)

    def sees(self, words: str, selector: str = "main", seconds: float = 60) -> None:
        """Waits until an element holds these words, also on the page that is about to come."""
        script = "return (document.querySelector(arguments[0]) || {}).innerText || ''"
        wait_for(lambda: words in str(self.driver.execute_script(script, selector)), seconds)

    def type(self, **boxes: str) -> None:
        """Fills boxes in, by their id."""
        for name, words in boxes.items():
            box = self.one(f"#{name}")
            box.clear()
            box.send_keys(words)

    def press(self, words: str, within: str = "main") -> None:
        """Presses the button of these words with the keyboard; says yes where it asks."""
        path = f'//{within}//button[normalize-space()="{words}"]'
        self.driver.find_element(By.XPATH, path).send_keys(Keys.ENTER)

    def press_and_agree(self, words: str) -> None:
        """Presses a button that asks first, and says yes."""
        self.press(words)
        self.driver.switch_to.alert.accept()

    def sign_in(self, name: str) -> None:
        """Comes in as somebody else than before."""
        self.here()
        self.driver.delete_all_cookies()
        self.open("/police/login")
        self.type(name=name, passphrase=PASSPHRASE)
        self.press("登录")
        self.sees("首页", "h1")

    def joins(self, link: str, name: str) -> None:
        """Uses an invitation."""
        self.here()
        self.driver.delete_all_cookies()
        self.open(link)
        self.type(name=name, passphrase=PASSPHRASE, again=PASSPHRASE)
        self.press("加入")
        self.sees("首页", "h1")

    def uploads(self, file: Path) -> None:
        """Uploads a file, and waits for its draft."""
        self.open("/police/uploads")
        self.one("#file").send_keys(str(file))
        self.press("上传，先看看")
        self.sees("会学进去")


@pytest.fixture(scope="module")
def driver(tmp_path_factory: pytest.TempPathFactory) -> Iterator[webdriver.Chrome]:
    with chromium(tmp_path_factory.mktemp("chromium")) as browser:
        yield browser


@pytest.fixture
def brigade(tmp_path: Path, tiny_model: Model) -> Iterator[Brigade]:
    """Nobody yet; the tiny model is live."""
    engine = open_store(tmp_path)
    made = Brigade(engine, FittingBeside(engine, tmp_path, tiny_model).desk)
    made.live.use_encoder(HashEncoder())
    yield made
    engine.dispose()


@pytest.fixture
def where(brigade: Brigade) -> Iterator[Loopback]:
    chat = Chat(brigade.live, Conversations(brigade.engine, 30), 20_000)
    with brigade.console(chat) as found:
        yield found
    chat.close()


def ask(visitor: Person, words: str) -> str:
    """What the chat page answers, in the window that stays open."""
    visitor.here()
    before = len(visitor.driver.find_elements(By.CSS_SELECTOR, ".bot"))
    visitor.one("#text").send_keys(words, Keys.ENTER)
    wait_for(lambda: len(visitor.driver.find_elements(By.CSS_SELECTOR, ".bot .reply")) > before, 30)
    return visitor.driver.find_elements(By.CSS_SELECTOR, ".bot")[-1].text


def files(folder: Path) -> tuple[Path, Path]:
    """A csv as Excel writes it in China with a new type's scripts, and an xlsx that contradicts one of them."""
    first, second = folder / "假签证.csv", folder / "更正.xlsx"
    first.write_bytes(csv([(text, "") for text in VISA] + [(BREAD, "虚假贷款")]))
    book = openpyxl.Workbook()
    for row in (("话术", "类型"), (BREAD, "刷单返利"), ("放款前要先交解冻费三千元才到账", "虚假贷款")):
        book.active.append(row)
    book.save(second)
    return first, second


def dry_run(person: Person) -> None:
    """Tries the draft that is open, and waits for the result."""
    person.press("试训，看看会变什么")
    person.sees("判断会变的消息", seconds=120)


def publish(person: Person, note: str) -> None:
    """Publishes the dry run that is open, whatever the gate says of the tiny model."""
    person.type(note=note)
    if person.driver.find_elements(By.CSS_SELECTOR, "#override"):
        person.type(override="测试用的小模型")
        person.press("没过关，也要发布")
    else:
        person.press("发布这一个")
    person.sees("已发布", "[role=status]")


def come_in(police: Person, code: str) -> None:
    """The first chief by the terminal's link, then an officer by the chief's."""
    police.joins(f"/police/join?code={code}", CHIEF)
    police.open("/police/officers")
    police.press("生成邀请链接")
    police.sees("只显示这一次")
    link = police.one("[data-copy]").get_attribute("value")
    assert link
    police.joins(link, OFFICER)


def bring_new_type(police: Person, file: Path) -> str:
    """The officer uploads scripts of a new type, tries them, and asks a chief; gives the dry run's address."""
    police.uploads(file)
    police.one("summary").send_keys(Keys.ENTER)
    police.type(new_id="fake_visa", new_name="假签证", new_warnings="使馆不会私下收钱")
    police.press("建类型")
    police.sees("新类型已记下", "[role=status]")
    police.driver.find_element(By.PARTIAL_LINK_TEXT, "不能用").send_keys(Keys.ENTER)
    police.sees("没写类型")
    police.press("全选这一页")
    Select(police.one("#bulk_type")).select_by_value("fake_visa")
    police.press("改类型")
    police.sees("选中的行已改", "[role=status]")
    assert barriers(police.driver) == []
    dry_run(police)
    assert barriers(police.driver) == []
    run = police.driver.current_url
    police.press("请负责人发布")
    police.sees("负责人的首页会看到", "[role=status]")
    return run


def decide_conflict(police: Person, file: Path) -> None:
    """The chief uploads a correction, decides the conflict for it, and publishes."""
    police.uploads(file)
    police.sees("同样的话，库里是别的类型")
    assert "刷单返利" in police.one("main").text and "库里：虚假贷款" in police.one("main").text
    police.press("留下")
    police.sees("已保存", "[role=status]")
    dry_run(police)
    publish(police, "更正一条")
    police.open("/police/scripts?q=返佣金")
    police.sees("1 条")
    assert "刷单返利" in police.one(".rows tbody").text


def go_back(police: Person) -> None:
    """The chief goes back to the first version, and checks the log."""
    police.open("/police/versions")
    Select(police.one("#version")).select_by_value("base")
    police.type(note="误报太多")
    police.press_and_agree("退回")
    police.sees("已退回", "[role=status]")
    police.open("/police/log")
    police.press("检查")
    police.sees("日志完整", "[role=status]")
    assert "退回" in police.one("tbody").text


def test_from_the_first_chief_to_a_bot_that_learned_and_back(
    driver: webdriver.Chrome, brigade: Brigade, where: Loopback, tmp_path: Path
) -> None:
    sized(driver, 1366, 768)
    visitor, police = Person(driver, where), Person(driver, where)
    scripts, correction = files(tmp_path)
    visitor.open("/")
    assert "假签证" not in ask(visitor, ASKED)
    first = brigade.invitations.invite_first()
    assert first
    come_in(police, first.code)
    run = bring_new_type(police, scripts)
    police.sign_in(CHIEF)
    police.sees("请负责人发布上传")
    police.open(run)
    publish(police, "新骗局")
    assert "假签证" in ask(visitor, ASKED), "without a reload of the chat page"
    police.here()
    decide_conflict(police, correction)
    go_back(police)
    assert "假签证" not in ask(visitor, ASKED)
