"""The log of a real daemon, rotated by the real logrotate."""

import os
import re
import shutil
import signal
import subprocess
from pathlib import Path

import pytest
from daemon_process import LOOPBACK, attempt, end
from patience import SECONDS
from test_daemon_signals import wait_for

LOGROTATE = shutil.which("logrotate", path="/usr/sbin:/usr/bin:/sbin:/bin")
EXAMPLE = Path(__file__).parents[2] / "deploy" / "chatd.logrotate"


@pytest.mark.skipif(LOGROTATE is None, reason="logrotate is not installed")
@pytest.mark.parametrize("how", ["signal", "copytruncate"])
def test_logrotate_with_the_example(tmp_path: Path, how: str) -> None:
    """deploy/chatd.logrotate: the old file is whole, the new one goes on, and nothing else is made;
    also where logrotate copies and cuts."""
    log, pid = tmp_path / "log", tmp_path / "pid"
    text = EXAMPLE.read_text().replace("/var/log/chatd/chatd.log", str(log))
    text = text.replace("/run/chatd/chatd.pid", str(pid))
    if how == "copytruncate":
        text = re.sub(r"    postrotate.*endscript\n", "    copytruncate\n", text, flags=re.DOTALL)
    rules = tmp_path / "rules"
    rules.write_text(text)
    rules.chmod(0o644)
    attempt("plugin", tmp_path, listen=LOOPBACK, data_dir="data")
    try:
        wait_for(lambda: "listening on" in log.read_text())
        for number in (1, 2):
            _rotate(rules)
            wait_for(log.exists)
            _say_something(int(pid.read_text()), log)
            assert (tmp_path / f"log.{number}{'.gz' if number > 1 else ''}").exists()
        assert log.read_bytes().count(b"\0") == 0
    finally:
        end(int(pid.read_text()))
    assert "Server Shut Down." in log.read_text()
    found = sorted(path.name for path in tmp_path.glob("log*"))
    assert found == ["log", "log.1", "log.2.gz"]


def _rotate(rules: Path) -> None:
    state = rules.with_name("state")
    subprocess.run(
        [str(LOGROTATE), "--force", "--state", state, rules], check=True, timeout=SECONDS
    )


def _say_something(pid: int, log: Path) -> None:
    """Have the daemon write a line, and see it in the new file."""
    os.kill(pid, signal.SIGHUP)
    wait_for(lambda: "SIGHUP" in log.read_text())
