"""python -m tests.fuzz [options of libFuzzer]: coverage-guided fuzzing of every target, with the
saved corpus beside this file. Needs the package atheris.
"""

import os
import sys
from pathlib import Path

import atheris

with atheris.instrument_imports(include=["chatd"]):
    sys.path.insert(0, str(Path(__file__).parent))
    import targets

CORPUS = Path(__file__).parent / "corpus"

if __name__ == "__main__":
    own = [each for each in sys.argv[1:] if not each.startswith("-")]
    new = own or [os.environ.get("CHATD_CORPUS", str(CORPUS))]
    options = [each for each in sys.argv[1:] if each.startswith("-")]
    atheris.Setup([sys.argv[0], "-max_len=4200", *options, *new, str(CORPUS)], targets.run)
    atheris.Fuzz()
