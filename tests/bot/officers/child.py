"""`fanzha dry-run` on the tiny corpus: what a test spawns in place of the real one.

python -m tests.bot.officers.child CANDIDATE      (data folder: FANZHA_DATA)
"""

from __future__ import annotations

import os
import sys
from pathlib import Path

from bot.officers.workers import be_nice
from bot.store.engine import open_store
from tests.bot.officers.station import Station

if __name__ == "__main__":
    be_nice()
    folder = Path(os.environ["FANZHA_DATA"])
    Station(open_store(folder), folder).fit(sys.argv[1])
