"""The rule by which a conversation takes a link, as a model of its own under spin: a check that is
not our code (`tests/peer/spin/take.pml`; protocol, "Taking a link")."""

import os
import shutil
import subprocess
from pathlib import Path

import pytest

CHECK = Path(__file__).parent / "spin" / "check.sh"
LARGEST = "-DLINKS=3 -DRELAYS=1"
LARGE = [
    "-DRELAYS=1",
    "-DBREAKS=2 -DRETURN",
    "-DRELAYS=1 -DBREAKS=2",
    "-DRELAYS=1 -DRETURN",
    "-DRELAYS=1 -DRETURN -DLATE=1",
    "-DRELAYS=1 -DRETURN -DBREAKS=2",
    "-DLINKS=3",
    LARGEST,
    "-DDOUBT -DMINUTES=1 -DRETURN -DRELAYS=1 -DTAKES=9",
]
"""Up to a million states."""

missing = [tool for tool in ("spin", "cc") if shutil.which(tool) is None]
pytestmark = pytest.mark.skipif(bool(missing), reason=f"needs {' and '.join(missing)}")


def spin(options: str) -> subprocess.CompletedProcess[str]:
    """Walk every state of the model with these definitions.

    To make a fast program of it takes longer than to run a slow one, but for the largest.
    """
    environment = os.environ if options == LARGEST else os.environ | {"LEVEL": "-O0"}
    return subprocess.run(
        [CHECK, *options.split()],
        capture_output=True,
        text=True,
        timeout=3600,
        check=False,
        env=environment,
    )


def assert_holds(options: str) -> None:
    """Neither a wrong end nor a cycle."""
    walked = spin(options)
    assert walked.returncode == 0, walked.stdout + walked.stderr
    assert walked.stdout.count("errors: 0") == 2
    assert "states, stored" in walked.stdout


@pytest.mark.slow
def test_the_rule_holds() -> None:
    """Every run ends, with both on the same link, and all texts there once."""
    assert_holds("")


@pytest.mark.slow
@pytest.mark.parametrize("options", LARGE)
def test_the_rule_holds_with_more_of_everything(options: str) -> None:
    """More breaks, links that are gone back to, a third link; links that are doubted, however
    often, with a minute in between."""
    assert_holds(options)


@pytest.mark.slow
@pytest.mark.parametrize("options", ["-DNOQUESTION", "-DDOUBT -DNOMINUTE -DTAKES=9"])
def test_without_a_sentence_links_are_exchanged_for_ever(options: str) -> None:
    """The model notices where the rule is not what it should be: without the question, and where
    a guest in doubt leaves it out more often than once in a minute."""
    walked = spin(options)
    assert walked.returncode != 0
    assert "errors: 1" in walked.stdout
