"""Two hundred kills: ``python -m tests.eject [count [seed]]``."""

from __future__ import annotations

import sys
import tempfile
from pathlib import Path

from .kills import check_kills

count = int(sys.argv[1]) if len(sys.argv) > 1 else 200
seed = int(sys.argv[2]) if len(sys.argv) > 2 else 1
with tempfile.TemporaryDirectory() as folder:
    ends = check_kills(Path(folder), count, seed)
print(", ".join(f"{number} {how}" for how, number in ends.items()))
print("each tree was the one or the other")
