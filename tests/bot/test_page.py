"""What a person meets on the chat page, in a real browser."""

from __future__ import annotations

import json
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import pytest
from selenium import webdriver
from selenium.webdriver.common.by import By
from selenium.webdriver.common.keys import Keys
from selenium.webdriver.remote.webelement import WebElement

from bot.seams import NotReady
from intents.types import Button, Choice, Cue, Message, Reply, Verdict
from tests.bot.browser import chromium, needed, sized
from tests.bot.loopback import Loopback, serving, wait_for
from tests.fakes import ScriptedAnswers

pytestmark = needed
SCAM = "😀先返佣，再联单，垫付 3000 元"
EVIL = "<img src=x onerror=\"document.title='owned'\"><b>先垫付</b>"
DANGER = Reply(
    (
        "这很像刷单返利。",
        "一分钱也别再转。",
        "",
        "您的话里有：",
        "· 返佣",
        "· 垫付",
        "",
        "急事打 110，骗子的号码 13900001111 别打。",
    ),
    Verdict("brushing", 0.95, "danger", cues=(Cue(9, 11, "垫付"), Cue(2, 4, "返佣"))),
    (Button("我已经转钱了", "paid"), Button("不是", "no")),
)
CAUTION = Reply(("有点可疑。", "先别转钱。"), Verdict("loan", 0.5, "caution"))
NONE = Reply(
    ("没看出骗局套路。", "转账前再问一句。"),
    Verdict("benign", 0.9, "none", alternatives=(Choice("loan", 0.1),)),
)
PAID = Reply(("钱转出去了？", "马上打 110。", "说清金额、时间。"), Verdict("brushing", 1.0, "danger", True))
LONG = Reply(("先看这一行。", *(f"· 第 {i} 点" for i in range(60))), Verdict("loan", 0.9, "danger"))


class Visitor:
    """A person with a browser and the page open."""

    def __init__(self, driver: webdriver.Chrome, where: Loopback, chat: ScriptedAnswers) -> None:
        self.driver = driver
        self.where = where
        self.chat = chat

    def open(
        self, width: int = 390, height: int = 844, *, dark: bool = False, language: str = "zh-CN"
    ) -> None:
        """Opens the page as if for the first time."""
        agent = {"userAgent": "Mozilla/5.0 test", "acceptLanguage": language}
        sized(self.driver, width, height, dark=dark)
        self.driver.execute_cdp_cmd("Emulation.setUserAgentOverride", agent)
        self.driver.get(self.where.url + "/healthz")
        self.run("localStorage.clear(); sessionStorage.clear()")
        self.driver.get(self.where.url + "/")

    def run(self, script: str, *arguments: object) -> Any:
        """What a script gives."""
        return self.driver.execute_script(script, *arguments)

    def logged(self, kind: str) -> list[dict[str, Any]]:
        """What the browser logged since the last call."""
        return list(self.driver.get_log(kind))  # type: ignore[no-untyped-call]

    def one(self, selector: str) -> WebElement:
        """The first element of a selector."""
        return self.driver.find_element(By.CSS_SELECTOR, selector)

    def all(self, selector: str) -> list[WebElement]:
        """All elements of a selector."""
        return self.driver.find_elements(By.CSS_SELECTOR, selector)

    def texts(self, selector: str) -> list[str]:
        """The visible text of all elements of a selector."""
        return [element.text for element in self.all(selector)]

    def box(self) -> str:
        """What stands in the message box."""
        return str(self.run("return document.getElementById('text').value"))

    def say(self, text: str) -> None:
        """Sends a message and waits for what comes of it."""
        self.run("document.getElementById('text').value = arguments[0]", text)
        self.one("#send").click()
        self.settled()

    def settled(self) -> None:
        """Waits until nothing is under way."""
        script = "return !document.querySelector('.busy, .waiting')"
        wait_for(lambda: bool(self.run(script)))

    def overflow(self) -> int:
        """By how many pixels anything is wider than the screen."""
        script = """
            const wide = [document.documentElement, document.getElementById('log')].map(
                (node) => node.scrollWidth - node.clientWidth);
            const right = Array.from(document.querySelectorAll('header *, footer *, #log *'))
                .filter((node) => !node.closest('svg, .hidden'))
                .map((node) => node.getBoundingClientRect().right - innerWidth);
            return Math.round(Math.max(...wide, ...right));
        """
        return int(self.run(script))

    @contextmanager
    def offline(self) -> Iterator[None]:
        """Cuts the network."""
        self._network(True)
        try:
            yield
        finally:
            self._network(False)

    def _network(self, offline: bool) -> None:
        limits = {"offline": offline, "latency": 0, "downloadThroughput": -1, "uploadThroughput": -1}
        self.driver.execute_cdp_cmd("Network.emulateNetworkConditions", limits)

    @contextmanager
    def before_the_page(self, script: str) -> Iterator[None]:
        """Runs a script ahead of the page's own."""
        command = "Page.addScriptToEvaluateOnNewDocument"
        added = self.driver.execute_cdp_cmd(command, {"source": script})
        try:
            yield
        finally:
            self.driver.execute_cdp_cmd("Page.removeScriptToEvaluateOnNewDocument", added)


