"""A Tor network of its own on loopback: an authority, four more relays, and one Tor to use.

Each begins when what it needs is there. A relay that finds no authority tells of itself again only
after a minute, and a Tor that learns of a part of the network builds circuits that cannot work, and
asks for the rest of it after longer and longer pauses.
"""

import os
import re
import shutil
import socket
import subprocess
import time
from contextlib import ExitStack, closing, suppress
from http.client import HTTPConnection, HTTPException

from free_ports import free_port
from patience import SECONDS

RELAYS = 5
"""With the authority. A circuit has three different ones, and goes on to a fourth."""
FLAGS = {"Fast", "Guard", "HSDir", "Running", "Valid"}
"""What the authority says of a relay that may be anywhere in a circuit."""

_ALL = """
TestingTorNetwork 1
AssumeReachable 1
Address 127.0.0.1
ShutdownWaitLength 0
DataDirectory {folder}
Log notice file {folder}/log
"""
_RELAY = """
Nickname {name}
ContactInfo nobody
ORPort 127.0.0.1:{port}
SocksPort 0
ExitPolicy reject *:*
"""
_AUTHORITY = """
DirPort 127.0.0.1:{directory}
AuthoritativeDirectory 1
V3AuthoritativeDirectory 1
V3AuthVotingInterval 10
V3AuthVoteDelay 2
V3AuthDistDelay 2
TestingV3AuthInitialVotingInterval 5
TestingV3AuthInitialVoteDelay 2
TestingV3AuthInitialDistDelay 2
TestingDirAuthVoteExit *
TestingDirAuthVoteGuard *
TestingDirAuthVoteHSDir *
TestingMinExitFlagThreshold 0
"""
# Layers of guards take more relays than there are: the same one twice in a circuit does not work.
# How long a circuit takes says nothing where the machine has other things to do.
_OURS = """
SocksPort 127.0.0.1:{socks}
ControlPort 127.0.0.1:{control}
CookieAuthentication 1
VanguardsLiteEnabled 0
TestingClientMaxIntervalWithoutRequest 1 second
LearnCircuitBuildTimeout 0
CircuitBuildTimeout 60
"""


def what_is_missing():
    """Why there can be no such network here, or nothing."""
    tools = [tool for tool in ("tor", "tor-gencert") if shutil.which(tool) is None]
    return f"there is no {' and no '.join(tools)}" if tools else ""


