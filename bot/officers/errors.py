"""What can stand in an officer's way. Each message is Chinese and says what to do next."""

from __future__ import annotations

from typing import Any


class OfficerError(Exception):
    """Something that an officer asked for cannot be done; the message says why and what to do."""


class Refused(OfficerError):
    """The gate refuses the candidate; `reasons` says why, one a line."""

    def __init__(self, *reasons: str) -> None:
        super().__init__("\n".join(reasons))
        self.reasons = reasons


class Busy(OfficerError):
    """Somebody else is retraining; the message says who and since when."""


class NoSuchVersion(OfficerError):
    """There is no version of this id to go back to, or its arrays are gone."""


class Stale(OfficerError):
    """Somebody changed it meanwhile. `mine`: what was to be written; `theirs`: what stands there now."""

    def __init__(self, mine: Any, theirs: Any) -> None:
        super().__init__("别人刚改过这一条,没有保存。请看看现在的内容,再改一次")
        self.mine, self.theirs = mine, theirs


class PreviewAgain(OfficerError):
    """The live version, the samples or the draft changed since the dry run."""


class Forbidden(OfficerError):
    """The officer's role does not allow it; the message says who may."""


class NotFound(OfficerError):
    """There is nothing of this id."""


class Wrong(OfficerError):
    """A value that cannot be used; the message says which and what would do."""