@pytest.fixture(scope="module")
def driver(tmp_path_factory: pytest.TempPathFactory) -> Iterator[webdriver.Chrome]:
    with chromium(tmp_path_factory.mktemp("chromium")) as browser:
        yield browser


@pytest.fixture(scope="module")
def shared() -> Iterator[tuple[ScriptedAnswers, Loopback]]:
    chat = ScriptedAnswers()
    with serving(chat, per_conversation=1000, per_address=10_000) as where:
        yield chat, where


@pytest.fixture
def visitor(driver: webdriver.Chrome, shared: tuple[ScriptedAnswers, Loopback]) -> Visitor:
    chat, where = shared
    chat.forget({SCAM: DANGER, "可疑": CAUTION, "paid": PAID, "长": LONG})
    chat.default = NONE
    visitor = Visitor(driver, where, chat)
    visitor.open()
    return visitor


# ---- an answer


def test_a_danger_says_so_in_colour_sign_and_word(visitor: Visitor) -> None:
    visitor.say(SCAM)
    assert visitor.texts(".bot .tag") == ["危险"]
    assert visitor.one(".bot .tag use").get_attribute("href") == "#i-danger"
    assert visitor.one(".bot").value_of_css_property("border-left-color") == "rgba(179, 38, 30, 1)"
    for text, word in (("可疑", "小心"), ("今天天气好", "没看出")):
        visitor.say(text)
        assert visitor.texts(".bot .tag")[-1] == word


def test_the_verdict_is_big_the_order_strong_and_lists_are_lists(visitor: Visitor) -> None:
    visitor.say(SCAM)
    verdict, todo, plain = (visitor.one(f".reply {part}") for part in (".verdict", ".todo", "p:not([class])"))
    size, body = (float(e.value_of_css_property("font-size").rstrip("px")) for e in (verdict, plain))
    assert verdict.text == "这很像刷单返利。" and size > body * 1.2
    assert todo.text == "一分钱也别再转。" and int(todo.value_of_css_property("font-weight")) >= 700
    assert visitor.texts(".reply ul li") == ["返佣", "垫付"]
    assert visitor.texts(".reply p:not([class])") == [
        "您的话里有：",
        "急事打 110，骗子的号码 13900001111 别打。",
    ]


def test_only_the_help_numbers_can_be_called(visitor: Visitor) -> None:
    visitor.say(SCAM)
    assert [link.get_attribute("href") for link in visitor.all(".reply a")] == ["tel:110"]
    header = [link.get_attribute("href") for link in visitor.all("header a")]
    assert header == ["tel:110", "tel:96110"]
    assert visitor.texts("header .tel") == ["110\n报警止付", "96110\n咨询"]


def test_the_words_that_gave_it_away_are_marked_behind_an_emoji_too(visitor: Visitor) -> None:
    visitor.say(SCAM)
    assert visitor.texts(".user mark") == ["返佣", "垫付"]
    assert visitor.run("return document.querySelector('.user .said').textContent") == SCAM


def test_markup_in_message_cue_reply_and_button_stays_text(visitor: Visitor) -> None:
    visitor.chat.default = Reply(
        (EVIL, EVIL, f"· {EVIL}"),
        Verdict("phishing", 0.9, "danger", cues=(Cue(0, len(EVIL), EVIL),)),
        (Button(EVIL, "x"),),
    )
    visitor.say(EVIL)
    assert visitor.texts(".user mark") == [EVIL]
    assert visitor.texts(".verdict") == [EVIL] and visitor.texts(".choice") == [EVIL]
    assert not visitor.all("#log .bubble img, #log .bubble b:not(.tag b), .choice img")
    assert "owned" not in visitor.driver.title


