"""The Tor of this machine: everything is dialled through it, and it hosts an onion service for
each conversation."""

from collections.abc import Callable, Sequence
from importlib.util import find_spec
from typing import Any

from twisted.internet.defer import Deferred
from twisted.internet.interfaces import IStreamClientEndpoint
from twisted.logger import Logger
from twisted.python.failure import Failure

from chatd import limits
from chatd.errors import ChatdError, StartupError
from chatd.onion import SUFFIX, is_onion
from chatd.peer.listener import Accepted, IsOurs, Listener
from chatd.reach.proxy import Through
from chatd.reach.tor_control import NoTor, TorControl
from chatd.reach.tor_ports import LOOPBACK, FirstOf, endpoint, socks_listeners
from chatd.timer import Timer

ONION_PORT = 1712
"""The port of every onion service of ours; it leads to the listener, which has any port."""


class OnionService:
    """An onion service with a listener behind it, for one conversation; like a `Listener`."""

    port = ONION_PORT

    def __init__(self, listener: Listener, host: str, removed: Callable[[str], None]) -> None:
        self._listener = listener
        self._removed = removed
        self.host = host
        """Its address, 56 characters and `.onion`."""
        self.is_published = False
        """Whether others can find it."""

    def start(self, accepted: Accepted, is_ours: IsOurs) -> None:
        """Serve every connection: nobody else has this service."""
        self._listener.start(accepted)

    def close(self) -> None:
        """Be no longer there for anybody new; harmless when it was done before."""
        self._listener.close()
        self._removed(self.host)


class Tor:
    """Makes an onion service for each conversation, one ahead, and again when that is lost.

    `published` is called when others can find the service that is ready, `missing` with the reason
    when there is none, once until there is one again.
    """

    _log = Logger()

    def __init__(self, reactor: Any, control: Sequence[IStreamClientEndpoint]) -> None:
        self._reactor = reactor
        self._control = TorControl(reactor, control)
        self._control.heard, self._control.lost = self._heard, self._lost
        self._making = False
        self._ready: OnionService | None = None
        self._services: set[str] = set()
        self._again = Timer(reactor, lambda _: self.prepare())
        self._pause: float = limits.ONION_FIRST_PAUSE_SECONDS
        self._why = ""
        self._is_wanted = self._has_told = False
        self.published: Callable[[], None] = lambda: None
        self.missing: Callable[[str], None] = lambda why: None

    def dial(self, host: str, port: int) -> IStreamClientEndpoint:
        """How to reach a host through Tor."""
        return Through(self._reactor, FirstOf(self._socks), host, port)

    def prepare(self) -> None:
        """Publish an onion service for the next conversation, unless there is one, and see from now
        on that there is one."""
        self._is_wanted = True
        self._again.stop()
        if self._ready is None and not self._making:
            self._making = True
            Deferred.fromCoroutine(self._make()).addErrback(self._not_made)

    @property
    def status(self) -> str:
        """What a person reads of the service for the next conversation."""
        if self._ready is None:
            why = f", {self._why}" if self._why else ""
            return "being made" if self._making else f"none{why}"
        return "published" if self._ready.is_published else "being published"

    def take(self) -> OnionService | None:
        """The service that is ready, which is the caller's from now on; None if there is none."""
        ready, self._ready = self._ready, None
        return ready

    def close(self) -> None:
        """End it; with the connection to its control port Tor ends all services as well."""
        self._is_wanted = False
        self._again.stop()
        self._drop()
        self._control.close()

    def _drop(self) -> None:
        ready = self.take()
        if ready is not None:
            ready.close()

    # -- the control port

    def _lost(self) -> None:
        self._services.clear()
        self._drop()
        if not self._making:  # what is being made fails by itself
            self._is_missing("the connection to Tor's control port was lost")

    async def _socks(self) -> list[IStreamClientEndpoint]:
        found = socks_listeners(await self._control.ask("GETINFO net/listeners/socks"))
        if not found:
            raise NoTor("this Tor has no SOCKS port", "add SocksPort 9050 to its configuration")
        return [endpoint(self._reactor, each) for each in found]

    # -- onion services

    async def _make(self) -> None:
        listener = Listener(self._reactor, 0, (LOOPBACK,))
        try:
            host = await self._add(listener.port)
        except BaseException:
            listener.close()
            raise
        self._making = False
        self._ready = OnionService(listener, host, self._remove)

    async def _add(self, port: int) -> str:
        command = f"ADD_ONION NEW:ED25519-V3 Flags=DiscardPK Port={ONION_PORT},{LOOPBACK}:{port}"
        answer = await self._control.ask(command)
        named = [line for line in answer.split("\n") if line.startswith("ServiceID=")]
        host = named[0].removeprefix("ServiceID=").strip() + SUFFIX if named else ""
        if not is_onion(host):
            raise NoTor("this Tor made no onion service", "is it older than 0.3.5?")
        self._services.add(host)
        return host

    def _not_made(self, failure: Failure) -> None:
        """Whoever talks meanwhile has the relay."""
        self._making = False
        if not failure.check(ChatdError):
            self._log.failure("an onion service failed inside chatd", failure)
        self._is_missing(str(failure.value) if failure.check(ChatdError) else ChatdError.text)

    def _is_missing(self, why: str) -> None:
        """Say so, and make one after a pause, which the next login cuts short."""
        if not self._is_wanted:
            return
        self._why = why
        self._again.after(self._pause)
        self._pause = min(2 * self._pause, limits.ONION_MOST_PAUSE_SECONDS)
        if not self._has_told:
            self._has_told = True
            self.missing(why)

    def _remove(self, host: str) -> None:
        if host in self._services:  # and so at a connection that is there
            self._services.discard(host)
            removing = self._control.ask(f"DEL_ONION {host.removesuffix(SUFFIX)}")
            Deferred.fromCoroutine(removing).addErrback(lambda _: None)  # then it is gone with that

    def _heard(self, event: str) -> None:
        """HS_DESC, as the control-spec has it (section 4.1.25)."""
        action, name, *_ = [*event.split(), "", ""]
        ready = self._ready
        if action != "UPLOADED" or ready is None or ready.host != name + SUFFIX:
            return
        if not ready.is_published:
            ready.is_published = True
            self._why, self._has_told = "", False
            self._pause = limits.ONION_FIRST_PAUSE_SECONDS
            self.published()


def controlled_at(reactor: Any, places: Sequence[str]) -> Tor:
    """The Tor at the first of these places where there is one; raises `StartupError` if txtorcon is
    missing."""
    if find_spec("txtorcon") is None:
        raise StartupError(
            "--tor needs the package txtorcon", "install it: pip install 'chatd[tor]'"
        )
    return Tor(reactor, [endpoint(reactor, place) for place in places])
