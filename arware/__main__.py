"""``python -m arware`` is the command ``arware``."""

from __future__ import annotations

import sys

from arware.cli import main

if __name__ == "__main__":
    sys.exit(main())