def test_cues_that_overlap_or_lie_outside_do_no_harm(visitor: Visitor) -> None:
    cues = (Cue(0, 3, ""), Cue(2, 5, ""), Cue(4, 4, ""), Cue(90, 99, ""), Cue(6, 99, ""))
    visitor.chat.default = Reply(("小心",), Verdict("loan", 0.6, "caution", cues=cues))
    visitor.say("零一二三四五六七")
    assert visitor.texts(".user mark") == ["零一二", "三四", "六七"]
    assert visitor.texts(".user .said") == ["零一二三四五六七"]


def test_buttons_stand_under_the_last_answer_and_send_their_payload(visitor: Visitor) -> None:
    visitor.say(SCAM)
    assert visitor.texts(".choice") == ["我已经转钱了", "不是"]
    visitor.one(".choice").click()
    visitor.settled()
    assert visitor.chat.seen[-1][1] == Message(button="paid")
    assert visitor.texts(".user .said")[-1] == "我已经转钱了"
    assert visitor.texts(".choice") == []
    assert visitor.chat.seen[0][0] == visitor.chat.seen[1][0]


def test_where_money_has_gone_the_call_comes_before_the_explanation(visitor: Visitor) -> None:
    visitor.one('[data-payload="paid"]').click()
    visitor.settled()
    assert visitor.run("return document.querySelector('.todo').nextElementSibling.href") == "tel:110"


def test_a_long_answer_is_shown_from_its_first_line(visitor: Visitor) -> None:
    visitor.say("长")
    top = visitor.run("return document.querySelector('.verdict').getBoundingClientRect().top")
    bottom = visitor.run("return document.querySelector('footer').getBoundingClientRect().top")
    assert 0 < top < bottom


def test_small_talk_gets_no_verdict(visitor: Visitor) -> None:
    visitor.chat.default = Reply(("您好。",), Verdict("benign", 1.0, "none"))
    visitor.say("你好")
    assert visitor.texts(".verdict") == ["您好。"] and visitor.texts(".tag") == []


def test_starters_begin_a_conversation(visitor: Visitor) -> None:
    assert visitor.texts("#starters button") == [
        "我已经转钱了",
        "有人让我转账",
        "帮我看看这条短信",
        "有哪些骗局",
    ]
    visitor.all("#starters button")[1].click()
    visitor.settled()
    assert visitor.chat.seen[-1][1] == Message("有人让我转账")
    assert not visitor.one("#welcome").is_displayed()
    visitor.open()
    visitor.all("#starters button")[3].click()
    visitor.settled()
    assert visitor.chat.seen[-1][1] == Message(button="types")


# ---- when it does not work


def test_without_a_network_the_text_stays_and_can_be_sent_again(visitor: Visitor) -> None:
    with visitor.offline():
        visitor.say(SCAM)
        assert "网络不通" in visitor.one(".notice[role=alert] p").text
        assert visitor.box() == SCAM and visitor.all(".user") == []
        assert visitor.one("#welcome").is_displayed()
    assert visitor.one(".notice button").text == "重试"
    visitor.one(".notice button").click()
    visitor.settled()
    assert visitor.texts(".user .said") == [SCAM] and visitor.box() == ""
    assert visitor.all(".notice") == [] and visitor.texts(".tag") == ["危险"]


def test_without_a_network_a_button_can_be_pressed_again(visitor: Visitor) -> None:
    with visitor.offline():
        visitor.one('[data-payload="paid"]').click()
        visitor.settled()
    visitor.one(".notice button").click()
    visitor.settled()
    assert visitor.chat.seen[-1][1] == Message(button="paid") and visitor.all(".call")


def test_the_servers_own_sentence_is_shown(visitor: Visitor) -> None:
    visitor.chat.default = NotReady(0.4)
    visitor.say("你好")
    assert "40%" in visitor.one(".notice p").text and visitor.box() == "你好"


