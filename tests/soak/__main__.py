"""python -m tests.soak [--seconds N] [--people N] [--seed N]: hundreds of people at one real
daemon, which is upgraded, stopped, killed and troubled meanwhile (docs/testing.md, "Soak")."""

import sys
from pathlib import Path

if __name__ == "__main__":
    sys.path.insert(0, str(Path(__file__).parents[1]))
    from soak.run import main

    sys.exit(main())
