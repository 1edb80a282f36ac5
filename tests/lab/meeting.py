"""Lets two people meet over a network of the lab, with real programs."""

import re
import time
from contextlib import ExitStack, closing
from dataclasses import dataclass

from lab.kinds import IPV4, MIXED
from lab.network import Network
from processes.chat_process import CHAT, TWISTD, Process

NAME = "server.lab.example"
OUTCOME = r"^\* (talking to|no connection to) "


@dataclass(frozen=True)
class Outcome:
    """How two people came to talk (`direct, IPv4`, `the relay`, or why not), and in how many
    seconds from the acceptance."""

    how: str
    seconds: float


class Lab:
    """A daemon and two people on a network of this kind, until `close`."""

    def __init__(self, kind, folder, *options):
        self._folder = folder
        self._stack = ExitStack()
        try:
            self._build(kind, options)
        except BaseException:
            self.close()
            raise

    def _build(self, kind, options):
        self.network = network = self._stack.enter_context(closing(Network(kind)))
        self.start_server()
        self.people = [
            self._start(
                machine,
                [
                    *self._names(kind, has),
                    *CHAT,
                    "--username",
                    name,
                    *_options(network, router, has),
                    *options,
                ],
                name,
            )
            for name, machine, router, has in (
                ("alice", network.asker, kind.asker, kind.families[0]),
                ("bob", network.asked, kind.asked, kind.families[1]),
            )
        ]
        for person in self.people:
            person.until(r"\* you are on .* as (alice|bob)")

    def _names(self, kind, has):
        """What lets a program know the server by a name, and which of its addresses it prefers."""
        if has != MIXED:
            return []
        network = self.network
        hosts, order = self._folder / "hosts", self._folder / "gai.conf"
        hosts.write_text(f"{network.server4} {NAME}\n{network.server6} {NAME}\n")
        prefers = 100 if kind.logs_in == IPV4 else 10
        order.write_text(f"precedence ::/0 40\nprecedence ::ffff:0:0/96 {prefers}\n")
        mounts = 'mount --bind "$1" /etc/hosts && mount --bind "$2" /etc/gai.conf'
        script = f'{mounts} && shift 2 && exec "$@"'
        return ["unshare", "--mount", "sh", "-c", script, "sh", str(hosts), str(order)]

    def _start(self, machine, command, home):
        folder = self._folder / home
        folder.mkdir(exist_ok=True)
        process = Process(machine.command(*command), folder, pass_fds=[machine.file])
        self._stack.callback(process.kill)
        return process

    def start_server(self):
        """Start the daemon, perhaps again."""
        command = [*TWISTD, "-n", "--pidfile=", "chatd"]
        self._daemon = self._start(self.network.server, command, "server")
        self._daemon.until(r"listening on .* port 1712")

    def stop_server(self):
        """Kill it."""
        self._daemon.kill()

    def close(self):
        """End all of it."""
        self._stack.close()

    def meet(self):
        """Alice asks bob; what came of it, once each has heard the other where they talk."""
        alice, bob = self.people
        alice.type("/chat bob")
        bob.until("alice asks for a conversation")
        began = time.monotonic()
        bob.type("/accept")
        outcomes = [person.until(OUTCOME) for person in self.people]
        seconds = time.monotonic() - began
        if not all("talking to" in outcome for outcome in outcomes):
            reasons = [person.until(": ") for person in self.people]
            return Outcome(" / ".join([*outcomes, *reasons]), seconds)
        path = alice.until(r"^. gcm, ").split(", ")[1]
        for person, other in ((alice, bob), (bob, alice)):
            person.type("hello")
            other.until("^<")
        return Outcome(_how(path), seconds)

    def part(self):
        """Alice leaves, and both are back."""
        self.people[0].type("/leave")
        for person in self.people:
            person.until(r"\* back on .* as (alice|bob)")


def _options(network, router, families):
    host = NAME if families == MIXED else network.server4 if IPV4 in families else network.server6
    forwards = getattr(router, "forwards", 0)
    ports = ["--client-port", "4000", "--forwarded", str(forwards)] if forwards else []
    upnp = ["--upnp"] if getattr(router, "igd", "") else []
    return ["--host", host, *ports, *upnp]


def _how(path):
    family = re.match(r"IPv[46] ", path)
    return f"direct, {family[0].strip()}" if family else path
