"""What an officer's wish can fail on. Every message is Chinese, for people, and says what to do next."""

from __future__ import annotations


class Forbidden(PermissionError):
    """This officer's role does not allow it."""


class NotFound(LookupError):
    """There is nothing of this id or name."""
