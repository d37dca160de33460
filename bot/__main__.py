"""`python -m bot` is `fanzha`."""

from __future__ import annotations

import gc
import sys


def main() -> int:
    """`bot.cli.main`. Nothing that is imported is garbage, so nothing is looked for: a sixth of the imports' time."""
    gc.disable()
    from bot import cli  # noqa: PLC0415

    gc.freeze()
    gc.enable()
    return cli.main()


if __name__ == "__main__":
    sys.exit(main())
