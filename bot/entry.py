"""What every command begins and ends with, in whatever process: a log on stderr, and errors in words."""

from __future__ import annotations

import logging
import sys
from collections.abc import Callable

from bot.config import ConfigError
from bot.officers.errors import OfficerError
from bot.usage import UsageError
from intents.checked import KnowledgeError
from intents.model import ModelFileError


def run(command: Callable[[], int]) -> int:
    """The command's exit code; 2 where something was wrong that people can mend, said on stderr."""
    logging.basicConfig(level=logging.INFO, format="%(asctime)s %(levelname)s %(message)s", stream=sys.stderr)
    for chatty in ("httpx", "alembic", "apscheduler", "matplotlib"):
        logging.getLogger(chatty).setLevel(logging.WARNING)
    try:
        return command()
    except (ConfigError, KnowledgeError, ModelFileError, OfficerError, UsageError) as error:
        return complain(error)
    except KeyboardInterrupt:
        return 130
    except BrokenPipeError:
        return 0


def complain(error: Exception) -> int:
    """Prints what was wrong and gives the exit code."""
    print(str(error), file=sys.stderr)
    return 2
