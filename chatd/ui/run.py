"""Puts a client together and runs it: in a terminal, or plainly where there is none."""

import asyncio
import gc
import os
import secrets
import signal
import sys
from argparse import Namespace
from collections.abc import Callable
from typing import Any

from twisted.python.failure import Failure

from chatd import limits
from chatd.engine.commands import Quit
from chatd.errors import ChatdError, Usage, cannot_write, unforeseen
from chatd.segments import small_segments
from chatd.steady import steady
from chatd.ui.stdio import has_terminal

_LOOP_FILES = 4


def install_reactor() -> Any:
    """Make Twisted run on an asyncio loop, which prompt_toolkit needs, on a clock that never jumps,
    and with packets that fit every path; returns the reactor."""
    _check_room()
    loop = asyncio.new_event_loop()
    asyncio.set_event_loop(loop)
    from twisted.internet import asyncioreactor

    asyncioreactor.install(loop)
    from twisted.internet import reactor

    from chatd.reach.lookup import Lookup

    made: Any = small_segments(steady(reactor))
    made.installNameResolver(Lookup(made))
    return made


def _check_room() -> None:
    """Raise `OSError` where no loop can be made: what is left of half a one prints a traceback."""
    held = []
    try:
        for _ in range(_LOOP_FILES):
            held.append(os.open(os.devnull, os.O_RDONLY))
    finally:
        for each in held:
            os.close(each)


def run(options: Namespace, process: "type[ClientProcess] | None" = None) -> int:
    """Run the client with the options of the command line; raises `ChatdError`.

    The server key of `options.card`, if there is one, counts as seen, so that another is refused.
    """
    username, process = _checked_name(options.username), process or ClientProcess
    if username is None and options.plain and process is ClientProcess and has_terminal():
        username = _asked_name()
    reactor = install_reactor()
    from chatd.engine.environment import Environment
    from chatd.reach.network_watch import NetworkWatch
    from chatd.store.folder import default_folder
    from chatd.store.profiles import Profiles
    from chatd.store.servers import Servers
    from chatd.ui.chosen import settings

    chosen, card = settings(reactor, options), options.card
    folder = default_folder()
    profiles, servers = Profiles(folder), Servers(folder / "servers.json")
    if card is not None:
        servers.meet(chosen.server, card.server_key)
    if process.asks:
        _unlock(profiles, servers.entries(chosen.server), username)
    nat64 = reactor.nameResolver.nat64
    world = Environment(reactor, secrets.token_bytes, watch=NetworkWatch, nat64=nat64)
    return process(reactor, chosen, world, profiles, servers, options).run(username)


def _unlock(profiles: Any, server: tuple[str, ...], username: str | None) -> None:
    """Ask for the passphrase of the key that will be used, while nothing else runs."""
    sealed = profiles.sealed(server, username) if username is not None else None
    if sealed is not None:
        from chatd.ui.passphrase import opened

        opened(lambda word: profiles.unlock(sealed, word), username or "")


def _asked_name() -> str | None:
    """The name of who sits at a terminal without a prompt; raises `Usage`."""
    try:
        return _checked_name(input("your name: ").strip())
    except EOFError:
        raise Usage("no name was given", "type it, and press Enter") from None


def _checked_name(name: str | None) -> str | None:
    from chatd.wire.fields import is_name

    if name is None or (name.isascii() and is_name(name.lower())):
        return name.lower() if name else name
    raise Usage(
        f"{name!a} is not a name",
        "a name has 1 to 32 letters, digits, - and _, and begins with a letter or a digit",
    )


