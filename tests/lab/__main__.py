"""`python -m tests.lab` prints how two people meet on networks of every kind.

`python -m tests.lab punch 100` counts how often two people meet directly who both have to dial at
the same time, at several delays; with another word only where it occurs in the name.

`python -m tests.lab spray 100` counts how often a conversation leaves the relay where one side has
random ports.

`python -m tests.lab trouble` lets a conversation suffer what can happen to networks and programs.

`python -m tests.lab back` says how soon it goes on.
"""

import sys
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parents[1]))

from lab.namespaces import what_is_missing
from lab.tables import kinds, punching, returning, spraying, troubles


def main(words):
    """Print the table that was asked for."""
    if missing := what_is_missing():
        sys.exit(f"lab: {missing}")
    if words[:1] == ["punch"]:
        punching(int(words[1]) if words[1:] else 100, " ".join(words[2:]))
    elif words[:1] == ["spray"]:
        spraying(int(words[1]) if words[1:] else 100, " ".join(words[2:]))
    elif words[:1] == ["trouble"]:
        troubles(" ".join(words[1:]))
    elif words[:1] == ["back"]:
        returning(" ".join(words[1:]))
    else:
        kinds()


if __name__ == "__main__":
    main(sys.argv[1:])
