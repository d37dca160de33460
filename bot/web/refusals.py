"""What is said instead of an answer: one sentence in the reader's language, with what to do next."""

from __future__ import annotations

from starlette.requests import Request
from starlette.responses import JSONResponse

from intents.types import Lang

_SENTENCES: dict[str, dict[Lang, str]] = {
    "too_long": {
        "zh": "内容太长了，一次最多 {kb} KB。请只发最可疑的那一段。",
        "zh-Hant": "內容太長了，一次最多 {kb} KB。請只發最可疑的那一段。",
        "en": "This is too long: at most {kb} kB at a time. Please send only the most suspicious part.",
    },
    "too_many": {
        "zh": "发得太快了，请过 {seconds} 秒再发。急事请直接打 110 或 96110。",
        "zh-Hant": "發得太快了，請過 {seconds} 秒再發。急事請直接打 110 或 96110。",
        "en": "Too many messages. Please wait {seconds} seconds. If it is urgent, call 110 or 96110.",
    },
    "busy": {
        "zh": "现在问的人多，请过 {seconds} 秒再发一次。急事请直接打 110 或 96110。",
        "zh-Hant": "現在問的人多，請過 {seconds} 秒再發一次。急事請直接打 110 或 96110。",
        "en": "Many people are asking now. Please try again in {seconds} seconds. "
        "If it is urgent, call 110 or 96110.",
    },
    "not_ready": {
        "zh": "刚启动，还在准备，已完成 {percent}%，请过 {seconds} 秒再发。急事请直接打 110 或 96110。",
        "zh-Hant": "剛啟動，還在準備，已完成 {percent}%，請過 {seconds} 秒再發。急事請直接打 110 或 96110。",
        "en": "Still starting ({percent}% done). Please try again in {seconds} seconds. "
        "If it is urgent, call 110 or 96110.",
    },
    "slow": {
        "zh": "网络太慢，内容没有收全，请再发一次。急事请直接打 110 或 96110。",
        "zh-Hant": "網路太慢，內容沒有收全，請再發一次。急事請直接打 110 或 96110。",
        "en": "The connection is slow and the message did not arrive in full. Please send it again. "
        "If it is urgent, call 110 or 96110.",
    },
    "broken": {
        "zh": "这边出了点问题，没能回答，请再发一次。急事请直接打 110 或 96110。",
        "zh-Hant": "這邊出了點問題，沒能回答，請再發一次。急事請直接打 110 或 96110。",
        "en": "Something went wrong here. Please send it again. If it is urgent, call 110 or 96110.",
    },
    "foreign": {"zh": "只接受从本站页面发来的请求。"},
    "not_json": {"zh": "请求头 Content-Type 要是 application/json。"},
    "not_found": {"zh": "没有这个页面。"},
    "bad_method": {"zh": "这个地址不接受这种请求方法。"},
    "bad_request": {"zh": "请求的写法不对。"},
}


class Refusal(Exception):
    """A request that gets no answer: an HTTP status, a sentence's name and what goes into it."""

    def __init__(self, status: int, name: str, **values: int) -> None:
        super().__init__(name)
        self.status = status
        self.name = name
        self.values = values

    def sentence_in(self, lang: Lang) -> str:
        """What is said, in a language."""
        sentences = _SENTENCES[self.name]
        return sentences.get(lang, sentences["zh"]).format(**self.values)

    def response(self, request: Request) -> JSONResponse:
        """The refusal as JSON, with Retry-After where waiting helps."""
        content: dict[str, object] = {"error": self.sentence_in(_wanted(request))}
        if "percent" in self.values:
            content["progress"] = self.values["percent"] / 100
        return _refused(self.status, content, self.values.get("seconds"))


class BadField(Refusal):
    """A field of the request is missing or of the wrong kind; `sentence` says which, in Chinese."""

    def __init__(self, sentence: str) -> None:
        super().__init__(400, "bad_request")
        self.sentence = sentence

    def response(self, request: Request) -> JSONResponse:
        """The sentence as JSON."""
        return _refused(400, {"error": self.sentence}, None)


def _refused(status: int, content: dict[str, object], seconds: int | None) -> JSONResponse:
    headers = {"Cache-Control": "no-store"}
    if seconds is not None:
        headers["Retry-After"] = str(seconds)
    return JSONResponse(content, status_code=status, headers=headers)


def _wanted(request: Request) -> Lang:
    """The language of the page that asks (it names exactly one); Simplified Chinese by default."""
    accepted = request.headers.get("accept-language", "").strip().lower()
    if accepted.startswith(("zh-hant", "zh-tw", "zh-hk", "zh-mo")):
        return "zh-Hant"
    return "en" if accepted.startswith("en") else "zh"
