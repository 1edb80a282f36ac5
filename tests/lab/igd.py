"""A program of a router that passes ports on to whoever asks (UPnP-IGD): miniupnpd."""

import shutil
import subprocess
import tempfile
import time
from pathlib import Path

from processes.chat_process import SECONDS, Lines

PROGRAM = "miniupnpd"
_TABLE = """
table inet igd {
    chain forward {}
    chain prerouting { type nat hook prerouting priority dstnat; }
    chain postrouting { type nat hook postrouting priority srcnat - 1; }
}
"""
_CONFIGURATION = """
ext_ifname=wan
listening_ip=lan
enable_upnp=yes
secure_mode=yes
upnp_table_name=igd
upnp_nat_table_name=igd
upnp_forward_chain=forward
upnp_nat_chain=prerouting
upnp_nat_postrouting_chain=postrouting
uuid=00000000-0000-0000-0000-000000000001
"""


def is_missing():
    """Whether no router here can be asked."""
    return shutil.which(PROGRAM) is None


class Igd:
    """It runs on this machine, between its devices `lan` and `wan`; `allows` is what clients get
    (`allow` or `deny`)."""

    def __init__(self, router, allows="allow"):
        self._router = router
        self._folder = tempfile.TemporaryDirectory()
        router.run("nft", "-f", "-", text=_TABLE)
        configuration = Path(self._folder.name) / "miniupnpd.conf"
        rule = f"{allows} 1024-65535 192.168.1.0/24 1024-65535\ndeny 0-65535 0.0.0.0/0 0-65535\n"
        configuration.write_text(_CONFIGURATION + rule)
        words = [PROGRAM, "-d", "-f", str(configuration), "-P", f"{self._folder.name}/pid"]
        self._process = subprocess.Popen(
            router.command(*words), pass_fds=[router.file], stderr=subprocess.PIPE
        )
        self.said = Lines(self._process.stderr)
        try:
            self.said.until("HTTP listening on port")
            self._until(self._hears_searches)
        except BaseException:
            self.close()
            raise

    def mapped(self):
        """The ports outside that are passed on, with where to."""
        listed = self._router.output("nft", "-n", "list", "chain", "inet", "igd", "prerouting")
        words = [line.split() for line in listed.splitlines() if " dnat " in line]
        return {int(line[line.index("dport") + 1]): line[-1] for line in words}

    def until_mapped(self):
        """Wait until somebody has been given a port."""
        self._until(self.mapped)

    def close(self):
        """End it."""
        self._process.kill()
        self._process.wait()
        self.said.rest()
        self._folder.cleanup()

    def _hears_searches(self):
        """Whether it has joined 239.255.255.250, where clients search (proc(5), net/igmp)."""
        return "FAFFFFEF" in Path(f"/proc/{self._process.pid}/net/igmp").read_text()

    def _until(self, holds):
        deadline = time.monotonic() + SECONDS
        while not holds():
            assert time.monotonic() < deadline
            time.sleep(0.05)
