"""Network namespaces that are gone when whoever made them is, however it ends."""

import ctypes
import os
import shutil
import subprocess
from concurrent.futures import ThreadPoolExecutor

from patience import SECONDS

_NEW_NETWORK = 0x40000000
_libc = ctypes.CDLL(None, use_errno=True)


def what_is_missing():
    """Why there can be no lab here, or nothing."""
    tools = [tool for tool in ("ip", "nft", "nsenter") if shutil.which(tool) is None]
    if os.geteuid() != 0:
        return "network namespaces need root"
    if tools:
        return f"there is no {' and no '.join(tools)}"
    if not os.path.exists("/dev/net/tun"):
        return "there is no /dev/net/tun"
    return ""


class Namespace:
    """A machine's network. It has no name: only an open file holds it, and its processes."""

    def __init__(self):
        self.file = _in_thread(_new)
        self.run("ip", "link", "set", "lo", "up")

    def command(self, *words):
        """The command line that runs these words inside; needs `file` to be passed on."""
        return ["nsenter", f"--net=/proc/self/fd/{self.file}", *words]

    def run(self, *words, files=(), text=None):
        """Run a command inside, which must succeed."""
        self.output(*words, files=files, text=text)

    def output(self, *words, files=(), text=None):
        """What a command prints that is run inside, and must succeed."""
        done = subprocess.run(
            self.command(*words),
            input=text,
            pass_fds=(self.file, *files),
            capture_output=True,
            text=True,
            timeout=SECONDS,
            check=False,
        )
        if done.returncode:
            raise RuntimeError(f"{' '.join(words)}: {done.stderr}")
        return done.stdout

    def call(self, function):
        """What a function returns that is called inside."""
        return _in_thread(lambda: (_enter(self.file), function())[1])

    def set(self, setting, value):
        """Set a kernel setting, such as net/ipv4/ip_forward."""
        self.run("sh", "-c", f"echo {value} > /proc/sys/{setting}")

    def close(self):
        """Let go of it: what is in it is gone with its last process."""
        os.close(self.file)


def _new():
    _succeed(_libc.unshare(_NEW_NETWORK))
    return os.open("/proc/thread-self/ns/net", os.O_RDONLY)


def _enter(file):
    _succeed(_libc.setns(file, _NEW_NETWORK))


def _succeed(result):
    if result != 0:
        raise OSError(ctypes.get_errno(), os.strerror(ctypes.get_errno()))


def _in_thread(function):
    """Call it in a thread of its own, since a thread that has entered one stays there."""
    with ThreadPoolExecutor(1) as pool:
        return pool.submit(function).result()