def test_after_thirty_seconds_it_stops_waiting(visitor: Visitor) -> None:
    hurry = "const real = setTimeout; setTimeout = (f, ms) => real(f, ms / 100);"
    with visitor.before_the_page(hurry):
        visitor.open()
        visitor.chat.gate.clear()
        visitor.say("在吗")
    visitor.chat.gate.set()
    assert "30 秒" in visitor.one(".notice p").text and visitor.box() == "在吗"


def test_what_is_typed_while_waiting_is_neither_sent_nor_lost(visitor: Visitor) -> None:
    visitor.chat.gate.clear()
    visitor.one("#text").send_keys("第一句", Keys.ENTER)
    wait_for(lambda: len(visitor.chat.seen) == 1)
    assert visitor.texts(".waiting") == ["正在看…"]
    visitor.one("#text").send_keys("第二句", Keys.ENTER)
    visitor.chat.gate.set()
    visitor.settled()
    assert visitor.box() == "第二句" and visitor.texts(".user .said") == ["第一句"]
    assert len(visitor.chat.seen) == 1


# ---- keys, sizes, languages


def test_the_keyboard_alone_is_enough(visitor: Visitor) -> None:
    visitor.open(1280, 800)
    active = visitor.driver.switch_to
    active.active_element.send_keys(Keys.TAB)
    skip = active.active_element
    assert skip.text == "跳到输入框" and skip.location["y"] >= 0
    skip.send_keys(Keys.ENTER)
    box = active.active_element
    assert box.get_attribute("id") == "text"
    box.send_keys("第一行", Keys.SHIFT + Keys.ENTER, "第二行")
    assert visitor.box() == "第一行\n第二行" and visitor.chat.seen == []
    assert box.value_of_css_property("outline-style") == "solid"
    box = active.active_element
    box.send_keys(Keys.ENTER)
    visitor.settled()
    assert visitor.chat.seen[-1][1] == Message("第一行\n第二行")


def test_every_control_can_be_reached_by_tab(visitor: Visitor) -> None:
    visitor.say(SCAM)
    visitor.run("document.activeElement.blur(); document.querySelector('.skip').focus()")
    reached = []
    for _ in range(30):
        node = visitor.driver.switch_to.active_element
        reached.append(node.get_attribute("aria-label") or node.text or node.get_attribute("id"))
        node.send_keys(Keys.TAB)
    for name in ("繁體", "96110\n咨询", "对话", "念出来", "我已经转钱了", "text", "发送", "忘记这段对话"):
        assert name in reached, name


def test_enter_belongs_to_the_input_method_while_it_composes(visitor: Visitor) -> None:
    press = """
        const box = document.getElementById('text');
        box.value = '你hao';
        box.dispatchEvent(new KeyboardEvent('keydown', Object.assign(
            {key: 'Enter', bubbles: true, cancelable: true}, arguments[0])));
    """
    visitor.run(press, {"isComposing": True})
    visitor.run(press, {"keyCode": 229})
    visitor.run(press, {"shiftKey": True})
    assert visitor.all(".user") == [] and visitor.box() == "你hao"
    visitor.run(press, {})
    visitor.settled()
    assert visitor.texts(".user .said") == ["你hao"]


def test_a_screen_reader_knows_what_is_what(visitor: Visitor) -> None:
    log = visitor.one("#log")
    assert log.get_attribute("role") == "log" and log.get_attribute("aria-live") == "polite"
    assert visitor.run("return document.getElementById('text').labels[0].textContent") == "要看的消息"
    unnamed = """
        return Array.from(document.querySelectorAll('button, a, textarea')).filter((node) => !(
            node.textContent.trim() || node.getAttribute('aria-label') || (node.labels || []).length)).length
    """
    visitor.say(SCAM)
    assert visitor.run(unnamed) == 0
    speakers = visitor.run(
        "return Array.from(document.querySelectorAll('.bubble > .hidden'), (n) => n.textContent)"
    )
    assert speakers == ["您：", "回答："]
    assert visitor.one(".reply").get_attribute("lang") == "zh-Hans"


@pytest.mark.parametrize("language", ["zh-CN", "zh-TW", "en-US"])
def test_nothing_is_wider_than_a_narrow_phone(visitor: Visitor, language: str) -> None:
    visitor.open(320, 640, language=language)
    assert visitor.overflow() <= 0
    visitor.chat.script["x" * 300] = DANGER
    visitor.say("x" * 300)
    for _ in range(3):
        assert visitor.overflow() <= 0
        visitor.one("#size").click()


