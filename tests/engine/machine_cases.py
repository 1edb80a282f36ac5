"""A client in every state that it can be in, and everything that can happen to it."""

from collections.abc import Callable

from no_proofs import NoProofs
from welcomes import welcome

from chatd import limits
from chatd.engine.decisions import effects as do
from chatd.engine.decisions import events as e
from chatd.engine.decisions.dialog import Dialog, Stage
from chatd.engine.decisions.failures import CommandFailure
from chatd.engine.decisions.machine import Machine
from chatd.engine.decisions.presence import At
from chatd.noise.keys import fingerprint
from chatd.peer.ending import Ending
from chatd.peer.message import Message
from chatd.store.contact import Judgement, KeyChanged, Known, KnownAs, New
from chatd.wire import server as wire
from chatd.wire.close import Close

NOW = 1000.0
OURS, BOB, CAROL, DAVE, OTHER = (b"\1" + bytes([n]) * 32 for n in range(1, 6))
ID, ID2, ID3 = (bytes([n]) * 16 for n in (1, 2, 3))
OFFER = b"offer"
LOCAL = [("10.0.1.2", 4000)]
WELCOME = welcome("alice")
KNOWN: dict[str, bytes] = {"bob": BOB, "carol": CAROL}
NAMES = {key: name for name, key in KNOWN.items()}


def state(machine: Machine) -> str:
    """Where a client with one conversation at most is, in a word."""
    if machine.at is At.DONE:
        return "Stopped"
    if machine.making is not None:
        return "Preparing"
    for dialog in machine.conversations:
        if dialog.stage in (Stage.OPEN, Stage.LEAVING):
            return "Talking"
        if dialog.resumption is None or not dialog.resumption.wants_server:
            return "Racing"
    return "Free" if machine.at is At.IN else "Away"


def partner(machine: Machine) -> Dialog:
    """The only conversation."""
    (dialog,) = machine.conversations
    return dialog


def is_interrupted(machine: Machine) -> bool:
    """Whether the conversation has no link."""
    return partner(machine).resumption is not None


def is_told(machine: Machine) -> bool:
    """Whether the person knows that the conversation has no link."""
    resumption = partner(machine).resumption
    return resumption is not None and resumption.is_told


Event = Callable[[Machine], list[do.Effect]]
Effects = list[do.Effect]


def judge(name: str, key: bytes) -> Judgement:
    """Bob and carol are known, everybody else is new."""
    if name in KNOWN:
        return Known() if KNOWN[name] == key else KeyChanged(KNOWN[name])
    return KnownAs(NAMES[key]) if key in NAMES else New()


def go(id: bytes = ID, name: str = "bob", key: bytes = BOB) -> wire.Go:
    """An introduction to bob."""
    return wire.Go(id, name, key, OFFER, [("203.0.113.2", 4000)], LOCAL, None)


def away() -> Machine:
    """Not logged in; wants to be alice."""
    machine = Machine("host:1", OURS, judge, NoProofs())
    machine.username("alice")
    return machine


def free() -> Machine:
    """Logged in as alice."""
    machine = away()
    machine.logged_in(WELCOME, NOW)
    return machine


def asks(machine: Machine, name: str, id: bytes) -> Machine:
    """Alice asks someone, and the server has taken it."""
    machine.chat(name, NOW)
    machine.receive(wire.Asked(id, name, here=True, crossing=False), NOW)
    return machine


def is_asked(machine: Machine, name: str, id: bytes, key: bytes) -> Machine:
    """Someone asks alice."""
    machine.receive(wire.Requested(id, name, key, 300, None), NOW)
    return machine


def preparing_host() -> Machine:
    """Bob has accepted what alice asked."""
    machine = asks(free(), "bob", ID)
    machine.receive(wire.Accepted(ID, BOB), NOW)
    return machine


def preparing_guest() -> Machine:
    """Alice has accepted what bob asked."""
    machine = is_asked(free(), "bob", ID, BOB)
    machine.accept("bob", NOW)
    return machine


def racing_host() -> Machine:
    """Alice and bob are introduced; alice hosts."""
    machine = preparing_host()
    machine.receive(go(), NOW)
    return machine


def racing_guest() -> Machine:
    """Alice and bob are introduced; bob hosts."""
    machine = preparing_guest()
    machine.receive(go(), NOW)
    return machine


def talking() -> Machine:
    """Alice and bob talk."""
    machine = racing_host()
    machine.met(BOB, "gcm", "IPv4 10.0.1.2:4000")
    return machine


def leaving() -> Machine:
    """Alice leaves, and something of hers is still on its way."""
    machine = talking()
    machine.leave()
    return machine


def quitting() -> Machine:
    """Alice quits, and something of hers is still on its way."""
    machine = talking()
    machine.quit()
    return machine


