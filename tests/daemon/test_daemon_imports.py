"""What a daemon imports until it listens."""

import os
import subprocess

import pytest
from daemon_process import LOOPBACK, TWISTD
from hypothesis import given
from hypothesis import strategies as st

from chatd import text
from chatd.safe_line import safe_line

OF_NO_USE = {
    "wcwidth": "the widths of characters",
    "platformdirs": "the folders of an account, where it was told of one",
    "tomllib": "a file of settings, where there is none",
    "prometheus_client": "figures that nobody reads",
    "twisted.web": "their site",
    "segno": "QR codes",
    "prompt_toolkit": "a terminal",
    "txtorcon": "Tor",
    "chatd.store": "what a client keeps",
    "chatd.reach": "how a client reaches",
    "chatd.engine": "what a client decides",
    "chatd.ui": "the client",
    "chatd.peer": "the direct link",
    "chatd.text": "text that is not plain",
    "chatd.settings.config_file": "a file of settings, where there is none",
    "chatd.watch.site": "figures that nobody reads",
}
"""Modules that a start has no use for, and what they are for."""


@pytest.fixture(scope="module")
def imported(tmp_path_factory: pytest.TempPathFactory) -> list[str]:
    """All modules that a daemon has imported when it says that it listens."""
    folder = tmp_path_factory.mktemp("daemon")
    log = folder / "log"
    told = ["chatd", f"--listen={LOOPBACK}", f"--data-dir={folder / 'data'}"]
    with log.open("w") as file:
        process = subprocess.Popen(
            [*TWISTD, "-n", f"--pidfile={folder / 'pid'}", *told],
            env={**os.environ, "PYTHONPROFILEIMPORTTIME": "1"},
            cwd=folder,
            stdout=subprocess.PIPE,
            stderr=file,
            text=True,
        )
        assert process.stdout is not None
        listening = any("listening on" in line for line in process.stdout)
        process.kill()
        process.communicate()
    assert listening, log.read_text()
    timed = [line for line in log.read_text().splitlines() if line.startswith("import time:")]
    return [line.rpartition("|")[2].strip() for line in timed]


@pytest.mark.parametrize("module", OF_NO_USE)
def test_a_start_imports_only_what_it_needs(imported: list[str], module: str) -> None:
    """Modules that are large, and of no use to it, wait until they are."""
    assert "chatd.rendezvous.listening" in imported
    assert not [each for each in imported if each == module or each.startswith(f"{module}.")]


@given(st.text(max_size=200), st.integers(1, 100))
def test_a_plain_line_is_what_any_line_is(line: str, limit: int) -> None:
    """The short way for plain text comes to the same as the long one."""
    assert safe_line(line, limit) == text.safe_line(line, limit)


@given(st.text(st.characters(max_codepoint=0x7F), max_size=20), st.integers(1, 25))
def test_ascii_is_what_any_line_is(line: str, limit: int) -> None:
    """Also around the limit, and with control characters."""
    assert safe_line(line, limit) == text.safe_line(line, limit)
