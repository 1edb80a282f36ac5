"""A real HTTP proxy: tinyproxy, as Debian has it."""

import shutil
import subprocess
import time
from pathlib import Path

from patience import SECONDS

PROGRAM = "tinyproxy"


def is_missing():
    """Whether there is none here."""
    return shutil.which(PROGRAM) is None


class Tinyproxy:
    """It listens at this address and port, until `close`; `rules` are more lines of its
    configuration, `inside` gives the command line that runs another one somewhere else."""

    def __init__(self, folder, address, port, *rules, inside=lambda *words: words, files=()):
        self._log = Path(folder) / "tinyproxy.log"
        configuration = Path(folder) / "tinyproxy.conf"
        lines = [
            f"Listen {address}",
            f"Port {port}",
            f'LogFile "{self._log}"',
            "LogLevel Connect",
            "MaxClients 20",
            *rules,
        ]
        configuration.write_text("".join(f"{line}\n" for line in lines))
        command = inside(PROGRAM, "-d", "-c", str(configuration))
        self._process = subprocess.Popen(
            command, pass_fds=files, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL
        )
        self._until_it_listens(f":{port:04X} 00000000:0000 0A")

    def asked(self):
        """The places to which it was asked to connect."""
        lines = self._log.read_text().splitlines()
        return [line.split(" CONNECT ")[1].split()[0] for line in lines if " CONNECT " in line]

    def close(self):
        """End it."""
        self._process.kill()
        self._process.wait()

    def _until_it_listens(self, socket):
        """Until it has this socket, in the network in which it runs (proc(5), net/tcp)."""
        deadline = time.monotonic() + SECONDS
        while socket not in Path(f"/proc/{self._process.pid}/net/tcp").read_text():
            assert self._process.poll() is None
            assert time.monotonic() < deadline
            time.sleep(0.02)
