"""`chat demo`: a daemon on loopback, a second person called echo, and you, in one process.

Nothing of it touches your profiles, and nothing of it stays.
"""

import os
import secrets
import stat
import sys
import tempfile
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

from chatd.engine import commands as c
from chatd.engine.client import Client
from chatd.engine.decisions import events as e
from chatd.engine.environment import Environment, Settings
from chatd.engine.session import Session
from chatd.errors import StartupError
from chatd.noise.keys import REAL, encode_identity, fingerprint
from chatd.noise.suites import SUITES
from chatd.reach.endpoints import server_endpoint
from chatd.rendezvous.factory import RendezvousFactory
from chatd.rendezvous.lobby import Lobby
from chatd.store.profiles import Profiles
from chatd.store.servers import Servers
from chatd.ui import wording
from chatd.ui.plain import PlainView
from chatd.ui.plain_input import PlainInput
from chatd.ui.run import ClientProcess, install_reactor
from chatd.ui.stdio import LineWriter, descriptor

LOOPBACK = "127.0.0.1"
YOU = "you"
ECHO = "echo"
MOST_SECONDS = 30
"""How long the conversation that plays by itself may take."""


def main(suite: str | None) -> int:
    """Run the demo: with a terminal for a person, else by itself; raises `ChatdError`. Returns the
    exit status."""
    reactor = install_reactor()
    suites = (suite,) if suite else tuple(SUITES)
    with _folder() as folder:
        return GuidedClient(Stage(reactor, Path(folder), suites)).run(YOU)


def _folder() -> tempfile.TemporaryDirectory[str]:
    try:
        return tempfile.TemporaryDirectory(prefix="chatd-demo-")
    except OSError as error:
        why = (error.strerror or "?").lower()
        raise StartupError(f"no temporary folder: {why}", "set TMPDIR to one") from None


def _is_piped() -> bool:
    """Whether somebody gives it something to read: a pipe or a file, and not /dev/null."""
    given = descriptor(sys.stdin)
    mode = 0 if given is None else os.fstat(given).st_mode
    return stat.S_ISFIFO(mode) or stat.S_ISREG(mode)


class Stage:
    """The daemon, and what is needed to put people on it."""

    def __init__(self, reactor: Any, folder: Path, suites: Sequence[str]) -> None:
        self.reactor = reactor
        self.suites = suites
        self._folder = folder
        static = REAL.dh.generate_keypair()
        self.server_key = encode_identity(static.public)
        self.lobby = Lobby(reactor, secrets.token_bytes)
        self.factory = RendezvousFactory(static, self.lobby, reactor, secrets.token_bytes, suites)
        self.port = reactor.listenTCP(0, self.factory, 50, LOOPBACK).getHost().port
        self.server = f"{LOOPBACK}:{self.port}"

    def count(self) -> str:
        """Who and what is at the server."""
        people, links = self.lobby.here, len(self.factory.reception.all)
        return f"{people} people and {links} connections there"

    def parts(self, person: str) -> tuple[Settings, Environment, Profiles, Servers]:
        """What a session of this person is made of; each has a folder of their own."""
        endpoint = server_endpoint(self.reactor, LOOPBACK, self.port)
        settings = Settings(self.server, endpoint, self.suites)
        world = Environment(self.reactor, secrets.token_bytes, addresses=lambda: [LOOPBACK])
        folder = self._folder / person
        return settings, world, Profiles(folder), Servers(folder / "servers.json")

    def start_echo(self, arrived: Callable[[], None]) -> None:
        """Bring the second person on, who leaves when the reactor stops."""
        session = Session(*self.parts(ECHO))
        session.subscribe(Echo(self.reactor, session, arrived))
        self.reactor.addSystemEventTrigger("before", "shutdown", lambda: session.do(c.Quit()))
        session.start(ECHO)


