"""A scene of people around one `Introductions`, and its effects written as short lines."""

from collections.abc import Callable, Sequence
from itertools import count

from chatd.errors import ChatdError
from chatd.rendezvous.effects import Effect, Part
from chatd.rendezvous.introductions import Introductions
from chatd.wire.codes import Declining
from chatd.wire.server import Accepted, Asked, Candidates, Ended, Go, Refused, Requested

NAMES = {"A": "alice", "B": "bob", "C": "carol", "O": "other"}
KEYS = {letter: b"\x01" + letter.encode() * 32 for letter in NAMES}
LETTERS = {key: letter for letter, key in KEYS.items()}
NO_ADDRESS = Candidates(observed="none", port=1, local=[])


def person(number: int) -> bytes:
    """The key of one of many."""
    return b"\x01" + number.to_bytes(32, "big")


def id_of(letter: str) -> bytes:
    """The introduction that the lines call by this letter."""
    return letter.encode() * 16


class Scene:
    """Alice, bob, carol and another, each at an address of their own, at 1000 seconds."""

    def __init__(self) -> None:
        self.now = 1000.0
        self.next_id = "k"
        self._drawn = False
        self.bound: dict[str, bytes] = {}
        self.introductions = Introductions(
            self._random_bytes, self.bound.get, uniform=lambda low, high: (low + high) / 2
        )

    def _random_bytes(self, n: int) -> bytes:
        assert not self._drawn, "the id is in use"  # and would be drawn for ever
        self._drawn = True
        return self.next_id.encode() * n

    def arrive(
        self, letter: str, host: str = "", *, unlisted: bool = False, stays: bool = False
    ) -> list[Effect]:
        """Let someone arrive with their own name."""
        address = (host or f"198.51.100.{ord(letter)}", 40_000 + ord(letter))
        effects = self.introductions.arrived(
            KEYS[letter], address, self.now, unlisted=unlisted, stays=stays
        )
        return effects + self.name(letter, NAMES[letter])

    def name(self, letter: str, name: str) -> list[Effect]:
        """Let someone use a name."""
        self.bound[name] = KEYS[letter]
        return self.introductions.named(KEYS[letter], name, self.now)

    def gone(self, letter: str) -> list[Effect]:
        """Let a session end."""
        return self.introductions.gone(KEYS[letter], self.now)

    def ask(
        self,
        letter: str,
        name: str,
        seconds: int = 300,
        id: str = "",
        proof: bytes | None = None,
    ) -> list[Effect]:
        """Let someone ask, for an introduction that is called `id` if it is a new one."""
        self.next_id = id or self.next_id
        self._drawn = False
        return self.introductions.request(KEYS[letter], name, seconds, self.now, proof)

    def accept(
        self, letter: str, id: str = "i", candidates: Candidates = NO_ADDRESS
    ) -> list[Effect]:
        """Let someone accept."""
        offer = b"guest " + letter.encode()
        return self.introductions.accept(KEYS[letter], id_of(id), offer, candidates, self.now)

    def offer(
        self, letter: str, id: str = "i", candidates: Candidates = NO_ADDRESS
    ) -> list[Effect]:
        """Let someone make an offer."""
        offer = b"host " + letter.encode()
        return self.introductions.offer(KEYS[letter], id_of(id), offer, candidates, self.now)

    def decline(self, letter: str, id: str = "i", reason: Declining = "declined") -> list[Effect]:
        """Let someone decline."""
        return self.introductions.decline(KEYS[letter], id_of(id), reason, self.now)

    def cancel(self, letter: str, id: str = "i") -> list[Effect]:
        """Let someone cancel."""
        return self.introductions.cancel(KEYS[letter], id_of(id), self.now)

    def wait(self, seconds: float) -> list[Effect]:
        """Let time pass, and the timer run once."""
        self.now += seconds
        return self.introductions.tick(self.now)


def everyone() -> Scene:
    """A scene in which all four are here."""
    scene = Scene()
    for letter in NAMES:
        scene.arrive(letter)
    return scene


class Crowd:
    """Many people, numbered, who all arrive at `host(number)` under the name p<number>; the names
    of some are `settled(number)`."""

    def __init__(
        self,
        host: Callable[[int], str] = lambda n: f"10.0.{n >> 8}.{n & 255}",
        settled: Callable[[int], bool] = lambda n: False,
    ) -> None:
        self._ids = count(1)
        self._settled = settled
        self._host = host
        self.introductions = Introductions(lambda n: next(self._ids).to_bytes(n, "big"), {}.get)

    def arrive(self, number: int) -> None:
        """Let someone arrive."""
        self.introductions.arrived(
            person(number), (self._host(number), 1), 0.0, is_settled=self._settled(number)
        )
        self.introductions.named(person(number), f"p{number}", 0.0)

    def ask(self, number: int, name: str, now: float = 0.0, seconds: int = 300) -> list[Effect]:
        """Let someone ask for so many seconds."""
        return self.introductions.request(person(number), name, seconds, now)


def told(effects: Sequence[Effect], key: bytes) -> list[object]:
    """The messages to one key."""
    return [each.message for each in effects if not isinstance(each, Part) and each.key == key]


def lines(effects: Sequence[Effect]) -> str:
    """Effects as a person would note them: `B ended i gone; part A`."""
    return "; ".join(map(_line, effects))


def outcome(event: Callable[[], Sequence[Effect]]) -> str:
    """The lines of what an event does, or the name of its error."""
    try:
        return lines(event())
    except ChatdError as error:
        return type(error).__name__


def _line(effect: Effect) -> str:
    who = LETTERS[effect.key]
    if isinstance(effect, Part):
        return f"part {who}"
    return f"{who} {_words(effect.message)}"


def _words(message: object) -> str:
    match message:
        case Asked(id, _, here, crossing):
            return f"asked {_letter(id)} {'crossing' if crossing else 'here' if here else 'away'}"
        case Requested(id):
            return f"request {_letter(id)}"
        case Accepted(id):
            return f"accepted {_letter(id)}"
        case Go(id):
            return f"go {_letter(id)}"
        case Ended(id, reason):
            return f"ended {_letter(id)} {reason}"
        case Refused(to, name, id, code):
            return f"refused {to} {_letter(id) if id else name} {code}"
    raise AssertionError(message)


def _letter(id: bytes) -> str:
    return chr(id[0])
