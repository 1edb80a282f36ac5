"""The units of deploy/ under a real systemd, by what docs/operating.md and docs/programs.md say."""

import os
import re
import shutil
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest
from booted import Machine, made, missing

TREE = Path(__file__).parents[2]
DEPLOY = TREE / "deploy"
SYSTEM = os.environ.get("CHATD_SYSTEMD", "")
"""A folder with a Debian system that has systemd, which is made if there is none."""
TO_TYPE = re.compile(r"^    (cp deploy/chatd.service .*)\n    (.*)\n    (.*)$", re.M)
ACTIVE = "systemctl is-active chatd.service chatd.socket"
GREETED = "exec 3<>/dev/tcp/127.0.0.1/1712; read -t 20 line <&3; echo $line"
ANN = "XDG_RUNTIME_DIR=/run/user/$(id -u ann) runuser -u ann -- "


def why_not() -> str:
    """Why it cannot be tried here, or nothing."""
    if not SYSTEM:
        return "takes minutes; CHATD_SYSTEMD=FOLDER boots the Debian system in that"
    if os.geteuid() != 0:
        return "only root boots a system"
    return f"there is no {' and no '.join(missing())}" if missing() else ""


pytestmark = [
    pytest.mark.packaging,
    pytest.mark.skipif(bool(why_not()), reason=why_not()),
]


@pytest.fixture(scope="module")
def machine(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Machine]:
    """It, with chatd in /opt/chatd, the units in /root/deploy, and two accounts."""
    system, folder = Path(SYSTEM).absolute(), tmp_path_factory.mktemp("machine")
    made(system)
    root = folder / "upper" / "root"
    shutil.copytree(DEPLOY, root / "deploy")
    wheels, pip = root / "wheels", [sys.executable, "-m", "pip"]
    subprocess.run([*pip, "wheel", "-q", "--no-deps", "-w", str(wheels), str(TREE)], check=True)
    version = max(system.glob("usr/bin/python3.*")).name.removeprefix("python")
    of_theirs = ["--only-binary=:all:", "--python-version", version, "-d", str(wheels)]
    (made_here,) = wheels.glob("chatd-*.whl")
    subprocess.run([*pip, "download", "-q", *of_theirs, str(made_here)], check=True)
    running = Machine(system, folder)
    try:
        running.says("python3 -m venv /opt/chatd")
        running.says("/opt/chatd/bin/pip install --no-index --find-links /root/wheels chatd")
        running.says("useradd -m ann; useradd -m bob; echo 127.0.0.1 localhost >/etc/hosts")
        yield running
    finally:
        running.end()


def is_active(machine: Machine) -> bool:
    """Whether the daemon and its socket are."""
    return machine.says(ACTIVE) == "active\nactive\n"


def process(machine: Machine) -> str:
    """The number of the daemon's, by what systemd knows."""
    return machine.says("systemctl show -p MainPID --value chatd").strip()


def test_the_daemon(machine: Machine) -> None:
    """By what is typed there: it starts, reads settings, is upgraded and killed and is there again;
    with a setting that cannot be used people wait until it is mended; then it stops."""
    (typed,) = TO_TYPE.findall((TREE / "docs" / "operating.md").read_text())
    for command in typed:
        machine.says(f"cd /root && {command}")
    machine.until(lambda: is_active(machine))
    assert "CHATD/2" in machine.says(GREETED)
    machine.says(
        "mkdir /etc/systemd/system/chatd.service.d; touch /etc/chatd.toml;"
        "printf '[Service]\\nEnvironment=CHATD_CONFIG=/etc/chatd.toml\\n'"
        " >/etc/systemd/system/chatd.service.d/settings.conf;"
        "systemctl daemon-reload; systemctl restart chatd"
    )
    machine.says("echo 'motd = \"hello\"' >/etc/chatd.toml; systemctl reload chatd")
    machine.until(lambda: "motd is now hello" in machine.says("journalctl -u chatd --no-pager"))
    assert machine.says("chatctl --data-dir /var/lib/chatd status").startswith("here: 0\n")
    for signal in ("USR2", "KILL"):
        before = process(machine)
        machine.says(f"systemctl kill --kill-whom=main --signal={signal} chatd")
        machine.until(lambda old=before: process(machine) not in (old, "0"))
        machine.until(lambda: is_active(machine))
    assert machine.says("journalctl -t chatd -p warning --no-pager -q") == ""
    machine.says("echo 'port = 0.5' >/etc/chatd.toml; systemctl restart chatd")
    states = machine.says(ACTIVE).split()
    assert (states[0] in ("activating", "failed"), states[1]) == (True, "active")
    machine.says("rm /etc/chatd.toml; touch /etc/chatd.toml")
    assert "CHATD/2" in machine.says(GREETED)
    machine.says("systemctl stop chatd.socket chatd.service")
    assert machine.says("systemctl show -p Result --value chatd").strip() == "success"
    machine.says("systemctl start chatd.socket chatd.service")


def test_an_agent_of_an_account(machine: Machine) -> None:
    """Its socket starts it; ended, it has not failed, and the next program starts it again; a
    terminal that is attached does not."""
    units, config = "/home/ann/.config/systemd/user", "/home/ann/.config/chatd"
    machine.says(
        f"mkdir -p {units} {config} /home/ann/.local/bin; cp /root/deploy/chat-agent.* {units};"
        f'printf \'username = "ann"\\nhost = "localhost"\\n\' >{config}/config.toml;'
        "ln -s /opt/chatd/bin/chat /home/ann/.local/bin/chat; chown -R ann /home/ann;"
        "loginctl enable-linger ann"
    )
    ctl = f"{ANN} systemctl --user"
    machine.until(lambda: machine.says(f"{ctl} is-system-running").strip() in ("running",))
    machine.says(f"{ctl} enable --now chat-agent.socket")
    for is_attached in (False, True):
        waits = "/opt/chatd/bin/chat wait --username bob --host localhost --from ann"
        machine.says(f"systemd-run -u bob --collect --uid=bob --setenv=HOME=/home/bob {waits}")
        machine.until(lambda: "bob" in machine.says("chatctl --data-dir /var/lib/chatd names"))
        assert (
            machine.says(
                f"cd /; HOME=/home/ann {ANN} /home/ann/.local/bin/chat send bob hello; echo $?"
            )
            == "0\n"
        )
        machine.until(lambda: machine.says("systemctl is-active bob").strip() == "inactive")
        assert "hello" in machine.says("journalctl -u bob --no-pager")
        if is_attached:
            attached = "sleep 1000 | script -qfec /home/ann/.local/bin/chat /tmp/attached"
            set_up = "--setenv=HOME=/home/ann --setenv=TERM=xterm --working-directory=/home/ann"
            run = "--setenv=XDG_RUNTIME_DIR=/run/user/$(id -u ann)"
            machine.says(f"systemd-run -u attached --uid=ann {set_up} {run} sh -c '{attached}'")
            machine.until(lambda: "attached to" in machine.says("cat /tmp/attached"))
        machine.says(f"{ctl} stop chat-agent.service")
        if is_attached:
            machine.until(lambda: "agent is gone" in machine.says("cat /tmp/attached; sleep 3"))
        states = machine.says(f"{ctl} is-active chat-agent.service chat-agent.socket")
        assert states == "inactive\nactive\n"
