"""What chatd costs, each figure beside its floor or peer in the same run (docs/performance.md)."""

import sys
from pathlib import Path

# What starts a daemon is that of the tests, which find each other by their bare names.
sys.path.append(str(Path(__file__).parents[1] / "tests"))
