"""Messages of the kernel, and what is made of those that are none."""

import socket
import struct

import pytest
from hypothesis import given
from hypothesis import strategies as st

from chatd.reach import netlink, own_addresses
from chatd.reach.kernel_news import ANYTHING, NOTHING, News, read

HOST4, HOST6 = socket.inet_aton("10.0.0.1"), socket.inet_pton(socket.AF_INET6, "fe80::1")


def message(kind: int, body: bytes = b"") -> bytes:
    """One message, up to where the next may begin."""
    whole = struct.pack("=IHHII", 16 + len(body), kind, 0, 0, 0) + body
    return whole + bytes(-len(whole) % 4)


def attribute(kind: int, value: bytes) -> bytes:
    """One attribute, up to where the next may begin."""
    return struct.pack("=HH", 4 + len(value), kind) + value + bytes(-len(value) % 4)


def route(family: int = 2, table: int = 254, flags: int = 0, to: bytes = b"") -> bytes:
    """The body of a route, to everywhere or to `to`."""
    head = struct.pack("=BBBBBBBBI", family, 8 * len(to), 0, 0, table, 0, 0, 0, flags)
    return head + attribute(15, bytes(4)) + (attribute(1, to) if to else b"")


@pytest.mark.parametrize(
    ("datagram", "news"),
    [
        (b"", NOTHING),
        (message(16), News.LINKS),
        (message(17), News.LINKS),
        (message(20, b"12345678"), News.ADDRESSES),
        (message(21, b"123"), News.ADDRESSES),
        (message(24, route()), News.ROUTES),
        (message(25, route(10)), News.ROUTES),
        (message(20) + message(24, route()), News.ADDRESSES | News.ROUTES),
        (message(24, route(table=255)), NOTHING),
        (message(24, route(flags=0x200)), NOTHING),
        (message(24, route(10, to=HOST6)), NOTHING),
        (message(24, route(10, to=b"\xff" + bytes(15))), NOTHING),
        (message(24, route(10, to=b"\xfe\xc0" + bytes(14))), News.ROUTES),
        (message(24, route(to=b"\xff")), News.ROUTES),
        (message(24, b"short"), News.ROUTES),
        (message(99), ANYTHING),
    ],
)
def test_what_has_changed(datagram: bytes, news: News) -> None:
    """By the kind of each message; routes to this machine itself, or to a link, are none."""
    assert read(datagram) == news


@pytest.mark.parametrize(
    "datagram",
    [
        b"x",
        message(16)[:-1],
        message(16) + b"\0",
        struct.pack("=IHHII", 0, 16, 0, 0, 0),
        struct.pack("=IHHII", 15, 16, 0, 0, 0),
        struct.pack("=IHHII", 2**32 - 1, 16, 0, 0, 0),
    ],
)
def test_what_cannot_be_read(datagram: bytes) -> None:
    """Anything may have changed then."""
    assert read(datagram) == ANYTHING


@given(st.lists(st.tuples(st.integers(0, 65535), st.binary(max_size=20)), max_size=5))
def test_messages_one_behind_the_other(wanted: list[tuple[int, bytes]]) -> None:
    """Each is found, with its type and its body."""
    assert list(netlink.messages(b"".join(message(*each) for each in wanted))) == wanted


@given(st.dictionaries(st.integers(0, 65535), st.binary(max_size=9), max_size=5), st.binary())
def test_attributes_one_behind_the_other(wanted: dict[int, bytes], behind: bytes) -> None:
    """Each is found, and nothing behind one without a length makes a difference."""
    data = b"".join(attribute(*each) for each in wanted.items())
    assert netlink.attributes(data) == wanted
    assert netlink.attributes(data + b"\0\0\0\0" + behind) == wanted


class Kernel:
    """A kernel that answers so, each question with the next of `answers`."""

    def __init__(self, *answers: list[bytes] | OSError) -> None:
        self.answers = list(answers)
        self.now: list[bytes] = []

    def __enter__(self) -> "Kernel":
        return self

    def __exit__(self, *_: object) -> None:
        pass

    def settimeout(self, seconds: float) -> None:
        assert seconds > 0

    def sendto(self, question: bytes, where: object) -> None:
        answer = self.answers.pop(0)
        if isinstance(answer, OSError):
            raise answer
        self.now = answer

    def recvfrom(self, most: int) -> tuple[bytes, tuple[int, int]]:
        if not self.now:
            raise TimeoutError
        return self.now.pop(0)[:most], (0, 0)


DONE = message(3)


def link(number: int, name: bytes, flags: int = 0x41) -> bytes:
    """An interface."""
    return message(16, struct.pack("=BxHiII", 0, 1, number, flags, 0) + attribute(3, name + b"\0"))


def address(number: int, *attributes: bytes, flags: int = 0) -> bytes:
    """An address of an interface."""
    return message(20, struct.pack("=BBBBI", 2, 24, flags, 0, number) + b"".join(attributes))


def found(monkeypatch: pytest.MonkeyPatch, *answers: list[bytes] | OSError) -> list[str]:
    """The addresses of a machine whose kernel says so; `far` stands for what is said without it."""
    monkeypatch.setattr(netlink, "opened", lambda: Kernel(*answers))
    monkeypatch.setattr(own_addresses, "_sources", lambda: iter(["far"]))
    return own_addresses.local_addresses()


LINKS = [link(1, b"lo"), link(2, b"eth0") + link(3, b"eth1", 0x1), link(4, b"docker0"), DONE]


def test_the_addresses_of_a_machine(monkeypatch: pytest.MonkeyPatch) -> None:
    """Of interfaces that are in use, our own end, and none that is not ours for sure yet."""
    other = socket.inet_aton("10.9.9.9")
    listed = [
        address(2, attribute(1, other), attribute(2, HOST4)) + address(2, attribute(1, HOST6)),
        address(2, attribute(1, HOST4)),
        address(3, attribute(1, other)) + address(4, attribute(1, other)),
        address(1, attribute(1, other), flags=0x40),
        address(1, attribute(1, other), attribute(8, struct.pack("=I", 0x08))),
        address(1, attribute(1, b"xxx")) + address(1) + message(20, b"x") + message(99),
        DONE,
    ]
    assert found(monkeypatch, LINKS[:], listed) == ["10.0.0.1", "fe80::1"]


@pytest.mark.parametrize(
    "answers",
    [
        [PermissionError()],
        [[]],
        [[b"x"]],
        [[message(2, struct.pack("=i", -1))]],
        [LINKS, [address(1)] * 20_000],
        [LINKS, OSError()],
    ],
    ids=["not allowed", "silent", "nonsense", "error", "no end", "half of it"],
)
def test_a_kernel_that_does_not_say(
    answers: list[list[bytes] | OSError], monkeypatch: pytest.MonkeyPatch
) -> None:
    """Then those count from which others are reached; nobody waits for it."""
    copies = [each[:] if isinstance(each, list) else each for each in answers]
    assert found(monkeypatch, *copies) == ["far"]


def test_the_addresses_from_which_others_are_reached() -> None:
    """On any machine these are some of its own, and asking sends no packet."""
    assert set(own_addresses._sources()) <= set(own_addresses.local_addresses())