def stopped() -> Machine:
    """It is over."""
    machine = free()
    machine.quit()
    return machine


STATES: dict[str, Callable[[], Machine]] = {
    make.__name__: make
    for make in (
        away,
        free,
        preparing_host,
        preparing_guest,
        racing_host,
        racing_guest,
        talking,
        leaving,
        quitting,
        stopped,
    )
}


def receives(message: wire.FromServer) -> Event:
    """The server says this."""
    return lambda machine: machine.receive(message, NOW)


EVENTS: dict[str, Event] = {
    # -- the person
    "username": lambda m: m.username("anna"),
    "release": lambda m: m.release("anna"),
    "search": lambda m: m.search("dave"),
    "chat": lambda m: m.chat("dave", NOW),
    "chat with oneself": lambda m: m.chat("alice", NOW),
    "accept": lambda m: m.accept(None, NOW),
    "decline": lambda m: m.decline(None),
    "cancel": lambda m: m.cancel(None),
    "say": lambda m: m.say("hi"),
    "say nothing": lambda m: m.say(""),
    "leave": lambda m: m.leave(),
    "quit": lambda m: m.quit(),
    # -- the server
    "welcome": lambda m: m.logged_in(WELCOME, NOW),
    "a second welcome": receives(WELCOME),
    "server lost": lambda m: m.server_lost("it broke", 2.0),
    "named": receives(wire.Named("anna")),
    "released": receives(wire.Released("anna")),
    "found": receives(wire.Found("dave", True)),
    "refused search": receives(wire.Refused("search", "dave", None, "slow-down", 1)),
    "refused request": receives(wire.Refused("request", "dave", None, "too-many", None)),
    "refused accept": receives(wire.Refused("accept", None, ID, "not-now", None)),
    "refused other accept": receives(wire.Refused("accept", None, ID3, "not-now", None)),
    "asked": receives(wire.Asked(ID2, "dave", here=True, crossing=False)),
    "asked crossing": receives(wire.Asked(ID2, "dave", here=True, crossing=True)),
    "request": receives(wire.Requested(ID2, "dave", DAVE, 60, None)),
    "accepted": receives(wire.Accepted(ID2, DAVE)),
    "ended": receives(wire.Ended(ID, "gone")),
    "no port there": receives(wire.Ended(ID, "no-port")),
    "other ended": receives(wire.Ended(ID3, "gone")),
    "go": receives(go()),
    "other go": receives(go(ID3)),
    "close replaced": receives(Close("replaced")),
    "close closing": receives(Close("closing")),
    # -- the meeting and the conversation
    "offer failed": lambda m: m.offer_failed(BOB, "no port", NOW),
    "met": lambda m: m.met(BOB, "gcm", "IPv4 10.0.1.2:4000"),
    "not met": lambda m: m.not_met(BOB, [("10.0.1.2:4000", "no answer")], NOW),
    "over": lambda m: m.over(BOB, Ending.LOST, "why", [Message("a")]),
    "left": lambda m: m.left(BOB, []),
    "left with losses": lambda m: m.left(BOB, [Message("a")]),
    # -- time
    "tick early": lambda m: m.tick(NOW + limits.PREPARING_SECONDS - 0.1),
    "tick": lambda m: m.tick(NOW + limits.PREPARING_SECONDS),
}


def show(event: e.Event) -> do.Show:
    """Told to the person."""
    return do.Show(event)


def told(code: CommandFailure, *names: str) -> Effects:
    """Nothing but an explanation."""
    return [show(e.CommandFailed(code, names))]


def sends(message: wire.FromClient) -> do.Send:
    """Sent to the server."""
    return do.Send(message)


def unmade(why: e.Unmade, held: list[str] | None = None, detail: str = "") -> Effects:
    """The introduction to bob came to nothing."""
    failed = e.PreparingFailed("bob", why, held or [], detail, conversation=BOB)
    return [do.Unprepare(BOB), show(failed)]


def not_met(reasons: list[tuple[str, str]], *, cancelled: bool = False) -> Effects:
    """There is no path to bob."""
    failed = e.NotConnected("bob", cancelled, reasons, [], conversation=BOB)
    return [do.Unprepare(BOB), show(failed), do.Connect()]


def over(ending: Ending | None, detail: str, undelivered: list[str]) -> do.Show:
    """The conversation with bob is over."""
    lost = [*map(Message, undelivered)]
    return show(e.ConversationOver("bob", ending, detail, lost, conversation=BOB))


def stop(status: int = 0, shown: Effects | None = None) -> Effects:
    """The client ends."""
    return [*(shown or []), do.CloseServer("left"), do.Stop(status)]


def key_changed(name: str, expected: bytes, found: bytes) -> do.Show:
    """A loud refusal."""
    return show(e.KeyChanged(name, fingerprint(expected), fingerprint(found)))
