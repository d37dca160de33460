"""What happened, in numbers and in Prometheus' text format. No text of any user comes here."""

from __future__ import annotations

from collections import Counter

from bot.seams import Status

BOUNDS = (0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.0, 5.0, 10.0)
LEVELS = ("danger", "caution", "none")
CONTENT_TYPE = "text/plain; version=0.0.4; charset=utf-8"


class Metrics:
    """Counters of one process."""

    def __init__(self) -> None:
        self.messages: Counter[str] = Counter(dict.fromkeys(LEVELS, 0))
        self.errors: Counter[int] = Counter()
        self.in_flight = 0
        self._buckets = [0] * len(BOUNDS)
        self._count = 0
        self._seconds = 0.0

    def answered(self, level: str, seconds: float) -> None:
        """Counts one answer of a level that took so many seconds."""
        self.messages[level] += 1
        self._count += 1
        self._seconds += seconds
        for i, bound in enumerate(BOUNDS):
            self._buckets[i] += seconds <= bound

    def text(self, status: Status) -> str:
        """All counters, one a line."""
        return "\n".join([*self._counters(), *self._gauges(status), *self._histogram()]) + "\n"

    def _counters(self) -> list[str]:
        return [
            "# HELP fanzha_messages_total Messages answered on the web, by level.",
            "# TYPE fanzha_messages_total counter",
            *(f'fanzha_messages_total{{level="{level}"}} {n}' for level, n in sorted(self.messages.items())),
            "# HELP fanzha_errors_total Requests refused or failed, by HTTP status.",
            "# TYPE fanzha_errors_total counter",
            *(f'fanzha_errors_total{{status="{code}"}} {n}' for code, n in sorted(self.errors.items())),
        ]

    def _gauges(self, status: Status) -> list[str]:
        return [
            "# HELP fanzha_in_flight Messages that are being answered.",
            "# TYPE fanzha_in_flight gauge",
            f"fanzha_in_flight {self.in_flight}",
            "# HELP fanzha_ready Whether a message can be classified.",
            "# TYPE fanzha_ready gauge",
            f"fanzha_ready {int(bool(status.head))}",
        ]

    def _histogram(self) -> list[str]:
        name = "fanzha_answer_seconds"
        return [
            f"# HELP {name} Time to an answer.",
            f"# TYPE {name} histogram",
            *(f'{name}_bucket{{le="{b}"}} {n}' for b, n in zip(BOUNDS, self._buckets, strict=True)),
            f'{name}_bucket{{le="+Inf"}} {self._count}',
            f"{name}_sum {self._seconds:.6f}",
            f"{name}_count {self._count}",
        ]
