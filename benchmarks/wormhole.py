"""magic-wormhole on loopback, with a mailbox server and a relay of its own: a peer for one file.

It is looked for in the folder of a venv that PEERS names, or beside this Python:

    python -m venv PEERS
    PEERS/bin/pip install magic-wormhole magic-wormhole-mailbox-server magic-wormhole-transit-relay
"""

import os
import socket
import subprocess
import sys
import time
from pathlib import Path
from typing import Self

_BIN = Path(os.environ.get("PEERS", sys.prefix)) / "bin"
_PARTS = ("wormhole-mailbox", "transitrelay")


class Wormhole:
    """Its two servers, and a copy from one client to another."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._mailbox, self._relay = free_port(), free_port()
        options = {
            "wormhole-mailbox": ["--port", f"tcp:{self._mailbox}:interface=127.0.0.1"],
            "transitrelay": ["--port", f"tcp:{self._relay}:interface=127.0.0.1"],
        }
        self._servers = [
            subprocess.Popen([_BIN / "twist", part, *options[part]], cwd=folder, **_QUIET)
            for part in _PARTS
        ]
        self._copies = 0
        try:
            for port in (self._mailbox, self._relay):
                _listens(port)
        except TimeoutError:
            self.__exit__()
            raise

    @staticmethod
    def lacks() -> str:
        """What is not there of it; empty where all is."""
        if not (_BIN / "wormhole").exists() or not (_BIN / "twist").exists():
            return "magic-wormhole"
        known = subprocess.run([_BIN / "twist", "--help"], capture_output=True, text=True)
        return next((part for part in _PARTS if part not in known.stdout), "")

    def copy(self, source: Path, target: Path) -> None:
        """From one client to the other, and the end of both."""
        self._copies += 1
        code = f"{self._copies}-a-file"
        servers = ["--relay-url", f"ws://127.0.0.1:{self._mailbox}/v1"]
        servers += ["--transit-helper", f"tcp:127.0.0.1:{self._relay}"]
        client = [_BIN / "wormhole", *servers]
        send = [*client, "send", "--hide-progress", "--code", code, source]
        take = [*client, "receive", "--hide-progress", "--accept-file", "-o", target, code]
        with subprocess.Popen(send, cwd=self._folder, **_QUIET) as sending:
            subprocess.run(take, check=True, cwd=self._folder, **_QUIET)
        if sending.returncode:
            raise RuntimeError("wormhole could not send")
        target.unlink()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        for server in self._servers:
            server.terminate()
            server.wait()


_QUIET = {"stdout": subprocess.DEVNULL, "stderr": subprocess.DEVNULL, "stdin": subprocess.DEVNULL}


def free_port() -> int:
    """One of loopback at which nobody listens."""
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port: int = free.getsockname()[1]
        return port


def _listens(port: int) -> None:
    """Wait until somebody does."""
    until = time.monotonic() + 60
    while time.monotonic() < until:
        try:
            socket.create_connection(("127.0.0.1", port)).close()
            return
        except ConnectionRefusedError:
            time.sleep(0.05)
    raise TimeoutError
