"""How many messages a minute one conversation or one address may send."""

from __future__ import annotations

import math
import time
from collections import OrderedDict
from collections.abc import Callable
from ipaddress import IPv6Address, ip_address

WINDOW = 60.0
SLOT = 5.0
SLOTS = int(WINDOW / SLOT)
KEYS = 20_000


class PerMinute:
    """At most `limit` admissions per key in any 60 seconds.

    Counts are kept in slots of five seconds, so a key costs at most 13 numbers; the keys that were
    quiet longest are dropped beyond `keys`, which bounds the memory however many keys are invented.
    """

    def __init__(self, limit: int, keys: int = KEYS, clock: Callable[[], float] = time.monotonic) -> None:
        self._limit = limit
        self._keys = keys
        self._clock = clock
        self._counts: OrderedDict[str, dict[int, int]] = OrderedDict()

    def __len__(self) -> int:
        return len(self._counts)

    def wait(self, key: str) -> int:
        """Seconds until `key` may send again; 0 where it may now. Counts nothing."""
        now = self._clock()
        slots = self._recent(key, now)
        if sum(slots.values()) < self._limit:
            return 0
        leaves = (min(slots) + SLOTS + 1) * SLOT
        return max(1, math.ceil(leaves - now))

    def count(self, key: str) -> None:
        """Counts one message of `key`."""
        now = self._clock()
        slots = self._recent(key, now)
        slot = int(now // SLOT)
        slots[slot] = slots.get(slot, 0) + 1
        self._counts[key] = slots
        self._counts.move_to_end(key)
        while len(self._counts) > self._keys:
            self._counts.popitem(last=False)

    def _recent(self, key: str, now: float) -> dict[int, int]:
        oldest = int(now // SLOT) - SLOTS
        return {slot: n for slot, n in self._counts.get(key, {}).items() if slot >= oldest}


def address_key(peer: str, forwarded: str, behind_proxy: bool) -> str:
    """Who is asking: the peer, or behind a proxy the last address that the proxy itself wrote down.

    An IPv6 network of /64 is one address, because one subscriber holds all of it.
    """
    # Everything left of the last comma was sent by the client and may be invented.
    last = forwarded.rsplit(",", 1)[-1].strip() if behind_proxy else ""
    for candidate in (last, peer):
        try:
            address = ip_address(candidate)
        except ValueError:
            continue
        if isinstance(address, IPv6Address) and address.ipv4_mapped is None:
            return f"{int(address) >> 64:x}/64"
        return str(address)
    return "unknown"
