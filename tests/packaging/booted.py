"""A Debian system that runs under its own systemd, in namespaces of its own."""

import os
import shutil
import subprocess
import time
from collections.abc import Callable
from pathlib import Path

from patience import SECONDS

CGROUPS = Path("/sys/fs/cgroup")
BOOT = """
set -e
ip link set lo up
mount -t overlay overlay -o "lowerdir=$1,upperdir=$2/upper,workdir=$2/work" "$2/root"
cd "$2/root"
mount -t proc proc proc
mount -t sysfs sysfs sys -o ro
mount -t cgroup2 cgroup2 sys/fs/cgroup
mount -t tmpfs tmpfs dev -o mode=755
for each in null zero full random urandom tty; do
    touch "dev/$each"
    mount --bind "/dev/$each" "dev/$each"
done
mkdir -p dev/pts dev/shm old
mount -t devpts devpts dev/pts -o newinstance,ptmxmode=0666,mode=620
ln -s pts/ptmx dev/ptmx
for each in dev/shm run tmp; do mount -t tmpfs tmpfs "$each"; done
chmod 755 run
pivot_root . old
umount -l /old
exec env -i container=test PATH=/usr/sbin:/usr/bin:/sbin:/bin /lib/systemd/systemd
"""


def cgroups() -> Path:
    """Where those of the second version are."""
    unified = CGROUPS / "unified"
    return unified if unified.exists() else CGROUPS


class Machine:
    """It, from the system in a folder, which stays as it is; what it has beside that, and what
    changes, is in `upper` in `folder`."""

    def __init__(self, system: Path, folder: Path) -> None:
        for each in ("upper", "work", "root"):
            (folder / each).mkdir(exist_ok=True)
        self._group = cgroups() / f"chatd-test-{os.getpid()}"
        self._group.mkdir()
        apart = ["--pid", "--fork", "--kill-child", "--mount", "--uts", "--ipc", "--net"]
        own = 'echo $$ >"$0/cgroup.procs"; exec unshare --cgroup --propagation=private "$@"'
        boot = ["sh", "-ec", own, str(self._group), *apart]
        self._process = subprocess.Popen(
            [*boot, "sh", "-c", BOOT, "sh", str(system), str(folder)],
            stdin=subprocess.DEVNULL,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
        )
        self.until(lambda: self.says("systemctl is-system-running").strip() in _UP)

    def says(self, command: str) -> str:
        """What a command in there prints, whatever becomes of it."""
        inside = f"/proc/{self._process.pid}/task/{self._process.pid}/children"
        pid = Path(inside).read_text().strip()
        if not pid:
            return ""
        enter = ["nsenter", "-t", pid, "-m", "-p", "-u", "-i", "-n", "-r", "-w"]
        path = "PATH=/opt/chatd/bin:/usr/sbin:/usr/bin:/sbin:/bin"
        done = subprocess.run(
            [*enter, "env", "-i", path, "HOME=/root", "bash", "-c", command],
            capture_output=True,
            text=True,
            check=False,
            timeout=300,
        )
        return done.stdout + done.stderr

    def until(self, found: Callable[[], object]) -> None:
        """Wait for it."""
        deadline = time.monotonic() + SECONDS
        while not found():
            assert time.monotonic() < deadline, self.says("journalctl -n 50 --no-pager")
            time.sleep(0.1)

    def end(self) -> None:
        """With all that runs in it."""
        self._process.kill()
        self._process.wait()
        self.until(lambda: not (self._group / "cgroup.events").read_text().count("populated 1"))
        for each in sorted(self._group.rglob("*"), reverse=True):
            if each.is_dir():
                each.rmdir()
        self._group.rmdir()


_UP = ("running", "degraded")


def made(system: Path) -> None:
    """Make a system with systemd in a folder, if there is none."""
    if not system.exists():
        tools = "systemd,systemd-sysv,dbus,dbus-user-session,libpam-systemd,python3,python3-venv"
        words = ["debootstrap", "--variant=minbase", f"--include={tools}", "stable", str(system)]
        subprocess.run(words, check=True, capture_output=True)


def missing() -> list[str]:
    """Tools that it takes and that are not here."""
    return [each for each in ("debootstrap", "unshare", "nsenter") if shutil.which(each) is None]