def test_the_letters_grow_and_stay_so(visitor: Visitor) -> None:
    def size() -> float:
        return float(visitor.one("#text").value_of_css_property("font-size").rstrip("px"))

    first = size()
    assert first >= 16
    visitor.one("#size").click()
    second = size()
    assert second > first
    visitor.driver.get(visitor.where.url + "/")
    assert size() == second and visitor.one("#size").get_attribute("aria-label") == "字的大小：大"


def test_it_is_dark_where_the_phone_is_dark(visitor: Visitor) -> None:
    def luminance(selector: str, prop: str) -> float:
        numbers = visitor.one(selector).value_of_css_property(prop).split("(")[1].rstrip(")").split(",")[:3]
        parts = [int(n) / 255 for n in numbers]
        linear = [p / 12.92 if p <= 0.04045 else ((p + 0.055) / 1.055) ** 2.4 for p in parts]
        return 0.2126 * linear[0] + 0.7152 * linear[1] + 0.0722 * linear[2]

    def contrast(a: float, b: float) -> float:
        return (max(a, b) + 0.05) / (min(a, b) + 0.05)

    grounds = []
    for dark in (False, True):
        visitor.open(dark=dark)
        visitor.say(SCAM)
        grounds.append(luminance("body", "background-color"))
        card = luminance(".bot", "background-color")
        for selector in (".verdict", ".todo", ".read", ".reply p:not([class])"):
            assert contrast(luminance(selector, "color"), card) >= 4.5, (dark, selector)
        for selector in ("mark", ".tel.urgent", ".tag", "#send", ".choice"):
            pair = (luminance(selector, "color"), luminance(selector, "background-color"))
            assert contrast(*pair) >= 4.5, (dark, selector)
    assert grounds[0] > 0.8 and grounds[1] < 0.05


@pytest.mark.parametrize(
    ("language", "title", "html"),
    [
        ("zh-CN", "收到可疑消息？发来看看", "zh-Hans"),
        ("zh-TW", "收到可疑訊息？發來看看", "zh-Hant"),
        ("en-GB", "Got a suspicious message? Let’s check it", "en"),
        ("mn-CN", "收到可疑消息？发来看看", "zh-Hans"),
    ],
)
def test_the_page_speaks_the_browsers_language(
    visitor: Visitor, language: str, title: str, html: str
) -> None:
    visitor.open(language=language)
    assert visitor.one("h1").text == title
    assert visitor.one("html").get_attribute("lang") == html


@pytest.mark.parametrize(("lang", "send"), [("en", "Send"), ("zh-Hant", "發送"), ("zh", "发送")])
def test_a_switch_of_language_is_told_to_the_server(visitor: Visitor, lang: str, send: str) -> None:
    visitor.open(language="en-US" if lang == "zh" else "zh-CN")
    visitor.one(f'[data-lang="{lang}"]').click()
    wait_for(lambda: bool(visitor.chat.seen))
    assert visitor.chat.seen[0][1] == Message(button=f"lang:{lang}")
    assert visitor.one("#send").text == send
    assert visitor.one(f'[data-lang="{lang}"]').get_attribute("aria-pressed") == "true"
    visitor.driver.get(visitor.where.url + "/")
    assert visitor.one("#send").text == send


def test_a_button_in_english_is_answered_in_english(visitor: Visitor) -> None:
    visitor.open(language="en-US")
    visitor.one('[data-payload="paid"]').click()
    visitor.settled()
    assert [message.button for _, message in visitor.chat.seen] == ["lang:en", "paid"]
    assert len({conversation for conversation, _ in visitor.chat.seen}) == 1


# ---- what else


def test_an_answer_can_be_heard_line_by_line(visitor: Visitor) -> None:
    fake = """
        window.said = [];
        window.SpeechSynthesisUtterance = function (text) { this.text = text; };
        Object.defineProperty(window, 'speechSynthesis', {value: {
            speak(u) { window.said.push([u.text, u.lang]); }, cancel() { window.said.push('cancel'); }}});
    """
    with visitor.before_the_page(fake):
        visitor.open()
        visitor.say(SCAM)
        visitor.run("window.said = []")
        visitor.one(".read").click()
        assert visitor.one(".read").text == "停下"
        said = visitor.run("return window.said")
        assert said[:3] == ["cancel", ["这很像刷单返利。", "zh-CN"], ["一分钱也别再转。", "zh-CN"]]
        assert said[-1][0] == "急事打 幺幺零，骗子的号码 13900001111 别打。"
        visitor.one(".read").click()
        assert visitor.one(".read").text == "念出来" and visitor.run("return window.said")[-1] == "cancel"


