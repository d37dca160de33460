"""Which process is fitting, and whether it still lives; a fit in a spawned child at low priority."""

from __future__ import annotations

import os
import subprocess
import sys
import threading
from collections.abc import Sequence
from contextlib import suppress
from pathlib import Path

CHILD = (sys.executable, "-m", "bot", "dry-run")
LOW_PRIORITY = 10


def this_worker() -> str:
    """This process, as host:number."""
    return worker(os.getpid())


def worker(number: int) -> str:
    """A process of this machine, as host:number."""
    return f"{os.uname().nodename}:{number}"


def is_dead(worker: str) -> bool:
    """Whether a process of this machine is over; False where it lives, or is another machine's."""
    host, _, number = worker.rpartition(":")
    if host != os.uname().nodename or not number.isdecimal():
        return False
    try:
        os.kill(int(number), 0)
    except ProcessLookupError:
        return True
    except PermissionError:
        return False
    return False


def spawn(candidate_id: str, folder: Path, command: Sequence[str] = CHILD) -> subprocess.Popen[bytes]:
    """Fits a candidate in a child, so that the chat answers meanwhile."""
    env = {**os.environ, "FANZHA_DATA": str(folder)}
    full = [*command, candidate_id]
    child = subprocess.Popen(full, env=env, stdin=subprocess.DEVNULL)  # noqa: S603 - our own command
    threading.Thread(target=child.wait, daemon=True).start()  # so that it does not stay as a zombie
    return child


def be_nice() -> None:
    """Lets everybody else go first, where the system knows how; on Linux this process takes idle time only."""
    if hasattr(os, "nice"):
        os.nice(LOW_PRIORITY)
    if hasattr(os, "SCHED_IDLE"):
        with suppress(OSError):  # some sandboxes forbid it
            os.sched_setscheduler(0, os.SCHED_IDLE, os.sched_param(0))
