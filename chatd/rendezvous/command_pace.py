"""When a message of somebody who is logged in is carried out."""

from collections.abc import Callable
from itertools import count

from chatd import limits
from chatd.rendezvous.logged_in import Session
from chatd.shares import Shares
from chatd.sources import Source
from chatd.wire import server as wire


class Pace:
    """So many messages at once and so many a second, for each key, and for each source
    `PER_SOURCE` times as many; the last `keys` keys are remembered. `now` is in seconds.
    """

    def __init__(self, burst: int, per_second: float, keys: int) -> None:
        seconds = burst / per_second
        self._keys = Shares(burst, seconds, max(keys, limits.COUNTED))
        self._sources = Shares(burst * limits.PER_SOURCE, seconds, limits.COUNTED)

    def remember(self, keys: int) -> None:
        """So many keys from now on."""
        self._keys.remember(max(keys, limits.COUNTED))

    def turn(self, key: bytes, source: Source, now: float) -> float:
        """Take the next turn of this key and this source: in how many seconds that is."""
        wait = self._keys.spend(((key, 1),), now)
        return max(wait, self._sources.spend(source, now))

    def give_back(self, key: bytes, source: Source) -> None:
        """A turn that was taken is not needed any more."""
        self._keys.give_back(((key, 1),))
        self._sources.give_back(source)


_COMMANDS = (
    wire.Username,
    wire.Release,
    wire.Search,
    wire.Request,
    wire.ShowVoucher,
    wire.Login,
)
"""What is counted as a command; all others are answers."""


class CommandPace:
    """Of all people here, at most `max_clients`; `is_held` says whether a name is bound to a key;
    `now` is in seconds."""

    def __init__(self, is_held: Callable[[str, bytes], bool], max_clients: int) -> None:
        keys = 2 * max_clients
        self._is_held = is_held
        self._commands = Pace(limits.COMMAND_BURST, limits.COMMANDS_PER_SECOND, keys)
        self._answers = Pace(limits.ANSWER_BURST, limits.ANSWERS_PER_SECOND, keys)
        self._logins = count(1)

    def resize(self, max_clients: int) -> None:
        """So many people may be here from now on."""
        self._commands.remember(2 * max_clients)
        self._answers.remember(2 * max_clients)

    def turn(self, session: Session, message: wire.FromClient, now: float) -> float:
        """In how many seconds a message is to be carried out: it, and what follows, waits so long.

        A login takes a turn if it tells of a name that is not bound to its key, as `username` does.
        Whoever does not carry it out gives the turn back.
        """
        if isinstance(message, wire.Login):
            session.turn = next(self._logins)
            if not self._tells_of_a_name(session, message):
                return 0.0
        return self._pace(message).turn(session.key, session.source, now)

    def give_back(self, session: Session, message: wire.FromClient) -> None:
        """A message whose turn was taken will not be carried out."""
        self._pace(message).give_back(session.key, session.source)

    def _tells_of_a_name(self, session: Session, login: wire.Login) -> bool:
        return login.name is not None and not self._is_held(login.name, session.key)

    def _pace(self, message: wire.FromClient) -> Pace:
        return self._commands if isinstance(message, _COMMANDS) else self._answers
