"""Pass phrases: which are good enough, and how they are kept (argon2id)."""

from __future__ import annotations

import threading
import unicodedata
from functools import cached_property

from argon2 import PasswordHasher
from argon2.exceptions import InvalidHashError, VerificationError

from bot.officers.errors import OfficerError

SHORTEST, LONGEST = 10, 128
STRONG = 3
"""zxcvbn's scale of 0..4; 3: more than 10**8 guesses."""
LOOKED_AT = 72
"""zxcvbn is slow on long texts; so many characters decide."""
AT_ONCE = 2
"""One hash takes 64 MiB; so many at a time bound the memory that strangers can make us use."""


class WeakPassphrase(OfficerError):
    """The pass phrase is too short, too long or too easy to guess; the message says which, in Chinese."""


class Passphrases:
    """Hashes and verifies. The parameters are argon2-cffi's (RFC 9106, low memory) unless a hasher is given."""

    def __init__(self, hasher: PasswordHasher | None = None) -> None:
        self._hasher = hasher or PasswordHasher()
        self._room = threading.BoundedSemaphore(AT_ONCE)

    @cached_property
    def _nobody(self) -> str:
        return self._hasher.hash("nobody has this pass phrase")

    def hash(self, passphrase: str, name: str) -> str:
        """The hash of a new pass phrase of the officer of this name. Raises WeakPassphrase."""
        check(passphrase, name)
        with self._room:
            return self._hasher.hash(_normal(passphrase))

    def fits(self, passphrase: str, kept: str) -> bool:
        """Whether it is the pass phrase that was hashed; takes as long where nothing (`""`) was kept."""
        possible = bool(kept) and len(passphrase) <= LONGEST * 2
        with self._room:
            try:
                found = self._hasher.verify(kept or self._nobody, _normal(passphrase if possible else ""))
            except (VerificationError, InvalidHashError):
                return False
        return found and possible

    def outdated(self, kept: str) -> bool:
        """Whether the hash was made with other parameters than are used now."""
        return self._hasher.check_needs_rehash(kept)

    def again(self, passphrase: str) -> str:
        """The hash of a pass phrase that was accepted before, with today's parameters."""
        with self._room:
            return self._hasher.hash(_normal(passphrase))


def check(passphrase: str, name: str) -> None:
    """Raises WeakPassphrase with what is wrong and what would do."""
    text = _normal(passphrase)
    if len(text) < SHORTEST:
        raise WeakPassphrase(
            f"口令太短：现在 {len(text)} 个字，至少 {SHORTEST} 个字。用一句只有自己知道的话最好记。"
        )
    if len(text) > LONGEST:
        raise WeakPassphrase(f"口令太长：现在 {len(text)} 个字，最多 {LONGEST} 个字。")
    from zxcvbn import zxcvbn  # noqa: PLC0415 - its tables are slow to import, and a start needs none

    if zxcvbn(text[:LOOKED_AT], [name, "fanzha", "草原反诈", "caoyuanfanzha"])["score"] < STRONG:
        raise WeakPassphrase(
            "口令太好猜：别用名字、生日、连号、重复的字和常见的词。用一句只有自己知道的话最好记。"
        )


def _normal(passphrase: str) -> str:
    # The same characters typed on two systems may come in two encodings; half surrogates have none.
    return unicodedata.normalize("NFC", passphrase).encode("utf8", "replace").decode("utf8")
