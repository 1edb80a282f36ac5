"""Lets two people meet over a network of the lab, with real programs."""

import os
import re
import shutil
import time
from contextlib import ExitStack, closing
from dataclasses import dataclass

from lab.kinds import IPV4, IPV6, MIXED
from lab.network import PROXY, RELAY4, SERVER4, Network
from lab.tayga import HOSTS
from patience import SECONDS
from processes.authority import Authority
from processes.chat_process import CHAT, TWISTD, Process

from chatd.seed_file import RELAY, SeedFile

DAEMON = [*TWISTD, "-n", "--pidfile=", "chatd", "--data-dir", "data"]
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
        self._options = _Options(kind, network, Authority(self._folder) if kind.needs_tls else None)
        if network.relay is not None:
            self._start_relay()
        self.start_server()
        self.people = [
            self._start(
                machine,
                [
                    *self._names(kind, router, has),
                    *CHAT,
                    "--username",
                    name,
                    *self._options.person(router, has),
                    *options,
                ],
                name,
                # A router on a busy machine may take longer than the client would wait.
                {"UPNP_SECONDS": SECONDS} if getattr(router, "igd", "") else {},
            )
            for name, machine, router, has in (
                ("alice", network.asker, kind.asker, kind.families[0]),
                ("bob", network.asked, kind.asked, kind.families[1]),
            )
        ]
        for person in self.people:
            person.until(r"\* you are on .* as (alice|bob)")

    def _names(self, kind, router, has):
        """What lets a program know the server by a name, and which of its addresses it prefers."""
        nat64 = getattr(router, "nat64", False)
        if has != MIXED and not nat64:
            return []
        network = self.network
        hosts, order = self._folder / "hosts", self._folder / "gai.conf"
        names = f"{network.server4} {NAME}\n{network.server6} {NAME}\n"
        hosts.write_text(names + HOSTS * nat64)
        prefers = 100 if kind.logs_in == IPV4 else 10
        order.write_text(f"precedence ::/0 40\nprecedence ::ffff:0:0/96 {prefers}\n")
        mounts = 'mount --bind "$1" /etc/hosts && mount --bind "$2" /etc/gai.conf'
        script = f'{mounts} && shift 2 && exec "$@"'
        return ["unshare", "--mount", "sh", "-c", script, "sh", str(hosts), str(order)]

    def _start(self, machine, command, home, limits=None):
        folder = self._folder / home
        folder.mkdir(exist_ok=True)
        inside = machine.command(*command)
        process = Process(inside, folder, limits=limits, pass_fds=[machine.file])
        self._stack.callback(process.kill)
        return process

    def start_server(self):
        """Start the daemon, perhaps again."""
        options = self._options.server()
        self._daemon = self._start(self.network.server, [*DAEMON, *options], "server")
        self._daemon.until(r"listening on .* port 1712")

    def _start_relay(self):
        """It has a copy of the seed of the server."""
        data, copy = self._folder / "relay" / "data", self._folder / "server" / "data"
        SeedFile(data, RELAY).load(os.urandom, time.time())
        shutil.copytree(data, copy)
        relay = [*DAEMON, "--role", "relay", *self._options.relay()]
        self._start(self.network.relay, relay, "relay").until(r"listening on .* port 443")

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


class _Options:
    """What each program is told on a network of this kind, where `authority` signs for servers."""

    def __init__(self, kind, network, authority):
        self._network = network
        self._authority = authority
        self._relay_apart = kind.relay_apart
        self._logs_in = kind.logs_in

    def server(self):
        """It listens at port 443 too where somebody reaches no other."""
        listens = ["--listen", "tcp:1712:interface=\\:\\:"] if self._authority else []
        tls = self._in_tls(SERVER4) if self._authority else []
        relay = ["--relay", f"tls:{RELAY4}:443"] if self._relay_apart else []
        return [*listens, *tls, *relay]

    def relay(self):
        """Inside TLS alone."""
        return self._in_tls(RELAY4)

    def person(self, router, families):
        """Whoever is behind this router."""
        network = self._network
        is_named = families == MIXED
        if getattr(router, "nat64", False):
            is_named, families = self._logs_in == IPV6, IPV4
        host = network.server4 if IPV4 in families else network.server6
        forwards = getattr(router, "forwards", 0)
        ports = ["--client-port", "4000", "--forwarded", str(forwards)] if forwards else []
        upnp = ["--upnp"] if getattr(router, "igd", "") else []
        way = getattr(router, "web", "")
        web = self._web(way) if way or self._relay_apart else []
        return ["--host", NAME if is_named else host, *ports, *upnp, *web]

    def _in_tls(self, host):
        key, certificate = self._authority.certified(host)
        return ["--listen", f"tls:{certificate}:{key}:tcp:443"]

    def _web(self, way):
        trusting = ["--tls", "--ca", str(self._authority.file), "--port", "443"]
        proxy = ["--proxy", f"http://{PROXY[0]}:{PROXY[1]}"] if way == "proxy" else []
        return [*trusting, *proxy]


def _how(path):
    family = re.match(r"IPv[46] ", path)
    return f"direct, {family[0].strip()}" if family else path
