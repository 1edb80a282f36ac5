"""Reaching a server on machines and networks where something is missing or in the way."""

import re
import signal
import socket
import sys
from pathlib import Path

import pytest
from lab.namespaces import Namespace, what_is_missing
from patience import SECONDS
from processes.chat_process import CHAT, TWISTD, Process
from processes.watched import WATCHED

pytestmark = pytest.mark.skipif(bool(what_is_missing()), reason=what_is_missing())
NAME_SERVER = [sys.executable, str(Path(__file__).with_name("name_server.py"))]
OWN_FILES = """
mount --bind "$1" /etc/hosts
mount --bind "$2" /etc/resolv.conf
shift 2
exec "$@"
"""
RESOLVER = "nameserver 127.0.0.1\noptions timeout:30 attempts:2\n"
"""It waits for a name server twice as long as a test waits for anything."""


def rejecting(hook, what):
    """The rules of a firewall that says no."""
    chain = f"type filter hook {hook} priority 0\n {what}"
    return f"table ip f {{\n chain c {{\n {chain}\n }}\n}}\n"


class Machine:
    """One with a network of its own, without names for anything in its files."""

    def __init__(self, folder):
        self.network = Namespace()
        self._folder = folder
        self._started = []
        self._files = [folder / "hosts", folder / "resolv.conf"]
        self._files[0].write_text("")
        self._files[1].write_text(RESOLVER)

    def start(self, command, home="home"):
        """Start a process there."""
        folder = self._folder / home
        folder.mkdir(exist_ok=True)
        shell = ["unshare", "--mount", "sh", "-ec", OWN_FILES, "sh", *map(str, self._files)]
        inside = self.network.command(*shell, *command)
        self._started.append(Process(inside, folder, pass_fds=(self.network.file,)))
        return self._started[-1]

    def chat(self, *arguments):
        """Alice's client."""
        return self.start([*CHAT, "--username", "alice", *arguments])

    def refusal(self, *arguments):
        """What she reads where there is no way to the server."""
        person = self.chat(*arguments)
        assert person.ended() == 1
        error, hint = person.complaints()
        return error.partition(": cannot reach the server ")[2], hint

    def daemon(self, *options):
        """A daemon, and its port."""
        started = self.start(
            [*TWISTD, "-n", "--pidfile=", "chatd", *options, "--data-dir", "server"]
        )
        return re.search(r"port (\d+)", started.until("listening on .* port"))[1]

    def close(self):
        for process in reversed(self._started):
            process.kill()
        self.network.close()


@pytest.fixture
def machine(tmp_path):
    """A machine that reaches nothing but itself."""
    made = Machine(tmp_path)
    yield made
    made.close()


@pytest.fixture
def gateway(machine, tmp_path):
    """Another machine, on a cable from the first one, whose way to everywhere it is."""
    (tmp_path / "gateway").mkdir()
    made = Machine(tmp_path / "gateway")
    here, there = machine.network, made.network
    for each in (here, there):  # or its address could not be used for the first second or two
        each.set("net/ipv6/conf/default/accept_dad", 0)
    here.run("ip", "link", "add", "cable", "type", "veth", "peer", "name", "cable2")
    here.run(
        "ip", "link", "set", "cable2", "netns", f"/proc/self/fd/{there.file}", files=(there.file,)
    )
    for each, cable, address in ((here, "cable", "192.0.2.1"), (there, "cable2", "192.0.2.2")):
        each.run("ip", "addr", "add", f"{address}/24", "dev", cable)
        each.run("ip", "link", "set", cable, "up")
    here.run("ip", "route", "add", "default", "via", "192.0.2.2")
    yield made
    made.close()


def test_this_machine_needs_no_entry_for_its_name(machine):
    """`localhost` is no matter of a file or of a name server."""
    port = machine.daemon("--port", "0")
    for host in ([], ["--host", "localhost"], ["--host", "chat.localhost"]):
        person = machine.chat("--port", port, *host)
        person.end_input()
        assert person.ended() == 0
        assert any("as alice" in line for line in person.lines())


def test_this_machine_without_ipv4(machine):
    """Neither side needs it, by default."""
    machine.network.run("ip", "addr", "del", "127.0.0.1/8", "dev", "lo")
    port = machine.daemon("--port", "0")
    person = machine.chat("--port", port)
    person.until("you are on .* as alice")


def test_this_machine_without_ipv6(machine):
    """The same the other way round."""
    machine.network.set("net/ipv6/conf/all/disable_ipv6", 1)
    port = machine.daemon("--port", "0")
    person = machine.chat("--port", port)
    person.until("you are on .* as alice")


def looked_up(machine, *arguments):
    """Which names a client asks for on a machine that has a way to IPv6 alone."""
    for words in (
        ["link", "add", "eth0", "type", "veth", "peer", "name", "cable"],
        ["link", "set", "cable", "up"],
        ["link", "set", "eth0", "up"],
        ["-6", "address", "add", "2a0f:1::5/64", "dev", "eth0", "nodad"],
        ["-6", "route", "add", "default", "dev", "eth0"],
    ):
        machine.network.run("ip", *words)
    machine.start([*NAME_SERVER]).until("listening")
    person = machine.start([*WATCHED, "--username", "alice", *arguments], home="watched")
    assert person.ended() == 1
    return [line.split()[-1] for line in person.complaints() if "getaddrinfo" in line]


