"""A terminal that attaches: what it loads, and what it does when it stays for long."""

import json
import os
import socket
import sys
from collections.abc import Iterator
from pathlib import Path
from threading import Thread

import pexpect
import pytest
from patience import SECONDS

from chatd.control import jsonrpc
from chatd.control.encoding import encoded
from chatd.engine.snapshot import Snapshot
from chatd.ui.rpc import methods

NEVER = [
    "twisted",
    "zope",
    "OpenSSL",
    "cryptography",
    "txtorcon",
    "typing_extensions",
    "ssl",
    "bz2",
    "lzma",
    "chatd.noise",
    "chatd.channel",
    "chatd.reach",
    "chatd.rendezvous",
    "chatd.relay",
    "chatd.engine.session",
    "chatd.wire.codec",
    "chatd.wire.server",
    "chatd.wire.peer",
    "chatd.peer.conversation",
    "chatd.store.contacts",
    "chatd.store.documents",
    "chatd.store.profile",
    "chatd.ui.commands",
    "chatd.ui.transfer_rows",
]
"""What belongs to whoever has the client itself: the agent; and what nobody needs before the first
key."""
PROGRAM = """
import gc, json, sys
from chatd import cli
looked_for, run = [], cli._run
def running(words):
    try:
        return run(words)
    finally:
        looked_for.append(gc.isenabled())
cli._run = running
status = cli.main(["attach"])
with open(sys.argv[1], "w") as file:
    json.dump([status, looked_for, sorted(sys.modules)], file)
"""


@pytest.fixture
def runtime(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    """The runtime folder of an account, in which an agent of two lines listens."""
    folder = tmp_path / "run"
    folder.mkdir(mode=0o700)
    (folder / "chatd").mkdir(mode=0o700)
    with socket.socket(socket.AF_UNIX) as listening:
        monkeypatch.chdir(folder / "chatd")
        listening.bind("agent.sock")
        listening.listen()
        thread = Thread(target=_serve, args=[listening])
        thread.start()
        yield folder
        thread.join()


def _serve(listening: socket.socket) -> None:
    listening.settimeout(SECONDS)
    with listening.accept()[0] as terminal, terminal.makefile("rb") as lines:
        hello = methods.hello("host:1", "alice")
        terminal.sendall(encoded({"jsonrpc": "2.0", "method": "hello", "params": hello}))
        assert b'"subscribe"' in lines.readline()
        terminal.sendall(
            encoded(jsonrpc.answered(0, Snapshot(now=0, server="host:1", name="alice")))
        )
        lines.read()


def test_a_terminal_that_attaches(runtime: Path, tmp_path: Path) -> None:
    """It loads nothing of Twisted, of cryptography, of the client itself or of what that keeps; and
    while it is there, garbage is looked for."""
    found = tmp_path / "found"
    home = {"HOME": str(tmp_path), "XDG_RUNTIME_DIR": str(runtime), "TERM": "xterm"}
    child = pexpect.spawn(
        sys.executable,
        ["-c", PROGRAM, str(found)],
        cwd=str(Path(__file__).parents[2]),
        env={"PATH": os.environ["PATH"], **home},  # type: ignore[arg-type]
        timeout=SECONDS,
    )
    try:
        child.expect_exact("alice>")
        child.sendeof()
        child.expect(pexpect.EOF)
    finally:
        child.close(force=True)
    status, is_looked_for, modules = json.loads(found.read_text())
    assert (status, is_looked_for) == (0, [True])
    assert not [name for name in modules for one in NEVER if f"{name}.".startswith(f"{one}.")]