def test_where_nothing_can_be_read_aloud_nothing_offers_it(visitor: Visitor) -> None:
    with visitor.before_the_page("Object.defineProperty(window, 'speechSynthesis', {value: undefined});"):
        visitor.open()
        visitor.say(SCAM)
        assert visitor.all(".read") == [] and visitor.texts(".tag") == ["危险"]


def test_forgetting_tells_the_server_and_clears_the_screen(visitor: Visitor) -> None:
    visitor.say(SCAM)
    conversation = visitor.run("return sessionStorage.getItem('conversation')")
    visitor.one("#forget").click()
    wait_for(lambda: bool(visitor.all(".notice")))
    assert visitor.chat.seen[-1] == (conversation, Message("/forget"))
    assert visitor.all(".user, .bot, .choice") == [] and visitor.one("#welcome").is_displayed()
    assert visitor.run("return sessionStorage.getItem('conversation')") is None
    visitor.say("又来了")
    assert visitor.chat.seen[-1][0] != conversation


def test_forgetting_without_a_network_clears_the_screen_and_says_what_is_left(visitor: Visitor) -> None:
    visitor.say(SCAM)
    with visitor.offline():
        visitor.one("#forget").click()
        wait_for(lambda: bool(visitor.all(".notice")))
        assert "没有连上" in visitor.one(".notice").text and visitor.all(".user, .bot") == []
    visitor.one(".notice button").click()
    wait_for(lambda: visitor.chat.seen[-1][1].text == "/forget")


def test_the_browser_keeps_no_word_of_the_conversation(visitor: Visitor) -> None:
    visitor.say(SCAM)
    visitor.run("document.getElementById('text').value = '没发出去的话'")
    kept = visitor.run(
        "return JSON.stringify([Object.assign({}, localStorage), Object.assign({}, sessionStorage)])"
    )
    local, session = json.loads(kept)
    assert local == {} and set(session) == {"conversation"} and visitor.run("return document.cookie") == ""
    visitor.driver.refresh()
    assert visitor.box() == ""


def test_a_very_long_text_is_counted_near_its_end(visitor: Visitor) -> None:
    script = """
        const box = document.getElementById('text');
        box.value = '字'.repeat(arguments[0]);
        box.dispatchEvent(new Event('input'));
        return document.getElementById('count').textContent
    """
    assert visitor.run(script, 18_000) == ""
    assert visitor.run(script, 19_990) == "还可以写 10 个字"
    assert visitor.run(script, 20_000).startswith("最多 20000 个字")
    assert visitor.one("#text").get_attribute("maxlength") == "20000"


def test_a_picture_is_answered_with_what_can_be_read(visitor: Visitor) -> None:
    paste = """
        const data = new DataTransfer();
        data.items.add(new File(['x'], 'x.png', {type: 'image/png'}));
        document.getElementById('text').dispatchEvent(
            new ClipboardEvent('paste', {clipboardData: data, bubbles: true, cancelable: true}));
    """
    visitor.run(paste)
    assert "只看得懂文字" in visitor.one(".notice").text
    assert visitor.one("#note").is_displayed()


def test_nothing_is_loaded_from_elsewhere_and_little_at_all(visitor: Visitor) -> None:
    visitor.logged("performance")
    visitor.logged("browser")
    visitor.driver.execute_cdp_cmd("Network.clearBrowserCache", {})
    visitor.open()
    visitor.say(SCAM)
    events = [json.loads(entry["message"])["message"] for entry in visitor.logged("performance")]
    urls = [e["params"]["request"]["url"] for e in events if e["method"] == "Network.requestWillBeSent"]
    assert urls and all(url.startswith(visitor.where.url) for url in urls), urls
    sizes = "return performance.getEntries().filter((e) => e.decodedBodySize).map((e) => e.decodedBodySize)"
    loaded = visitor.run(sizes)
    assert len(loaded) >= 4 and sum(loaded) < 60_000
    assert [entry for entry in visitor.logged("browser") if entry["level"] == "SEVERE"] == []
