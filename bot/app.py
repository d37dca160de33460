"""Everything is wired here, once."""

from __future__ import annotations

import asyncio
import logging
import os
import signal
import subprocess
import sys
import threading
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path

import uvicorn

from bot import base, prepare
from bot.chat import Chat
from bot.config import Settings
from bot.live import Live
from bot.officers.desk import Desk
from bot.overlay import shipped
from bot.store.cards import StoredCards
from bot.store.conversations import Conversations, DeliveredUpdates
from bot.store.engine import open_store
from bot.store.handed import HandedOver
from bot.store.samples import StoredSamples
from bot.store.versions import StoredVersions
from bot.web.police import parts as police
from bot.web.police.console import create_console
from bot.web.server import create_app, server_config
from intents import encoder, text
from intents.features import tokenizer
from intents.replies import Station

log = logging.getLogger(__name__)


@dataclass
class App:
    """The wired parts, for the entry points."""

    settings: Settings
    folder: Path
    registry: StoredVersions
    live: Live
    chat: Chat
    delivered: DeliveredUpdates
    samples: StoredSamples
    cards: StoredCards
    handed: HandedOver
    police: police.Parts


def build(settings: Settings, folder: Path) -> App:
    """Opens the store and wires the parts; serves at once where there is a version to serve."""
    engine = open_store(folder)
    registry = StoredVersions(engine)
    station = Station(settings.station.name, settings.station.phone, settings.station.address)
    own = StoredSamples(engine)
    live = Live(registry, shipped, station)
    live.progress = lambda: float(registry.fact("progress") or 0.0)
    handed = HandedOver(engine, settings.chat.handed_a_day, settings.chat.handed_days)
    officers = police.build(settings, live, Desk(engine, folder), handed)
    conversations = Conversations(engine, settings.chat.expires_minutes)
    longest, counted = settings.chat.longest_text, officers.tallies.note
    chat = Chat(live, conversations, longest, handed, counted=counted)
    return App(
        settings,
        folder,
        registry,
        live,
        chat,
        DeliveredUpdates(engine),
        own,
        StoredCards(engine),
        handed,
        officers,
    )


def with_model(app: App, *, full: bool = True) -> App:
    """Trains the base version where there is none, then serves it with the encoder."""
    if not base.is_ready(app.registry, full=full and app.settings.model.encoder):
        prepare.missing(app.folder, app.registry, app.settings.model)
    found = encoder.load() if app.settings.model.encoder else None
    if found:
        app.live.use_encoder(found)
    app.live.refresh()
    return app


async def serve(app: App) -> None:
    """Web chat, and Telegram where a token is set, until a signal."""
    stop = asyncio.Event()
    loop = asyncio.get_running_loop()
    for name in (signal.SIGINT, signal.SIGTERM):
        with suppress(NotImplementedError):
            loop.add_signal_handler(name, stop.set)
    starter = threading.Thread(target=_warm_up, args=(app,), daemon=True)
    starter.start()
    web = asyncio.create_task(_serve_web(app, stop))
    follower = asyncio.create_task(_follow(app, stop))
    messenger = asyncio.create_task(_serve_telegram(app, stop))
    await asyncio.wait([web, asyncio.create_task(stop.wait())], return_when=asyncio.FIRST_COMPLETED)
    stop.set()
    await asyncio.gather(web, follower, messenger)
    app.chat.close()
    app.police.tallies.flush()


def _warm_up(app: App) -> None:
    """Loads dictionary and version, then the encoder; beside the event loop, the chat answers meanwhile."""
    tokenizer()
    text.prepare("你好")
    app.live.refresh()
    if not app.settings.model.encoder:
        app.live.encoder_note = "设置里关掉了句向量"
        return
    app.live.encoder_note = encoder.reason_missing()
    found = encoder.load()
    if found:
        app.live.use_encoder(found)
    else:
        log.warning("不用句向量:%s", app.live.encoder_note)


async def _serve_web(app: App, stop: asyncio.Event) -> None:
    web = app.settings.web
    site = create_app(app.chat, app.live.status, web, create_console(app.police))
    server = uvicorn.Server(server_config(site, web))
    serving = asyncio.create_task(server.serve())
    while not server.started and not serving.done():  # noqa: ASYNC110 - uvicorn has no event for it
        await asyncio.sleep(0.05)
    if server.started:
        port = server.servers[0].sockets[0].getsockname()[1]
        print(f"网页聊天:http://{web.host}:{port}   按 Ctrl+C 停", flush=True)
        _greet_first_chief(app, port)
    waiting = asyncio.create_task(stop.wait())
    await asyncio.wait([serving, waiting], return_when=asyncio.FIRST_COMPLETED)
    waiting.cancel()
    server.should_exit = True
    with suppress(SystemExit):
        await serving
    if not server.started:
        print(
            f"端口 {web.port} 开不了,可能被别的程序占着。换一个再试:FANZHA_WEB__PORT=8090 make run",
            file=sys.stderr,
        )


def _greet_first_chief(app: App, port: int) -> None:
    """Where there is no officer yet, the terminal shows a one-time link that makes the first chief."""
    first = app.police.invitations.invite_first()
    if first:
        hours = app.settings.police.code_hours
        link = police.join_link(app.settings, first.code, port)
        print(f"还没有民警。第一位负责人从这里进({hours} 小时内用一次):{link}", flush=True)


def _is_done(app: App) -> bool:
    """Whether nothing is left for a child to train."""
    ready = base.is_ready(app.registry, full=app.settings.model.encoder)
    return ready and not base.is_to_be_judged(app.registry)


async def _follow(app: App, stop: asyncio.Event) -> None:
    """Follows the active pointer; where nothing can be served (fully), a child prepares it."""
    child: subprocess.Popen[bytes] | None = None
    if not await asyncio.to_thread(_is_done, app):
        child = base.start_child(app.folder)
    try:
        while not stop.is_set():
            with suppress(TimeoutError):
                await asyncio.wait_for(
                    stop.wait(), 0.3 if app.live.status().head == "" else app.settings.model.poll_seconds
                )
            if await asyncio.to_thread(app.live.refresh):
                status = app.live.status()
                log.info("版本 %s 上线(%s)", status.version, status.head)
            if child and child.poll() not in (None, 0):
                log.error("训练没有做完(退出码 %s),看上面的提示;可以用 fanzha prepare 再试", child.returncode)
                child = None
    finally:
        if child and child.poll() is None:
            child.terminate()
            child.wait(10)


async def _serve_telegram(app: App, stop: asyncio.Event) -> None:
    token = os.environ.get("TELEGRAM_BOT_TOKEN", "").strip()
    if token:
        from bot import telegram_wiring  # noqa: PLC0415 - slow to import, and most stations begin without a token

        await telegram_wiring.serve(app, token, stop)
