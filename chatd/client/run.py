"""Puts a client together and runs it: in a terminal, or plainly where there is none."""

import asyncio
import secrets
import signal
import sys
from argparse import Namespace
from typing import Any

from twisted.python.failure import Failure

from chatd.errors import ChatdError, Usage


def install_reactor() -> Any:
    """Make Twisted run on an asyncio loop, which prompt_toolkit needs; returns the reactor."""
    loop = asyncio.new_event_loop()
    asyncio.set_event_loop(loop)
    from twisted.internet import asyncioreactor

    asyncioreactor.install(loop)
    from twisted.internet import reactor

    return reactor


def has_terminal() -> bool:
    """Whether there is a terminal on both sides, as the interactive client needs."""
    return sys.stdin is not None and sys.stdin.isatty() and sys.stdout.isatty()


def run(options: Namespace) -> int:
    """Run the client with the options of the command line; raises `ChatdError`."""
    username = _checked_name(options.username)
    reactor = install_reactor()
    from chatd.cli import server_name
    from chatd.client.endpoints import server_endpoint
    from chatd.client.profiles import Profiles, default_folder
    from chatd.client.servers import Servers
    from chatd.client.session import Settings, World
    from chatd.noise.suites import SUITES

    endpoint = server_endpoint(reactor, options.host, options.port, tls=options.tls, ca=options.ca)
    suites = (options.suite,) if options.suite else tuple(SUITES)
    server = server_name(options.host, options.port)
    settings = Settings(server, endpoint, suites, options.client_port)
    folder = default_folder()
    parts = (settings, World(reactor, secrets.token_bytes), Profiles(folder))
    client = Client(reactor, *parts, Servers(folder / "servers.json"))
    return client.run(username)


def _checked_name(name: str | None) -> str | None:
    from chatd.wire.fields import is_name

    if name is None or (name.isascii() and is_name(name.lower())):
        return name.lower() if name else name
    raise Usage(
        f"{name!a} is not a name",
        "a name has 1 to 32 letters, digits, - and _, and begins with a letter or a digit",
    )


class Client:
    """A session with the view that fits where it runs."""

    def __init__(
        self, reactor: Any, settings: Any, world: Any, profiles: Any, servers: Any
    ) -> None:
        self._reactor = reactor
        self._parts = (settings, world, profiles, servers)
        self._status = 0
        self._error: ChatdError | None = None

    def run(self, username: str | None) -> int:
        """Run until the person or the input ends it; raises `ChatdError` if it fails."""
        start = self._start_terminal if has_terminal() else self._start_plain
        self._reactor.callWhenRunning(start, username)
        self._reactor.run()
        if self._error is not None:
            raise self._error
        return self._status

    def _start_plain(self, username: str | None) -> None:
        from chatd.client.plain import PlainInput, PlainView
        from chatd.client.session import Session
        from chatd.client.stdio import LineReader, write_line

        lines = PlainInput(PlainView(write_line))
        session = Session(*self._parts, lines)
        reader = LineReader(self._reactor, lines.line, lines.end)
        lines.attach(session, username, reader.taken)
        self._watch(session, lambda: None)
        if self._guarded(session, username):
            reader.start()

    def _start_terminal(self, username: str | None) -> None:
        from chatd.client.session import Session
        from chatd.client.terminal import TerminalView

        view = TerminalView(self._reactor, username)
        session = Session(*self._parts, self._decorated(view))
        view.attach(session)
        self._watch(session, view.stop)
        if self._guarded(session, username):
            view.start().addErrback(self._broke)

    def _decorated(self, view: Any) -> Any:
        """Lets a subclass put something before the terminal."""
        return view

    def _guarded(self, session: Any, username: str | None) -> bool:
        try:
            if username is not None:
                session.start(username)
        except ChatdError as error:
            self._failed(error)
            return False
        return True

    def _watch(self, session: Any, restore: Any) -> None:
        from chatd.client.events import Misplaced
        from chatd.client.faults import watch_faults

        watch_faults(lambda text: session.show(Misplaced(text, "please report this")))
        session.done.addCallbacks(self._finished, lambda failure: self._failed(failure.value))
        self._reactor.addSystemEventTrigger("before", "shutdown", self._leave, session)
        self._reactor.addSystemEventTrigger("before", "shutdown", restore)
        signal.signal(signal.SIGHUP, lambda *_: self._reactor.callFromThread(self._reactor.stop))

    def _leave(self, session: Any) -> Any:
        """SIGTERM and the like: say goodbye first."""
        if not session.done.called:
            session.act(session.machine.quit())
            return session.done
        return None

    def _finished(self, status: int) -> None:
        self._status = status
        self._stop()

    def _broke(self, failure: Failure) -> None:
        self._failed(failure.value)

    def _failed(self, error: BaseException | None) -> None:
        self._error = error if isinstance(error, ChatdError) else ChatdError()
        self._stop()

    def _stop(self) -> None:
        if self._reactor.running and not getattr(self._reactor, "_stopped", False):
            self._reactor.stop()