class PrivateTor:
    """The network, once it works; `host` is the onion address of the server at port `server`."""

    def __init__(self, folder, server):
        self._folder = folder
        self._stack = ExitStack()
        self._directory = free_port()
        self._authority = ""
        try:
            self._start_authority()
            for number in range(1, RELAYS):
                name = f"relay{number}"
                self._start(self._place(name), _RELAY.format(name=name, port=free_port()))
            _wait(lambda: self._usable() == RELAYS)
            self._start_ours()
            self.host = self._publish(server)
        except BaseException:
            self.close()
            raise

    def close(self):
        """End all of it, and show what each of them said to whom a test shows what was printed."""
        self._stack.close()
        for log in sorted(self._folder.glob("*/log")):
            print(f"--- {log.parent.name}", log.read_text(errors="replace"), sep="\n")

    def _start_authority(self):
        place = self._place("authority")
        identity = self._certify(place)
        port = free_port()
        text = _RELAY.format(name="authority", port=port)
        text += _AUTHORITY.format(directory=self._directory)
        self._authority = (
            f"DirAuthority authority orport={port} no-v2 v3ident={identity}"
            f" 127.0.0.1:{self._directory} {self._fingerprint(place, text)}"
        )
        self._start(place, text)
        _wait(lambda: self._consensus() is not None)

    def _start_ours(self):
        place = self._place("ours")
        socks, control = free_port(), free_port()
        self.control = f"127.0.0.1:{control}"
        self._start(place, _OURS.format(socks=socks, control=control))

    def _place(self, name):
        place = self._folder / name
        (place / "keys").mkdir(parents=True, mode=0o700)
        os.chmod(place, 0o700)
        return place

    def _certify(self, place):
        keys = place / "keys"
        files = {
            "-i": keys / "authority_identity_key",
            "-s": keys / "authority_signing_key",
            "-c": keys / "authority_certificate",
        }
        words = [str(word) for pair in files.items() for word in pair]
        options = ["--create-identity-key", "-m", "12", "-a", f"127.0.0.1:{self._directory}"]
        command = ["tor-gencert", *options, "--passphrase-fd", "0", *words]
        subprocess.run(command, input=b"nothing\n", capture_output=True, check=True)
        return re.search(r"^fingerprint (\w+)", files["-c"].read_text(), re.MULTILINE)[1]

    def _fingerprint(self, place, text):
        nobody = f"DirAuthority nobody 127.0.0.1:1 {'f' * 40}\n"
        config = self._write(place, text + nobody)
        command = ["tor", "-f", config, "--list-fingerprint", "--quiet"]
        done = subprocess.run(command, capture_output=True, text=True, check=True)
        return "".join(done.stdout.strip().splitlines()[-1].split()[1:])

    def _write(self, place, text):
        config = place / "torrc"
        config.write_text(f"{_ALL.format(folder=place)}\n{text}\n{self._authority}\n")
        return str(config)

    def _start(self, place, text):
        process = subprocess.Popen(["tor", "-f", self._write(place, text), "--quiet"])
        self._stack.callback(process.wait)
        # Tor may take its time to end in good order, and nothing of it is needed any more.
        self._stack.callback(process.kill)

    def _usable(self):
        """How many relays whoever comes now learns to be good for everything."""
        flags = re.findall("^s (.*)$", self._consensus() or "", re.MULTILINE)
        return sum(set(each.split()) >= FLAGS for each in flags)

    def _consensus(self):
        """What the authority says of the network, nothing yet, or None from nobody."""
        asked = HTTPConnection("127.0.0.1", self._directory, timeout=SECONDS)
        with closing(asked), suppress(OSError, HTTPException):
            asked.request("GET", "/tor/status-vote/current/consensus-microdesc")
            answer = asked.getresponse()
            return answer.read().decode() if answer.status == 200 else ""
        return None

    def _publish(self, server):
        """Have the server found by others, once there are circuits; returns where it is."""
        cookie = self._folder / "ours" / "control_auth_cookie"
        control = self._stack.enter_context(_wait(self._controlled))
        _wait(cookie.exists)  # Tor listens before it writes it, and writes it in one go
        control.ask(f"AUTHENTICATE {cookie.read_bytes().hex()}")
        _wait(lambda: "=1" in control.ask("GETINFO status/circuit-established"))
        control.ask("SETEVENTS HS_DESC")
        port = f"1712,127.0.0.1:{server}"
        added = control.ask(f"ADD_ONION NEW:ED25519-V3 Flags=DiscardPK Port={port}")
        service = re.search(r"ServiceID=(\w+)", added)[1]
        control.until(f"HS_DESC UPLOADED {service}")
        return f"{service}.onion"

    def _controlled(self):
        """The control port of ours, once it is there."""
        host, _, port = self.control.rpartition(":")
        with suppress(OSError):
            return Control(socket.create_connection((host, int(port)), SECONDS))
        return None


class Control:
    """A control port; what was added at it is there until it is closed."""

    def __init__(self, link):
        self._link = link
        self._lines = link.makefile("rw", encoding="ascii", newline="\r\n")

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self._lines.close()
        self._link.close()

    def ask(self, command):
        """Tor's answer to a command, all of its lines."""
        self._lines.write(f"{command}\n")
        self._lines.flush()
        lines = [self._next()]
        while not re.match(r"\d{3} ", lines[-1]):
            lines.append(self._next())
        assert lines[-1].startswith("250 "), lines
        return "\n".join(lines)

    def until(self, text):
        """Pass over what is said until this is."""
        heard = [self._next()]
        while text not in heard[-1]:
            heard.append(self._next())

    def _next(self):
        line = self._lines.readline()
        assert line, "Tor has hung up"
        return line.rstrip()


def _wait(found):
    """What `found` returns as soon as that is something, asked again and again."""
    deadline = time.monotonic() + SECONDS
    while not (what := found()):
        assert time.monotonic() < deadline, "it never came"
        time.sleep(0.1)
    return what
