"""The program `chatd`, as an operator calls it."""

import os
import subprocess
from pathlib import Path

import pytest
from daemon_process import CHATD, LOOPBACK, TREE, Daemon, command, end, environment
from patience import SECONDS
from test_daemon_signals import wait_for

from chatd import __version__
from chatd.settings.table import GROUPS, TABLE


def chatd(*words: str, **variables: str) -> subprocess.CompletedProcess[str]:
    """What the program says, and its status."""
    return subprocess.run(
        [*CHATD, *words],
        env=environment("tac", **variables),
        capture_output=True,
        text=True,
        check=False,
        timeout=SECONDS,
    )


def test_its_help_is_in_groups() -> None:
    """Every setting stands under its heading, with what holds if nothing is said."""
    ran = chatd("--help")
    assert (ran.returncode, ran.stderr) == (0, "")
    at = [ran.stdout.index(f"\n{title}:\n") for title in GROUPS]
    assert at == sorted(at)
    for setting in TABLE:
        assert f"{setting.option}" in ran.stdout
    assert max(map(len, ran.stdout.splitlines())) <= 100


def test_its_version() -> None:
    """One line."""
    ran = chatd("--version")
    assert (ran.returncode, ran.stdout) == (0, f"chatd {__version__}\n")


@pytest.mark.parametrize("words", [["--prot", "1"], ["chekc"], ["--port"], ["check", "more"]])
def test_wrong_usage(words: list[str]) -> None:
    """It is said in one line with a hint, and the status is 2."""
    ran = chatd(*words)
    assert (ran.returncode, ran.stdout) == (2, "")
    assert [line.split(":")[1] for line in ran.stderr.splitlines()] == [" error", " hint"]


def test_a_setting_that_cannot_be_used(tmp_path: Path) -> None:
    """One line, and status 1, before anything is begun."""
    ran = chatd("--port", "x", "--data-dir", str(tmp_path / "data"))
    said = "chatd: error: --port must be a number from 0 to 65535, not 'x'\n"
    assert (ran.returncode, ran.stdout, ran.stderr) == (1, "", said)
    assert not (tmp_path / "data").exists()


def test_what_is_wrong_with_a_file(tmp_path: Path) -> None:
    """`chatd check` has a line for each mistake, and its status says whether there was any."""
    path = tmp_path / "chatd.toml"
    path.write_text("prot = 1\nnames = 0\n")
    ran = chatd("check", "--config", str(path), PORT="x", MAX_CLIENT="1")
    assert ran.returncode == 1
    assert ran.stdout.splitlines() == [
        "CHATD_MAX_CLIENT: there is no setting 'max_client': did you mean max-clients?",
        "CHATD_PORT must be a number from 0 to 65535, not 'x'",
        f"{path} line 1: there is no setting 'prot': did you mean port?",
        f"{path} line 2: names must be a number from 1 to 10000000, not '0'",
    ]
    assert ran.stderr == "chatd: error: 4 settings cannot be used\n"
    path.write_text("port = 1\n")
    assert chatd("check", CONFIG=str(path)).returncode == 0


def test_what_cannot_be_listened_on(tmp_path: Path) -> None:
    """Each endpoint is looked at, without binding it: a daemon may have its port."""
    wrong = ["haproxy:tcp:2", "fax:3", "tls:none.pem:none.pem:tcp:4"]
    path = tmp_path / "chatd.toml"
    path.write_text(f"listen = {['tcp:1', *wrong, 'systemd:domain=INET:index=0']}\n")
    ran = chatd("check", "--config", str(path))
    assert ran.returncode == 1
    lines = ran.stdout.splitlines()
    for line, endpoint in zip(lines, wrong, strict=True):
        assert line.startswith(f"{path} line 1: cannot use the endpoint {endpoint}: ")


def test_a_daemon_of_a_file(tmp_path: Path) -> None:
    """All of it can stand in a file, which `chatd config` reads as the daemon does."""
    path = tmp_path / "chatd.toml"
    path.write_text(f'listen = ["{LOOPBACK}"]\nmax-clients = 7\ndata-dir = "{tmp_path / "here"}"\n')
    ran = chatd("config", "--config", str(path), MAX_CLIENTS="8")
    assert "max-clients = 8  # CHATD_MAX_CLIENTS" in ran.stdout
    assert f'data-dir = "{tmp_path / "here"}"  # {path} line 3' in ran.stdout
    with Daemon(tmp_path, config=str(path)) as daemon:
        daemon.terminate()
        assert daemon.wait()


def test_the_background(tmp_path: Path) -> None:
    """Asked for, it goes there with status 0, and has a log and a pid file."""
    given = {"listen": LOOPBACK, "data_dir": str(tmp_path / "data")}
    ran = subprocess.run(
        command("program", tmp_path, foreground=False, **given),
        env=environment("program"),
        cwd=tmp_path,
        check=False,
        timeout=SECONDS,
    )
    assert ran.returncode == 0
    end(int((tmp_path / "pid").read_text()))
    assert "listening on 127.0.0.1" in (tmp_path / "log").read_text()


def test_it_ends_with_one_line_where_it_cannot_start(tmp_path: Path) -> None:
    """A second daemon with one data folder is refused, in the log as well, and without a
    traceback."""
    with Daemon(tmp_path) as daemon:
        ran = chatd("--listen", LOOPBACK, "--data-dir", str(tmp_path / "data"))
        assert ran.returncode == 1
        assert ran.stderr.splitlines()[0] == (
            "chatd: error: another daemon runs with this data folder"
        )
        assert "Traceback" not in ran.stdout + ran.stderr
        daemon.terminate()
        assert daemon.wait()


def test_what_fails_late_is_in_the_log(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """In the background whoever started it gets status 1 and the reason, and the log has the reason
    with what to do, and no traceback."""
    (tmp_path / "sitecustomize.py").write_text(
        "from chatd.errors import StartupError\n"
        "from chatd.rendezvous import service\n"
        "def listen(*args):\n"
        "    raise StartupError('another daemon runs with this data folder', 'stop it first')\n"
        "service.listen = listen\n"
    )
    monkeypatch.setenv("PYTHONPATH", os.pathsep.join([str(tmp_path), str(TREE)]))
    given = {"listen": LOOPBACK, "data_dir": str(tmp_path / "data")}
    ran = subprocess.run(
        command("program", tmp_path, foreground=False, **given),
        env=environment("program"),
        cwd=tmp_path,
        capture_output=True,
        text=True,
        check=False,
        timeout=SECONDS,
    )
    assert ran.returncode == 1
    assert "another daemon runs with this data folder" in ran.stderr
    log = tmp_path / "log"
    wait_for(lambda: "another daemon runs with this data folder (stop" in log.read_text())
    assert "Traceback" not in ran.stderr + log.read_text()