class ClientProcess:
    """A client with the view that fits where it runs."""

    asks = True
    """Whether a passphrase is asked for at the terminal, before anything else."""

    def __init__(
        self,
        reactor: Any,
        settings: Any,
        world: Any,
        profiles: Any,
        servers: Any,
        options: Namespace | None = None,
    ) -> None:
        self._reactor = reactor
        self._options = options
        self._parts = (settings, world, profiles, servers)
        self._status = 0
        self._ended_by = 0
        self._signals = 0
        self._stopping = False
        self._restore: Callable[[], None] = lambda: None
        self._error: ChatdError | None = None

    def run(self, username: str | None) -> int:
        """Run until the person or the input ends it; raises `ChatdError` if it fails."""
        self._reactor.callWhenRunning(self._begin, username)
        self._reactor.run()
        if self._error is not None:
            raise self._error
        return self._status

    def _begin(self, username: str | None) -> None:
        """Start, or end with what went wrong; the reactor would run on without anybody in it."""
        try:
            self._start(username)
        except Exception as error:
            self._failed(error)
        # Whatever is there by now stays; garbage is looked for in what comes.
        gc.freeze()
        gc.enable()

    def _session(self) -> Any:
        """The client itself, which nobody listens to yet."""
        from chatd.engine.session import Session

        return Session(*self._parts)

    def _start(self, username: str | None) -> None:
        if has_terminal() and not (self._options and self._options.plain):
            self._start_terminal(username)
        else:
            self._start_plain(username)

    def _start_plain(self, username: str | None) -> None:
        from chatd.ui.plain import PlainView
        from chatd.ui.plain_input import PlainInput
        from chatd.ui.stdio import LineReader, LineWriter, descriptor

        session = self._session()
        output = LineWriter(descriptor(sys.stdout), lambda error: self._unread(session, error))
        view = PlainView(output.write, session)
        is_asking = session.settings.card is not None
        lines = PlainInput(session, view, is_named=username is not None, is_asking=is_asking)
        session.done.addCallback(lines.status)
        lines.later = self._reactor.callLater
        reader = LineReader(self._reactor, descriptor(sys.stdin), lines.piped, lines.end)
        lines.taken = reader.taken
        self._watch(session, view, lambda: None)
        if self._guarded(session, username):
            reader.start()

    def _unread(self, session: Any, error: OSError) -> None:
        """Output is lost: leave at once, so that nothing is acknowledged that was not shown."""
        if not isinstance(error, BrokenPipeError):
            self._error = cannot_write(error)
        session.do(Quit(1))

    def _start_terminal(self, username: str | None) -> None:
        from twisted.internet.defer import Deferred

        from chatd.ui.looks import looks
        from chatd.ui.terminal import TerminalView

        session = self._session()
        view = TerminalView(self._reactor, session, calling=self._calling(), **looks(self._options))
        self._restore = view.restore
        self._watch(session, view, lambda: Deferred.fromFuture(view.stop()))
        if self._guarded(session, username):
            Deferred.fromFuture(view.start()).addErrback(self._broke)

    def _calling(self) -> Any:
        from chatd.ui.terminal.calling import Calling

        if self._options is None:
            return None
        return Calling(self._options.notify, content=self._options.notify_text)

    def _guarded(self, session: Any, username: str | None) -> bool:
        try:
            session.start(username)
        except ChatdError as error:
            self._failed(error)
            return False
        return True

    def _watch(self, session: Any, view: Any, restore: Any) -> None:
        from chatd.engine.error_observer import watch_faults
        from chatd.ui.arrivals import Arrivals
        from chatd.ui.wording import line

        watch_faults(lambda text: view.tell(line("warning", text, "please report this")))
        if self._options is not None:
            in_background = session.profile.in_background
            arrivals = Arrivals(lambda work: in_background(work, lambda: None), self._options)
            session.subscribe(arrivals)
        session.done.addCallbacks(self._finished, lambda failure: self._failed(failure.value))
        self._reactor.addSystemEventTrigger("before", "shutdown", self._leave, session)
        self._reactor.addSystemEventTrigger("before", "shutdown", restore)
        for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
            if signal.getsignal(number) is not signal.SIG_IGN:  # as under nohup
                signal.signal(number, lambda number, _: self._signal(session, number))

    def _signal(self, session: Any, number: int) -> None:
        """Whatever the client waits for then, also outside of the reactor, a second one ends it."""
        if self._signals:
            signal.signal(signal.SIGALRM, lambda *_: self._end_at_once(number))
            signal.setitimer(signal.ITIMER_REAL, limits.LAST_WORDS_SECONDS)
        self._signals += 1
        self._reactor.callFromThread(self._signalled, session, number)

    def _end_at_once(self, number: int) -> None:
        self._restore()
        os._exit(128 + number)

    def _signalled(self, session: Any, number: int) -> None:
        """Say goodbye first; the second signal does not wait for that."""
        self._ended_by = number
        session.do(Quit())

    def _leave(self, session: Any) -> Any:
        """Whoever stops the reactor: say goodbye first."""
        self._stopping = True
        if not session.done.called:
            session.do(Quit())
            return session.done
        return None

    def _finished(self, status: int) -> None:
        self._status = 128 + self._ended_by if self._ended_by else status
        self._stop()

    def _broke(self, failure: Failure) -> None:
        self._failed(failure.value)

    def _failed(self, error: BaseException | None) -> None:
        self._error = unforeseen(error) if error is not None else ChatdError()
        self._stop()

    def _stop(self) -> None:
        if not self._stopping:
            self._stopping = True
            self._reactor.stop()
