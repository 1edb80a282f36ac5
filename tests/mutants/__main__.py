"""python -m tests.mutants [options of mutmut run]: runs the tests of chatd/noise and chatd/wire
against every change of one of their lines, and holds what they let live to docs/mutants.md.
Needs the package mutmut; goes on where it was stopped, in the folder mutants.
"""

import json
import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).parents[2]
sys.path.insert(0, str(Path(__file__).parent))
from survivors import LEAST_KILLED, Survivor, listed, read_name  # noqa: E402


def mutmut(*arguments: str) -> str:
    """What a command of mutmut prints."""
    command = [sys.executable, "-m", "mutmut", *arguments]
    return subprocess.run(command, cwd=ROOT, check=True, capture_output=True, text=True).stdout


def figures() -> tuple[int, int]:
    """How many mutants there are, and how many of them the tests killed."""
    mutmut("export-cicd-stats")
    stats = json.loads((ROOT / "mutants" / "mutmut-cicd-stats.json").read_text("utf-8"))
    return stats["total"], stats["killed"] + stats["timeout"]


def shown(name: str) -> Survivor:
    """The change that a mutant is."""
    diff = [line for line in mutmut("show", name).splitlines() if line[:3] not in ("---", "+++")]
    new = " ".join(line[1:].strip() for line in diff if line.startswith("+"))
    return Survivor(read_name(name), new)


def living() -> set[Survivor]:
    """Everything that no test killed."""
    lines = mutmut("results").splitlines()
    found = [line.rpartition(":") for line in lines if ":" in line]
    return {shown(name.strip()) for name, _, status in found if status.strip() != "timeout"}


def main() -> int:
    """0 where enough were killed, and what lives is what the list says."""
    subprocess.run([sys.executable, "-m", "mutmut", "run", *sys.argv[1:]], cwd=ROOT, check=True)
    (total, killed), lives, known = figures(), living(), listed()
    print(f"{total} mutants, {killed} killed: {killed / total:.1%}")
    for title, these in (("not in the list", lives - known), ("listed, but killed", known - lives)):
        for each in sorted(these):
            print(f"{title}: {each.function}: {each.line}")
    return 0 if lives == known and killed >= LEAST_KILLED * total else 1


if __name__ == "__main__":
    sys.exit(main())
