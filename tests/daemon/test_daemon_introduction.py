"""A daemon introduces two people and is rid of both."""

from daemon_process import Daemon
from person import NOWHERE, Person, introduce

from chatd.wire import server as wire


def test_two_people_are_introduced_and_leave(daemon: Daemon) -> None:
    """Both get the other's key, offer and address; then their links end, and nobody is here."""
    here = wire.Candidates("address", 4001, [("127.0.0.1", 4001)])
    there = wire.Candidates("address-port", 4002, [("127.0.0.1", 4002), ("8.8.8.8", 25)])
    with Person(daemon.port) as third, Person(daemon.port) as alice, Person(daemon.port) as bob:
        third.login()
        alice.login("alice")
        bob.login("bob")
        alice.say(wire.Request("bob", 300, None))
        asked = alice.hear(wire.Asked)
        request = bob.hear(wire.Requested)
        assert asked.here
        assert (request.id, request.name, request.key) == (asked.id, "alice", alice.identity)
        bob.say(wire.Accept(asked.id, b"of bob", there))
        assert alice.hear(wire.Accepted).key == bob.identity
        alice.say(wire.OfferMade(asked.id, b"of alice", here))

        told = alice.hear(wire.Go)
        assert (told.id, told.name, told.key) == (asked.id, "bob", bob.identity)
        seen = [bob.socket.getsockname()]
        assert (told.offer, told.observed, told.local) == (b"of bob", seen, [("127.0.0.1", 4002)])
        told = bob.hear(wire.Go)
        assert (told.id, told.name, told.key) == (asked.id, "alice", alice.identity)
        assert (told.offer, told.observed) == (b"of alice", [("127.0.0.1", 4001)])
        for person in (alice, bob):
            assert person.hear(wire.Close).reason == "introduced"
            assert person.is_over()
        assert third.sees("alice")
        assert third.sees("bob")


def test_a_conversation_changes_nothing_that_others_see(daemon: Daemon) -> None:
    """Search says the same before, while an introduction is accepted, after it, and whoever else
    the two have asked hears nothing at that moment; who just leaves is gone at once."""
    with (
        Person(daemon.port) as ann,
        Person(daemon.port) as ben,
        Person(daemon.port) as cat,
        Person(daemon.port) as watcher,
    ):
        for person, name in ((ann, "ann"), (ben, "ben"), (cat, "cat"), (watcher, "watcher")):
            person.login(name)
        ann.say(wire.Request("watcher", 300, None))
        ann.hear(wire.Asked)
        watcher.hear(wire.Requested)

        def sees(name: str) -> bool:
            # That ann's request was withdrawn is told at some moment of the next minute.
            watcher.say(wire.Search(name))
            message = watcher.answer()
            if isinstance(message, wire.Ended):
                message = watcher.answer()
            assert isinstance(message, wire.Found)
            return message.here

        def seen() -> list[bool]:
            return [sees(name) for name in ("ann", "ben", "cat")]

        before = seen()
        id = introduce(ann, ben, "ben")
        assert seen() == before == [True] * 3
        ann.say(wire.OfferMade(id, b"of ann", NOWHERE))
        ann.hear(wire.Go)
        ben.hear(wire.Go)
        assert seen() == before
        cat.say(wire.Close("left"))
        cat.close()
        while sees("cat"):
            pass
        assert sees("ann")


def test_whoever_stays_is_introduced_twice_in_one_session(daemon: Daemon) -> None:
    """Requests reach them as anybody, and the one who does not stay leaves."""
    with (
        Person(daemon.port) as guest,
        Person(daemon.port) as first,
        Person(daemon.port) as second,
    ):
        assert guest.login("stays", stays=True).features == ["stay"]
        for asker, name in ((first, "first"), (second, "second")):
            asker.login(name)
            id = introduce(asker, guest, "stays")
            asker.say(wire.OfferMade(id, b"of the asker", NOWHERE))
            asker.hear(wire.Go)
            assert asker.hear(wire.Close).reason == "introduced"
            assert guest.hear(wire.Go).name == name
        assert guest.sees("stays")


def test_whoever_is_unlisted_is_found_by_nobody(daemon: Daemon) -> None:
    """And is asked as anybody."""
    with Person(daemon.port) as dora, Person(daemon.port) as asker:
        dora.login("dora", unlisted=True)
        asker.login("asker2")
        assert not asker.sees("dora")
        asker.say(wire.Request("dora", 300, None))
        assert not asker.hear(wire.Asked).here
        assert dora.hear(wire.Requested).name == "asker2"


def test_a_request_waits_for_someone_who_is_not_here(daemon: Daemon) -> None:
    """A request to an absent person is delivered when they log in."""
    with Person(daemon.port) as asker, Person(daemon.port) as late:
        asker.login("asker")
        asker.say(wire.Request("late", 300, None))
        assert not asker.hear(wire.Asked).here
        late.login("late")
        assert late.hear(wire.Requested).name == "asker"


def test_no_address_is_told_before_both_have_offered(daemon: Daemon) -> None:
    """Someone who loses the other after accepting hears that they are gone, and no more."""
    with Person(daemon.port) as carol, Person(daemon.port) as dave:
        carol.login("carol")
        dave.login("dave")
        introduce(carol, dave, "dave")
        carol.close()
        assert dave.hear(wire.Ended).reason == "gone"


def test_both_can_come_back_after_an_introduction(daemon: Daemon) -> None:
    """The names of two people who were introduced are still theirs."""
    with Person(daemon.port) as erin, Person(daemon.port) as frank:
        erin.login("erin")
        frank.login("frank")
        introduce(erin, frank, "frank")
        with Person(daemon.port) as other:
            assert other.login("erin").name is None
        erin.close()
        with Person(daemon.port, erin.static) as again:
            assert again.login("erin").name == "erin"
