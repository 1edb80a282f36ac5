"""The soak's own account of one link finds what a server may not say."""

from soak.link_record import LinkRecord
from soak.passing import Passing, framed
from soak.promises import BAN, FULL, STOP, Promises, Spans

from chatd.wire import server as wire
from chatd.wire.close import Close

KEY = b"k" * 33
TOKENS = [bytes(58)] * 2


def arrived(name: str | None = "n") -> LinkRecord:
    """Somebody who was let in under a name."""
    link = LinkRecord(Promises({KEY: "ann"}), "ann")
    link.said(wire.Login(name, False, []))
    link.heard(wire.Welcome(name, [], TOKENS))
    assert link.promises.faults == []
    return link


def test_answers_in_order() -> None:
    """To each command its own, and whoever withdrew something has been read by then."""
    link = arrived()
    link.said(wire.Search("n"))
    link.said(wire.Username("m"))
    link.said(wire.ShowVoucher(bytes(38), bytes(16)))
    link.heard(wire.Found("n", True))
    link.heard(wire.Refused("username", "m", None, "failed", None))
    link.heard(wire.SeenAt(None))
    assert link.promises.faults == []
    link.heard(wire.Named("m"))
    assert link.promises.faults == ["ann heard Named, and had asked nothing"]


def test_a_wrong_answer() -> None:
    """To another command, or of another name."""
    link = arrived()
    link.said(wire.Search("a"))
    link.heard(wire.Found("b", True))
    assert "was answered by" in link.promises.faults[0]


def test_a_login_without_the_name() -> None:
    """Says so first, and why afterwards."""
    link = LinkRecord(Promises({KEY: "ann"}), "ann")
    link.said(wire.Login("n", False, []))
    link.heard(wire.Welcome(None, [], TOKENS))
    link.heard(wire.Refused("username", "n", None, "failed", None))
    assert link.promises.faults == []


def test_presence() -> None:
    """Who is here under a name is around, and who does not exist is not."""
    link = arrived()
    for name, here in (("n", False), ("nobody", True)):
        link.said(wire.Search(name))
        link.heard(wire.Found(name, here))
    assert len(link.promises.faults) == 2


def test_ends_that_nothing_explains() -> None:
    """Each close has its cause, and without one, the other side does not just hang up."""
    for reason in ("introduced", "closing", "replaced", "full", "banned", "malformed"):
        link = arrived()
        link.heard(Close(reason))
        assert link.promises.faults == [f"ann was sent away as {reason}"]
    link = arrived()
    link.ended()
    assert link.promises.faults == ["ann was cut off without a word"]


def test_ends_that_something_explains() -> None:
    """A stop, a full server, a ban of this very person, another login, a spoilt record."""
    for what, reason in ((STOP, "closing"), (FULL, "full"), (f"{BAN} ann", "banned")):
        link = arrived()
        with link.promises.during(what):
            link.heard(Close(reason))
        assert link.promises.faults == []
    link = arrived()
    LinkRecord(link.promises, "ann").said(wire.Login(None, False, []))
    link.heard(Close("replaced"))
    spoilt = arrived()
    spoilt.wrong = True
    spoilt.heard(Close("bad-record"))
    assert link.promises.faults == spoilt.promises.faults == []


def test_a_login_that_had_to_wait() -> None:
    """May be carried out after a later one, which it replaces, in whatever order that is read."""
    waits = LinkRecord(Promises({KEY: "ann"}), "ann")
    waits.said(wire.Login("n", False, []))
    later = LinkRecord(waits.promises, "ann")
    later.said(wire.Login(None, False, []))
    later.heard(wire.Welcome(None, [], TOKENS))
    waits.heard(wire.Welcome("n", [], TOKENS))
    later.heard(Close("replaced"))
    assert waits.promises.faults == []


def test_a_login_that_was_answered_before() -> None:
    """Replaces nobody who comes after it."""
    first = arrived()
    later = LinkRecord(first.promises, "ann")
    later.said(wire.Login(None, False, []))
    later.heard(wire.Welcome(None, [], TOKENS))
    later.heard(Close("replaced"))
    assert first.promises.faults == ["ann was sent away as replaced"]


def test_spans() -> None:
    """Concern the links that were there meanwhile, also when they are over."""
    spans = Spans()
    spans.begin("stop", 5)
    assert spans.concern(9, "stop")
    spans.end("stop", 6)
    assert spans.concern(6, "stop")
    assert not spans.concern(7, "stop")
    assert not spans.concern(6, "ban")


def test_bytes_through_a_relay() -> None:
    """The other side's, from the first on; whole if nothing cut them off."""
    passing = Passing([])
    passing.sent(b"1", "ann", framed(b"hello"))
    passing.sent(b"1", "bob", framed(b"there"))
    assert Passing.is_whole(framed(b"hello"))
    assert not Passing.is_whole(framed(b"hello")[:-1])
    passing.got(b"1", "bob", framed(b"hello"), whole=True)
    passing.got(b"1", "ann", framed(b"there")[:5], whole=False)
    assert passing._faults == []
    passing.got(b"1", "ann", framed(b"hello"), whole=True)
    passing.got(b"2", "bob", framed(b"hello"), whole=True)
    assert len(passing._faults) == 2
