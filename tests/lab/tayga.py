"""A program of a router that translates between IPv6 and IPv4 (NAT64): tayga."""

import shutil
import subprocess
import tempfile
import time
from pathlib import Path

from patience import SECONDS

PROGRAM = "tayga"
PREFIX = "64:ff9b::"
HOSTS = f"{PREFIX}c000:aa ipv4only.arpa\n{PREFIX}c000:ab ipv4only.arpa\n"
"""What a name server of such a network says of this name, as lines of a file of hosts."""
_POOL = "192.168.255"
_CONFIGURATION = f"""
tun-device nat64
ipv4-addr {_POOL}.1
ipv6-addr 2a0f:64::1
prefix {PREFIX}/96
dynamic-pool {_POOL}.0/24
"""


def is_missing():
    """Whether nothing here translates."""
    return shutil.which(PROGRAM) is None


class Tayga:
    """It runs on a router, between its LAN and the IPv4 that the router has outside."""

    def __init__(self, router):
        self._folder = tempfile.TemporaryDirectory()
        configuration = Path(self._folder.name) / "tayga.conf"
        configuration.write_text(f"{_CONFIGURATION}data-dir {self._folder.name}\n")
        router.run(PROGRAM, "-c", str(configuration), "--mktun")
        router.run("ip", "link", "set", "nat64", "up")
        router.run("ip", "route", "add", f"{_POOL}.0/24", "dev", "nat64")
        router.run("ip", "-6", "route", "add", f"{PREFIX}/96", "dev", "nat64")
        command = router.command(PROGRAM, "-d", "-c", str(configuration))
        self._process = subprocess.Popen(
            command,
            pass_fds=[router.file],
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
        )
        deadline = time.monotonic() + SECONDS
        while "LOWER_UP" not in router.output("ip", "link", "show", "nat64"):
            assert self._process.poll() is None
            assert time.monotonic() < deadline
            time.sleep(0.02)

    def close(self):
        """End it."""
        self._process.kill()
        self._process.wait()
        self._folder.cleanup()