def test_a_network_with_ipv6_alone_is_asked_for_its_prefix(machine):
    """It may translate to IPv4."""
    assert set(looked_up(machine, "--host", "44.0.0.1")) == {"ipv4only.arpa"}


@pytest.mark.parametrize("kind", ["socks5", "http"])
def test_beside_a_proxy_no_network_is_asked_for_its_prefix(kind, machine):
    """Names are for the proxy to look up."""
    assert "ipv4only.arpa" not in looked_up(
        machine, "--proxy", f"{kind}://[::1]:9", "--host", "44.0.0.1"
    )


def test_a_name_that_nobody_has(machine):
    """That is what the person reads."""
    machine.start([*NAME_SERVER]).until("listening")
    said, hint = machine.refusal("--host", "chat.example.org")
    assert said == "chat.example.org:1712: no host has the name chat.example.org"
    assert hint == "chat: hint: check how it is spelled"


def test_no_name_server(machine):
    """It is not the name that is wrong."""
    said, hint = machine.refusal("--host", "chat.example.org")
    assert said.endswith("the name chat.example.org cannot be looked up: no name server answers")
    assert "is this machine online?" in hint


def test_a_name_server_that_swallows_questions(machine):
    """The wait has an end of ours, also for what begins while the look-up still goes on."""
    server = machine.start([*NAME_SERVER, "mute"])
    server.until("listening")
    said, _ = machine.refusal("--host", "chat.example.org")
    assert said.endswith("cannot be looked up: no name server answers")


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT, signal.SIGHUP])
def test_leaving_while_a_name_is_looked_up(machine, number):
    """The client does not wait for the name server to end."""
    server = machine.start([*NAME_SERVER, "mute"])
    server.until("listening")
    person = machine.chat("--host", "chat.example.org")
    server.until("asked")
    person.signal(number)
    assert person.ended() == 128 + number


def test_no_route(machine):
    """A machine that is not online."""
    said, hint = machine.refusal("--host", "198.51.100.7")
    assert said == "198.51.100.7:1712: no route"
    assert "is this machine online?" in hint


def test_a_firewall_that_swallows(machine, gateway):
    """No answer, and what helps against it."""
    gateway.network.set("net/ipv4/ip_forward", 0)
    said, hint = machine.refusal("--host", "198.51.100.7")
    assert said == "198.51.100.7:1712: no answer"
    assert "--port 443" in hint
    assert "--proxy" in hint


@pytest.mark.parametrize("why", ["host-unreachable", "admin-prohibited"])
def test_a_router_that_says_no(machine, gateway, why):
    """What it says is told apart from a machine where nobody listens."""
    gateway.network.set("net/ipv4/ip_forward", 1)
    gateway.network.run("ip", "route", "add", "default", "dev", "lo")
    gateway.network.run("nft", "-f", "-", text=rejecting("forward", f"reject with icmp {why}"))
    said, hint = machine.refusal("--host", "198.51.100.7")
    assert said.startswith("198.51.100.7:1712: no way to it")
    assert "firewall" in hint


def test_a_firewall_of_this_machine(machine, gateway):
    """A rule here that refuses, as it looks to a program."""
    rule = "tcp dport 1712 reject with icmp admin-prohibited"
    machine.network.run("nft", "-f", "-", text=rejecting("output", rule))
    said, hint = machine.refusal("--host", "192.0.2.2")
    assert "--port 443" in hint
    assert said.startswith("192.0.2.2:1712: ")
    assert "could not connect" not in said


@pytest.mark.parametrize(
    ("greeting", "said"),
    [
        (b"HTTP/1.1 400 Bad Request\r\n\r\n", "what answers there is no chatd server"),
        (b"", "it hung up without a word"),
    ],
)
def test_a_portal(machine, greeting, said):
    """Something else answers in the place of the server."""
    listening = machine.network.call(lambda: socket.create_server(("127.0.0.1", 0)))
    with listening:
        listening.settimeout(SECONDS)
        person = machine.chat("--port", str(listening.getsockname()[1]))
        connection = listening.accept()[0]
        connection.sendall(greeting)
        connection.close()
        assert person.ended() == 1
    error, hint = person.complaints()
    assert error.endswith(said)
    assert "portal" in hint


def test_an_address_with_a_zone(machine, gateway):
    """A server on the same cable is reached by its link-local address, and people meet there."""
    port = gateway.daemon("--port", "0")
    shown = gateway.network.output("ip", "-6", "addr", "show", "dev", "cable2", "scope", "link")
    address = re.search(r"inet6 (fe80::[0-9a-f:]+)", shown)[1]
    here = [
        machine.start(
            [*CHAT, "--host", f"{address}%cable", "--port", port, "--username", name], name
        )
        for name in ("alice", "bob")
    ]
    for name, person in zip(("alice", "bob"), here, strict=True):
        person.until(rf"you are on \[{address}%cable\]:{port} as {name}")
    here[0].type("invite")
    here[0].until("an address that means nothing on another machine")
    here[0].type("/chat bob")
    here[1].until("alice asks")
    here[1].type("/accept")
    for person in here:
        person.until("talking to")
    here[0].type("hi")
    assert "alice: hi" in here[1].until("^<")
