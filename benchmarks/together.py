"""People who log in at the same moment: each step is taken by all of them, one after the other."""

import os
from collections.abc import Sequence

from benchmarks.people import new_address, new_name
from chatd import limits
from chatd.noise.keys import REAL
from chatd.wire import server as wire
from chatd.wire.codec import encode
from chatd.wire.records import Opener, Sealer
from chatd.wire.server_opening import ClientSide
from tests.daemon.person import Line


class Newcomer(Line):
    """Somebody new who says one thing at a time, when told to."""

    def __init__(self, port: int, suite: str) -> None:
        super().__init__(port, new_address())
        static, door = REAL.dh.generate_keypair(), os.urandom(limits.DOOR)
        self._opening = ClientSide(static, (suite,), lambda _: None, door)

    def answer(self) -> bytes:
        """What is to be said to the next line of the server."""
        (line,) = self._opening.receive_line(self.line())
        return line + b"\r\n"

    def login(self) -> bytes:
        """What is to be said once the handshake is done: a login with a new name."""
        assert self._opening.secured is not None
        sealer = Sealer(self._opening.secured.sending, limits.SERVER_PLAINTEXT)
        return sealer.seal(encode(wire.Login(new_name(), False, [])))

    def welcome(self) -> None:
        """Wait until that has succeeded."""
        assert self._opening.secured is not None
        opener = Opener(self._opening.secured.receiving, limits.SERVER_PLAINTEXT)
        while (record := opener.next()) is None:
            opener.feed(self._stream.read1(65536))
        message = wire.from_server.decode(record.body)
        assert isinstance(message, wire.Welcome)
        assert message.name is not None


def all_at_once(port: int, suite: str, people: int) -> None:
    """So many come, log in and leave."""
    newcomers = [Newcomer(port, suite) for _ in range(people)]
    _say(newcomers, [each.answer() for each in newcomers])
    _say(newcomers, [each.answer() + each.login() for each in newcomers])
    for each in newcomers:
        each.welcome()
    for each in newcomers:
        each.close()


def _say(newcomers: Sequence[Newcomer], words: Sequence[bytes]) -> None:
    for each, word in zip(newcomers, words, strict=True):
        each.send(word)
