"""The command `status`: what is said of where the client is, and of a conversation."""

from types import SimpleNamespace
from typing import Any

from chatd.engine import commands as c
from chatd.engine.decisions import events as e
from chatd.engine.snapshot import ConversationState, Snapshot
from chatd.engine.status import status
from chatd.noise.keys import fingerprint
from chatd.ui import wording

HERE = Snapshot(now=21.0, server="localhost", name="alice", presence="in")
BOB = ConversationState(bytes(33), "bob", "", "new", "open")


def said(event: e.Event) -> list[str]:
    """In words."""
    return [line.text for line in wording.lines(event)]


def carried(path: str, tried: list[tuple[str, str]]) -> e.LinkStatus:
    """What the engine says of a conversation over this path."""
    channel = SimpleNamespace(sent=10, read=20)
    link = SimpleNamespace(path=path, secured=None, renewals=0, channel=channel)
    talk = SimpleNamespace(link=link, round_trip=0.006, waiting=0)
    shown: list[Any] = []
    driver = SimpleNamespace(talk=talk, since=0.0, tried=tried, key=BOB.id)
    session: Any = SimpleNamespace(
        settings=SimpleNamespace(tor=None, upnp=None),
        drivers=SimpleNamespace(found=lambda _: driver),
        now=21.0,
        snapshot=lambda: HERE,
        show=shown.append,
    )
    status(session, c.ShowStatus())
    link_status: e.LinkStatus = shown[0].carried.link
    return link_status


def test_the_path_in_use_is_not_one_that_was_tried_in_vain() -> None:
    """The other person dialled us from an address that we dialled as well: it is named once."""
    others = [("192.0.2.1:1712", "no answer"), ("[::1]:56417", "no answer")]
    link = carried("IPv4 127.0.0.1:5641", [("127.0.0.1:5641", "no answer"), *others])
    assert (link.path, link.tried) == ("IPv4 127.0.0.1:5641", others)


def test_another_port_or_address_is_another_path() -> None:
    """One whose end looks alike stays on the list."""
    tried = [("7.0.0.1:5641", "no answer"), ("127.0.0.1:564", "no answer")]
    assert carried("IPv4 127.0.0.1:5641", tried).tried == tried


def test_how_a_conversation_is_carried_in_words() -> None:
    """With whom, since when, over which path, and what else was tried."""
    link = e.LinkStatus("IPv4 127.0.0.1:1", "gcm", 0.006, 1, 10, 20, [("[::1]:1", "no \x1b")])
    here = Snapshot(now=21.0, server="localhost", name="alice", conversations=(BOB,))
    assert said(e.Status(here, carried=e.Carried(21.0, 2, link))) == [
        "talking to bob (new), for 21 s",
        "path: IPv4 127.0.0.1:1",
        "round trip: 6 ms",
        "suite: gcm, a new key for every record, keys replaced 1 time",
        "bytes: 10 sent, 20 received",
        "messages on their way: 2",
        "also tried: [::1]:1: no ␛",
        "their key:",
        fingerprint(BOB.id),
    ]


def test_without_a_conversation() -> None:
    """Who and where we are, and what stands of the ways to us."""
    assert said(e.Status(HERE, onion="published")) == [
        "you are alice on localhost",
        "no conversation is open",
        "onion service for the next conversation: published",
    ]
