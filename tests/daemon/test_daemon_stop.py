"""A daemon that is told to end says so to everyone, and cuts no introduction off."""

from pathlib import Path

from daemon_process import Daemon
from person import NOWHERE, Line, Person

from chatd.wire import server as wire


def test_everyone_is_told(tmp_path: Path) -> None:
    """People who are logged in get CLOSE closing, links without a handshake just end."""
    with Daemon(tmp_path) as daemon, Person(daemon.port) as person, Line(daemon.port) as line:
        person.login("person")
        line.line()
        daemon.terminate()
        assert person.hear(wire.Close).reason == "closing"
        assert person.is_over()
        assert line.rest() == b""
        person.close()
        line.close()
        assert daemon.wait()


def test_an_open_request_ends(tmp_path: Path) -> None:
    """Whoever asks for someone hears that the request is over before the link is."""
    with Daemon(tmp_path) as daemon, Person(daemon.port) as asker:
        asker.login("asker")
        asker.say(wire.Request("nobody", 300, None))
        asker.hear(wire.Asked)
        daemon.terminate()
        assert asker.hear(wire.Ended).reason == "closing"
        assert asker.hear(wire.Close).reason == "closing"


def test_an_accepted_introduction_may_finish(tmp_path: Path) -> None:
    """Two who have agreed are still introduced; a third person hears the end after that."""
    with (
        Daemon(tmp_path) as daemon,
        Person(daemon.port) as asker,
        Person(daemon.port) as asked,
        Person(daemon.port) as other,
    ):
        asker.login("asker")
        asked.login("asked")
        other.login("other")
        other.say(wire.Request("nobody", 300, None))
        other.hear(wire.Asked)
        asker.say(wire.Request("asked", 300, None))
        asker.hear(wire.Asked)
        request = asked.hear(wire.Requested)
        asked.say(wire.Accept(request.id, b"of asked", NOWHERE))
        asker.hear(wire.Accepted)
        daemon.terminate()
        assert other.hear(wire.Ended).reason == "closing"
        asker.say(wire.OfferMade(request.id, b"of asker", NOWHERE))
        assert asker.hear(wire.Go).offer == b"of asked"
        assert asked.hear(wire.Go).offer == b"of asker"
        assert other.hear(wire.Close).reason == "closing"
        for person in (asker, asked, other):
            person.close()
        assert daemon.wait()