class Echo:
    """The second person: accepts everyone and says everything back."""

    def __init__(self, reactor: Any, client: Client, arrived: Callable[[], None]) -> None:
        self._client = client
        self._reactor = reactor
        self._arrived = arrived

    def show(self, event: e.Event) -> None:
        """React to a request or a message."""
        match event:
            case e.LoggedIn(returned=False):
                self._arrived()
            case e.RequestArrived(name=name):
                self._client.do(c.Accept(name))
            case e.Talking(name=name):
                self._say(f"hello {name}, I repeat what you say")
            case e.Heard(message=message):
                self._client.do(c.Seen(event.number))
                # Later, so that the message is acknowledged before it is answered.
                self._reactor.callLater(0, self._say, message.text)

    def changed(self) -> None:
        """It only reacts."""

    def _say(self, text: str) -> None:
        self._client.do(c.Say(text))


_NEXT: dict[type, str] = {
    e.Found: f"chat {ECHO}",
    e.Talking: "hello, is this private?",
}


class Guide:
    """Says what to type next, when that changes."""

    def __init__(self, say: Callable[[str], None]) -> None:
        self._say = say
        self._left = False
        self._said: str | None = None

    def show(self, event: e.Event) -> None:
        """Say it if it follows from this."""
        step = self._next(event)
        if step is not None and step != self._said:
            self._said = step
            self._say(step)

    def changed(self) -> None:
        """Events say enough."""

    def _next(self, event: e.Event) -> str | None:
        match event:
            case e.LoggedIn():
                return "exit" if self._left else f"search {ECHO}"
            case e.Heard(number=number) if number > 1:
                return "/leave"
            case e.ConversationOver():
                self._left = True
            case e.AskingEnded() | e.PreparingFailed() | e.NotConnected():
                return f"chat {ECHO}"
        return _NEXT.get(type(event))


class Underneath:
    """Says what happens where nobody looks."""

    def __init__(self, stage: Stage, session: Session, say: Callable[[str], None]) -> None:
        self._stage = stage
        self._session = session
        self._say = say
        say(f"a daemon listens on {stage.server}")
        say(f"server key {fingerprint(stage.server_key)}")
        say(f"suites {', '.join(stage.suites)}: X25519 and ML-KEM-768, SHA-256")

    def show(self, event: e.Event) -> None:
        """What this means."""
        match event:
            case e.LoggedIn(returned=False):
                self._say(f"handshake done, your key {fingerprint(self._session.identity)}")
            case e.LoggedIn():
                self._say(f"the server knows you again: {self._stage.count()}")
            case e.Racing():
                self._say("the server has introduced both, and forgets them")
            case e.Talking():
                self._say(f"both are gone from the server: {self._stage.count()}")
            case e.ConversationOver():
                self._say("goodbye: CLOSE was sent, the direct link is gone")

    def changed(self) -> None:
        """Events say enough."""


class GuidedClient(ClientProcess):
    """The ordinary client on the stage: a person is told what to type; where there is none it is
    typed, and what happens underneath is said as well."""

    def __init__(self, stage: Stage) -> None:
        super().__init__(stage.reactor, *stage.parts(YOU))
        self._stage = stage
        self._type: Callable[[str], None] = lambda line: None

    def _begin(self, *start: Any) -> None:
        """Once echo is there."""
        self._stage.start_echo(lambda: super(GuidedClient, self)._begin(*start))

    def _start_plain(self, username: str | None) -> None:
        session = Session(*self._parts)
        output = LineWriter(descriptor(sys.stdout), lambda error: self._unread(session, error))
        view = PlainView(output.write, session)
        lines = PlainInput(session, view, is_named=True)
        # Not now: this may be in the middle of whatever is being told.
        self._type = lambda line: self._reactor.callLater(0, lines.line, line)
        session.done.addCallback(lines.status)
        if _is_piped():
            output.write("[it plays by itself: what is piped into it is not read]")
        session.subscribe(Underneath(self._stage, session, lambda text: output.write(f"[{text}]")))
        self._watch(session, view, lambda: None)
        self._reactor.callLater(MOST_SECONDS, self._too_late, session)
        self._guarded(session, username)

    def _too_late(self, session: Session) -> None:
        self._error = StartupError("the demo was not over in time")
        session.do(c.Quit(1))

    def _watch(self, session: Any, view: Any, restore: Any) -> None:
        def say(step: str) -> None:
            view.tell(wording.line("info", f"next, type: {step}"))
            self._type(step)

        super()._watch(session, view, restore)
        session.subscribe(Guide(say))
