"""CSRF tokens: a secret of the session, masked anew in every page.

Pages are compressed and repeat what was typed; a token that always looks the same could be guessed from lengths
(BREACH).
"""

from __future__ import annotations

import hmac
import secrets


def token(secret: str) -> str:
    """The session's secret (hex) under a fresh mask: what a form carries."""
    key = bytes.fromhex(secret)
    mask = secrets.token_bytes(len(key))
    return (mask + _xor(mask, key)).hex()


def fits(secret: str, given: str) -> bool:
    """Whether a form's token is a masked copy of the session's secret."""
    key = bytes.fromhex(secret)
    try:
        raw = bytes.fromhex(given)
    except ValueError:
        return False
    if len(raw) != 2 * len(key):
        return False
    return hmac.compare_digest(_xor(raw[: len(key)], raw[len(key) :]), key)


def _xor(a: bytes, b: bytes) -> bytes:
    return bytes(x ^ y for x, y in zip(a, b, strict=True))
