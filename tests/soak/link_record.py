"""What was said and heard on one link, against what the protocol lets a server say. Pure."""

from collections import deque
from dataclasses import dataclass, field

from soak.promises import BAN, FULL, STOP, UPGRADE, Promises

from chatd.wire import server as wire
from chatd.wire.close import Close

COMMANDS: dict[type, str] = {
    wire.Login: "login",
    wire.Username: "username",
    wire.Release: "release",
    wire.Search: "search",
    wire.Request: "request",
    wire.ShowVoucher: "seen",
}
NOBODY = "nobody"
"""A name that nobody ever asks for."""


@dataclass
class Owed:
    """An answer that the server owes, and what of earlier withdrawals it shows to be read."""

    to: str
    name: str | None = None
    withdrawn: tuple[bytes, ...] = ()


@dataclass
class LinkRecord:
    """One link of one person, from the login on."""

    promises: Promises
    who: str
    number: int = 0
    name: str | None = None
    unlisted: bool = False
    welcomed: bool = False
    """Whether the server let it in."""
    wrong: bool = False
    """Whether this side broke the protocol, or left."""
    went: bool = False
    told_end: bool = False
    _owed: deque[Owed] = field(default_factory=deque)
    _withdrawn: list[bytes] = field(default_factory=list)

    def __post_init__(self) -> None:
        self.number = self.promises.link()

    # -- what this person says

    def said(self, message: wire.FromClient) -> None:
        """Before it is sent."""
        introductions = self.promises.introductions
        match message:
            case wire.Accept(id, offer):
                introductions.accepts(self.who, id, offer)
            case wire.OfferMade(id, offer):
                introductions.offers(self.who, id, offer)
            case wire.Decline(id) | wire.Cancel(id):
                introductions.withdraws(self.who, id)
                self._withdrawn.append(id)
            case Close():
                self.wrong = True
            case _:
                self._asked_for(message)

    def _asked_for(self, message: wire.FromClient) -> None:
        name = None if isinstance(message, wire.ShowVoucher) else message.name
        match message:
            case wire.Login():
                self.unlisted = message.unlisted
                self.promises.logs_in(self.who, self.number)
                if name is not None:
                    self.promises.names.claims(self.who, name)
            case wire.Username():
                self.promises.names.claims(self.who, name)
            case wire.Release():
                self.promises.names.releases(self.who, name)
            case wire.Request(proof=proof):
                self.promises.introductions.asks(self.who, name, proof)
        self._owed.append(Owed(COMMANDS[type(message)], name, tuple(self._withdrawn)))
        self._withdrawn = []

    # -- what this person is told

    def heard(self, message: wire.FromServer) -> None:
        """A message of the server's."""
        if self.told_end:
            self._fault(f"heard {type(message).__name__} after the end")
        if not self.welcomed and not isinstance(message, wire.Welcome | wire.Closing | Close):
            self._fault(f"heard {type(message).__name__} before a welcome")
        match message:
            case Close(reason):
                self._closed(reason)
            case wire.Closing():
                if not self._turmoil:
                    self._fault("the server closes for no reason")
            case wire.Notice(text):
                if text not in self.promises.notices:
                    self._fault("heard a notice that nobody wrote")
            case wire.Requested() | wire.Accepted() | wire.Ended() | wire.Go():
                self._introduced(message)
            case _:
                self._answered(message)

    def _answered(self, message: wire.FromServer) -> None:
        if isinstance(message, wire.Refused) and message.to == "accept":
            if not self.promises.introductions.knows(self.who, message.id or b""):
                self._fault("was refused an accept that was none")
            return
        if not self._owed:
            self._fault(f"heard {type(message).__name__}, and had asked nothing")
            return
        owed = self._owed.popleft()
        for id in owed.withdrawn:
            self.promises.introductions.passed(self.who, id)
        names, name = self.promises.names, owed.name
        match owed.to, message:
            case "login", wire.Welcome(None):
                self._let_in()
                if name is not None:
                    self._owed.appendleft(Owed("username", name))
            case ("login", wire.Welcome(told)) | ("username", wire.Named(told)) if told == name:
                self._let_in()
                self.name = told
                names.told(self.who, told)
            case "username", wire.Refused("username", refused, _, code) if refused == name:
                names.refused(self.who, name, code)
            case "release", wire.Released(told) if told == name:
                names.released(self.who, name)
            case "release", wire.Refused("release", refused, _, code) if refused == name:
                names.kept(self.who, name, code)
            case "search", wire.Found(told, here) if told == name:
                self._found(told, here=here)
            case "request", wire.Asked(id, told, here, crossing) if told == name:
                self.promises.introductions.asked(self.who, name, id, crossing=crossing)
                self._found(told, here=here)
            case "request", wire.Refused("request", refused) if refused == name:
                pass
            case "seen", wire.SeenAt(None):
                pass
            case _:
                self._fault(f"{owed.to} {name} was answered by {message}")

    def _let_in(self) -> None:
        if not self.welcomed:
            self.welcomed = True
            self.promises.welcomed(self.who, self.number)

    def _found(self, name: str, *, here: bool) -> None:
        if here and name == NOBODY:
            self._fault("was told that nobody is around")
        if not here and name == self.name and not self.unlisted:
            self._fault("was told not to be around")

    def _introduced(self, message: wire.FromServer) -> None:
        introductions = self.promises.introductions
        match message:
            case wire.Requested(id, name, key, _, proof):
                asker = self.promises.who(key)
                introductions.requested(self.who, self.name, id, name, asker, proof)
            case wire.Accepted(id, key):
                introductions.accepted(self.who, id, self.promises.who(key))
            case wire.Ended(id):
                introductions.ended(self.who, id)
            case wire.Go(id, name, key, offer):
                self.went = True
                introductions.going(self.who, id, name, self.promises.who(key), offer)

    # -- the end

    def _closed(self, reason: str) -> None:
        self.told_end = True
        reasons = {
            "introduced": self.went,
            "closing": self._turmoil,
            "replaced": self.promises.replaced(self.who, self.number),
            "full": self._during(FULL),
            "banned": self._banned,
        }
        if not reasons.get(reason, self.wrong):
            self._fault(f"was sent away as {reason}")

    def ended(self) -> None:
        """The other side has hung up."""
        explained = self.told_end or self.wrong or not self.welcomed
        if not explained and not self._turmoil and not self._banned:
            self._fault("was cut off without a word")

    @property
    def _turmoil(self) -> bool:
        return self._during(STOP, UPGRADE)

    @property
    def _banned(self) -> bool:
        return self._during(BAN, f"{BAN} {self.who}")

    def _during(self, *whats: str) -> bool:
        return self.promises.spans.concern(self.number, *whats)

    def _fault(self, what: str) -> None:
        self.promises.faults.append(f"{self.who} {what}")
