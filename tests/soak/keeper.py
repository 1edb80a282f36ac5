"""Somebody who comes when all have gone, to see that whatever they wanted written is written."""

from daemon.person import Person
from soak.server import until

from chatd.noise.keys import REAL, encode_identity
from chatd.wire import server as wire

NAMES = "keeper-one", "keeper-two"
SOURCE = "127.212.0.1"


class Keeper:
    """Takes one name and gives the other one back, in turn: what was to be stored before is then
    stored, or refused for good."""

    who = "keeper"

    def __init__(self) -> None:
        self._static = REAL.dh.generate_keypair()
        self._times = 0
        self.key = encode_identity(self._static.public)

    def sees_all_written(self, port: int) -> None:
        """Until the disk works, and has done what it had to."""
        until("the disk", lambda: self._is_through(port) or None)

    def _is_through(self, port: int) -> bool:
        names = NAMES if self._times % 2 else NAMES[::-1]
        with Person(port, self._static, source=SOURCE) as person:
            person.login()
            for message in (wire.Username(names[0]), wire.Release(names[1])):
                person.say(message)
            answers = [person.answer(), person.answer()]
        done = not any(isinstance(each, wire.Refused) and each.code == "failed" for each in answers)
        self._times += done
        return done
