"""An sshd of one's own on loopback, and what copies through it."""

import os
import shutil
import socket
import subprocess
from pathlib import Path
from typing import Self

SSHD = shutil.which("sshd") or "/usr/sbin/sshd"


class Sshd:
    """With new keys, in a folder; only for whoever may start one (root)."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        os.makedirs("/run/sshd", exist_ok=True)
        for name in ("host", "user"):
            command = ["ssh-keygen", "-q", "-t", "ed25519", "-N", "", "-f", str(folder / name)]
            subprocess.run(command, check=True)
        shutil.copy(folder / "user.pub", folder / "allowed")
        with socket.socket() as free:
            free.bind(("127.0.0.1", 0))
            self._port = free.getsockname()[1]
        options = [f"HostKey={folder / 'host'}", f"AuthorizedKeysFile={folder / 'allowed'}"]
        options += ["StrictModes=no", "UsePAM=no", "PidFile=none", "ListenAddress=127.0.0.1"]
        options.append("Subsystem=sftp internal-sftp")
        words = [word for option in options for word in ("-o", option)]
        self._sshd = subprocess.Popen(
            [SSHD, "-D", "-f", "/dev/null", "-p", str(self._port), *words]
        )

    @staticmethod
    def is_there() -> bool:
        """Whether there is one to be started."""
        return os.path.exists(SSHD) and shutil.which("scp") is not None and os.geteuid() == 0

    @property
    def ssh(self) -> list[str]:
        """Options by which it is reached, for ssh and scp."""
        known = ["-o", "StrictHostKeyChecking=no", "-o", "UserKnownHostsFile=/dev/null"]
        retry = ["-o", "ConnectionAttempts=5", "-o", "LogLevel=ERROR"]
        return [*known, *retry, "-i", str(self._folder / "user"), "-o", f"Port={self._port}"]

    def copy(self, source: Path, target: Path) -> None:
        """With scp."""
        copying = ["scp", "-r", *self.ssh, str(source), f"127.0.0.1:{target}"]
        subprocess.run(copying, check=True, stdout=subprocess.DEVNULL)

    def cpu(self) -> float:
        """Seconds of CPU so far, with those of all connections that have ended."""
        stat = Path(f"/proc/{self._sshd.pid}/stat").read_text()
        fields = stat.rpartition(")")[2].split()
        return sum(map(int, fields[11:15])) / os.sysconf("SC_CLK_TCK")

    def sync(self, source: Path, target: Path) -> None:
        """With rsync."""
        through = " ".join(["ssh", *self.ssh])
        copying = ["rsync", "-r", "--whole-file", "-e", through, str(source), f"127.0.0.1:{target}"]
        subprocess.run(copying, check=True, stdout=subprocess.DEVNULL)

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self._sshd.terminate()
        self._sshd.wait()
