"""`chat demo`: a daemon on loopback, a second person called echo, and you, in one process.

Nothing of it touches your profiles, and nothing of it stays.
"""

import os
import secrets
import stat
import sys
import tempfile
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from twisted.python.failure import Failure

from chatd.engine import commands as c
from chatd.engine.client import Client
from chatd.engine.decisions import events as e
from chatd.engine.environment import Environment, Settings
from chatd.engine.session import Session
from chatd.errors import ChatdError, StartupError, cannot_write
from chatd.noise.keys import REAL, encode_identity, fingerprint
from chatd.noise.suites import SUITES
from chatd.reach.endpoints import server_endpoint
from chatd.rendezvous.factory import RendezvousFactory
from chatd.rendezvous.lobby import Lobby
from chatd.store.profiles import Profiles
from chatd.store.servers import Servers
from chatd.text import TICK
from chatd.ui import wording
from chatd.ui.run import ClientProcess, has_terminal, install_reactor
from chatd.ui.stdio import LineWriter, descriptor

LOOPBACK = "127.0.0.1"
YOU = "you"
ECHO = "echo"
MOST_SECONDS = 30
"""How long the conversation that plays by itself may take."""


def main(suite: str | None) -> int:
    """Run the demo: with a terminal for a person, else by itself; raises `ChatdError`.

    Returns the exit status: 1, without a word, for a reader of the output who has gone away.
    """
    reactor = install_reactor()
    suites = (suite,) if suite else tuple(SUITES)
    with _folder() as folder:
        stage = Stage(reactor, Path(folder), suites)
        if has_terminal():
            return GuidedClient(stage).run(YOU)
        return Played(stage).run()


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

    def parts(self, person: str) -> tuple[Settings, Environment, Profiles, Servers]:
        """What a session of this person is made of; each has a folder of their own."""
        endpoint = server_endpoint(self.reactor, LOOPBACK, self.port)
        settings = Settings(self.server, endpoint, self.suites)
        world = Environment(self.reactor, secrets.token_bytes, addresses=lambda: [LOOPBACK])
        folder = self._folder / person
        return settings, world, Profiles(folder), Servers(folder / "servers.json")

    def start_echo(self) -> None:
        """Bring the second person on, who leaves when the reactor stops."""
        session = Session(*self.parts(ECHO))
        session.subscribe(Echo(self.reactor, session))
        self.reactor.addSystemEventTrigger("before", "shutdown", lambda: session.do(c.Quit()))
        session.start(ECHO)


class Echo:
    """The second person: accepts everyone and says everything back."""

    def __init__(self, reactor: Any, client: Client) -> None:
        self._client = client
        self._reactor = reactor

    def show(self, event: e.Event) -> None:
        """React to a request or a message."""
        match event:
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
    e.Delivered: "/leave",
}


class Guide:
    """Tells the next thing to type in a view, which was told before."""

    def __init__(self, view: Any) -> None:
        self._view = view
        self._left = False
        self._said: str | None = None

    def show(self, event: e.Event) -> None:
        """Say what to type next if that changes with it."""
        step = self._next(event)
        if step is not None and step != self._said:
            self._said = step
            self._view.tell(wording.line("info", f"next, type: {step}"))

    def changed(self) -> None:
        """Events say enough."""

    def _next(self, event: e.Event) -> str | None:
        match event:
            case e.LoggedIn():
                return "exit" if self._left else f"search {ECHO}"
            case e.ConversationOver():
                self._left = True
            case e.AskingEnded() | e.PreparingFailed() | e.NotConnected():
                return f"chat {ECHO}"
        return _NEXT.get(type(event))


class GuidedClient(ClientProcess):
    """The ordinary client, on the stage and with a guide."""

    def __init__(self, stage: Stage) -> None:
        super().__init__(stage.reactor, *stage.parts(YOU))
        self._stage = stage

    def run(self, username: str | None) -> int:
        """Bring echo on, and begin."""
        self._reactor.callWhenRunning(self._stage.start_echo)
        return super().run(username)

    def _watch(self, session: Any, view: Any, restore: Any) -> None:
        super()._watch(session, view, restore)
        session.subscribe(Guide(view))


