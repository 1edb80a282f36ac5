"""A Tor network of its own on loopback: three authorities, two more relays, and one Tor to use."""

import os
import re
import shutil
import socket
import subprocess
import time
from contextlib import ExitStack

from free_ports import free_port

SECONDS = 120
"""What the network may take to work."""

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
_OURS = """
SocksPort 127.0.0.1:{socks}
ControlPort 127.0.0.1:{control}
CookieAuthentication 1
HiddenServiceDir {folder}/server
HiddenServicePort 1712 127.0.0.1:{server}
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
        self._authorities = []
        try:
            configured = [self._authority(f"authority{number}") for number in range(3)]
            configured += [self._relay(f"relay{number}") for number in range(2)]
            configured += [self._ours(server)]
            for place, text in configured:
                self._start(place, text)
            self._wait()
        except BaseException:
            self.close()
            raise

    @property
    def host(self):
        """Where the server is."""
        return self._hostname.read_text().strip()

    @property
    def _hostname(self):
        return self._folder / "ours" / "server" / "hostname"

    def close(self):
        """End all of it."""
        self._stack.close()

    def _authority(self, name):
        place = self._place(name)
        port, directory = free_port(), free_port()
        identity = self._certify(place, directory)
        text = _RELAY.format(name=name, port=port) + _AUTHORITY.format(directory=directory)
        print_ = self._fingerprint(place, text)
        self._authorities.append(
            f"DirAuthority {name} orport={port} no-v2 v3ident={identity}"
            f" 127.0.0.1:{directory} {print_}"
        )
        return place, text

    def _relay(self, name):
        return self._place(name), _RELAY.format(name=name, port=free_port())

    def _ours(self, server):
        place = self._place("ours")
        socks, control = free_port(), free_port()
        self.control = f"127.0.0.1:{control}"
        return place, _OURS.format(socks=socks, control=control, folder=place, server=server)

    def _place(self, name):
        place = self._folder / name
        (place / "keys").mkdir(parents=True, mode=0o700)
        os.chmod(place, 0o700)
        return place

    def _certify(self, place, directory):
        keys = place / "keys"
        files = {
            "-i": keys / "authority_identity_key",
            "-s": keys / "authority_signing_key",
            "-c": keys / "authority_certificate",
        }
        words = [str(word) for pair in files.items() for word in pair]
        options = ["--create-identity-key", "-m", "12", "-a", f"127.0.0.1:{directory}"]
        command = ["tor-gencert", *options, "--passphrase-fd", "0", *words]
        subprocess.run(command, input=b"nothing\n", capture_output=True, check=True, timeout=60)
        return re.search(r"^fingerprint (\w+)", files["-c"].read_text(), re.MULTILINE)[1]

    def _fingerprint(self, place, text):
        nobody = f"DirAuthority nobody 127.0.0.1:1 {'f' * 40}\n"
        config = self._write(place, text + nobody)
        command = ["tor", "-f", config, "--list-fingerprint", "--quiet"]
        done = subprocess.run(command, capture_output=True, text=True, check=True, timeout=60)
        return "".join(done.stdout.strip().splitlines()[-1].split()[1:])

    def _write(self, place, text):
        config = place / "torrc"
        known = "\n".join(self._authorities)
        config.write_text(f"{_ALL.format(folder=place)}\n{text}\n{known}\n")
        return str(config)

    def _start(self, place, text):
        process = subprocess.Popen(["tor", "-f", self._write(place, text), "--quiet"])
        self._stack.callback(process.wait)
        # Tor may take its time to end in good order, and nothing of it is needed any more.
        self._stack.callback(process.kill)

    def _wait(self):
        """Until the server can be found: the network works by then."""
        cookie, deadline = self._folder / "ours" / "control_auth_cookie", time.monotonic() + SECONDS
        while not (cookie.exists() and self._hostname.exists() and self.host):
            assert time.monotonic() < deadline
            time.sleep(0.1)
        host, _, port = self.control.rpartition(":")
        with socket.create_connection((host, int(port)), SECONDS) as control:
            commands = f"AUTHENTICATE {cookie.read_bytes().hex()}\r\nSETEVENTS HS_DESC\r\n"
            control.sendall(commands.encode())
            heard = b""
            while f"UPLOADED {self.host.removesuffix('.onion')}".encode() not in heard:
                assert time.monotonic() < deadline, heard
                more = control.recv(4096)
                assert more, heard
                heard += more
