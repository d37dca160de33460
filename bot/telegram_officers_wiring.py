"""The officers' screens over one desk, put together."""

from __future__ import annotations

from bot.officers.desk import Desk
from bot.officers.people import People
from bot.officers.review import Review
from bot.telegram_officers import Command, Screens
from bot.telegram_officers_people import PeopleScreens
from bot.telegram_officers_review import PART as REVIEW
from bot.telegram_officers_review import ReviewScreens
from bot.telegram_officers_screens import Part
from bot.telegram_officers_trials import PART as TRIALS
from bot.telegram_officers_trials import TrialScreens
from bot.telegram_officers_uploads import PART as UPLOADS
from bot.telegram_officers_uploads import UploadScreens
from bot.telegram_officers_versions import PART as VERSIONS
from bot.telegram_officers_versions import VersionScreens


def screens(desk: Desk, people: People, review: Review) -> Screens:
    """All that officers can do on Telegram."""
    uploads, versions = UploadScreens(desk), VersionScreens(desk.releases)
    trials, reviews = TrialScreens(desk, people), ReviewScreens(review, desk.knowledge)
    commands = (
        Command("upload", "上传话术", uploads.command),
        Command("drafts", "等着处理的上传", uploads.drafts),
        Command("review", "看用户交来的话", reviews.command),
        Command("versions", "模型的版本", versions.command),
        Command("rollback", "退回上一个版本", versions.rollback),
        Command("officers", "有哪些民警", PeopleScreens(people).command),
    )
    parts: dict[str, Part] = {UPLOADS: uploads, TRIALS: trials, REVIEW: reviews, VERSIONS: versions}
    return Screens(commands, parts, uploads.receive, trials.progress)
