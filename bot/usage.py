"""A command that was called with something it cannot use."""

from __future__ import annotations


class UsageError(ValueError):
    """The command was called with something that it cannot use; the message says what."""