class Played:
    """The conversation that plays by itself, with what happens underneath."""

    def __init__(self, stage: Stage) -> None:
        self._stage = stage
        self._write = LineWriter(descriptor(sys.stdout), self._unread).write
        self._session = Session(*stage.parts(YOU))
        self._session.subscribe(self)
        self._status = 1
        self._has_reader = True
        self._trouble = "the demo was not over in time"
        self._left = False
        self._heard = 0

    def run(self) -> int:
        """Play it; raises `StartupError` with the reason if it does not come to its end."""
        reactor = self._stage.reactor
        reactor.callWhenRunning(self._begin)
        timer = reactor.callLater(MOST_SECONDS, self._end, 1)
        self._session.done.addErrback(self._failed).addCallback(lambda _: reactor.stop())
        reactor.run()
        if timer.active():
            timer.cancel()
        if self._status and self._has_reader:
            raise StartupError(f"the demo failed: {self._trouble}")
        return self._status

    def _begin(self) -> None:
        if _is_piped():
            self._under("it plays by itself: what is piped into it is not read")
        self._under(f"a daemon listens on {self._stage.server}")
        self._under(f"server key {fingerprint(self._stage.server_key)}")
        self._under(f"suites {', '.join(self._stage.suites)}: X25519 and ML-KEM-768, SHA-256")
        self._stage.start_echo()
        self._session.start(YOU)

    def show(self, event: e.Event) -> None:
        """Print what a person would see, and take the next step."""
        match event:
            case e.Heard(name, message):
                self._write(f"  {name}: {message.text}")
                self._session.do(c.Seen(event.number))
            case e.Said(_, message):
                self._write(f"  {YOU}: {message.text}")
            case e.Delivered():
                self._write(f"  {TICK} delivered")
            case _:
                for line in wording.lines(event):
                    self._write(f"  * {line.text}")
        self._stage.reactor.callLater(0, self._step, event)

    def changed(self) -> None:
        """Events say enough."""

    def _step(self, event: e.Event) -> None:
        do = self._session.do
        match event:
            case e.LoggedIn() if self._left:
                self._end_when_both_are_back()
            case e.LoggedIn():
                self._under(f"handshake done, your key {fingerprint(self._session.identity)}")
                self._type(f"search {ECHO}")
                do(c.Search(ECHO))
            case e.Found(here=False):
                self._stage.reactor.callLater(0.05, lambda: do(c.Search(ECHO)))
            case e.Found():
                self._type(f"chat {ECHO}")
                do(c.Ask(ECHO))
            case e.Racing():
                self._under("the server has introduced both, and forgets them")
            case e.Talking():
                self._talk()
            case e.Heard():
                self._heard += 1
                if self._heard == 2:
                    self._type("/leave")
                    do(c.Leave())
            case e.ConversationOver():
                self._left = True
                self._under("goodbye: CLOSE was sent, the direct link is gone")
            case e.AskingEnded() | e.PreparingFailed() | e.NotConnected() | e.KeyChanged():
                self._trouble = wording.lines(event)[0].text
                self._end(1)

    def _end_when_both_are_back(self) -> None:
        if self._stage.lobby.here < 2:
            self._stage.reactor.callLater(0.05, self._end_when_both_are_back)
            return
        self._under(f"the server knows you again: {self._count()}")
        self._end(0)

    def _talk(self) -> None:
        self._under(f"both are gone from the server: {self._count()}")
        if self._stage.lobby.here or len(self._stage.factory.reception.door):
            self._trouble = "the server still holds someone"
            self._end(1)
            return
        self._type("is this private?")
        self._session.do(c.Say("is this private?"))

    def _count(self) -> str:
        people = self._stage.lobby.here
        return f"{people} people and {len(self._stage.factory.reception.all)} connections there"

    def _type(self, line: str) -> None:
        self._write(f"> {line}")

    def _under(self, line: str) -> None:
        self._write(f"  [{line}]")

    def _failed(self, failure: Failure) -> None:
        error = failure.value
        self._trouble = str(error) if isinstance(error, ChatdError) else "an error inside chatd"
        self._status = 1

    def _unread(self, error: OSError) -> None:
        self._has_reader = not isinstance(error, BrokenPipeError)
        self._trouble = str(cannot_write(error))
        # Not now: this may be in the middle of whatever is being told.
        self._stage.reactor.callLater(0, self._end, 1)

    def _end(self, status: int) -> None:
        """End the session first: a server that goes away is no part of the story."""
        self._status = status
        self._session.do(c.Quit())
