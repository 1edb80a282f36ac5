"""Tor's control port: connected to when it is first needed, and again when that was lost.

txtorcon, which speaks its language, is imported only when it is used.
"""

from collections.abc import Callable, Sequence
from typing import Any

from twisted.internet.defer import Deferred, DeferredLock
from twisted.internet.interfaces import IStreamClientEndpoint

from chatd import limits
from chatd.errors import ChatdError, StartupError
from chatd.reach.deadline import GIVEN_UP, within
from chatd.text import safe_line


class NoTor(StartupError):
    """The Tor of this machine cannot be used."""

    text = "no Tor can be used on this machine"
    hint = (
        "start Tor with ControlPort 9051 and CookieAuthentication 1, or say where: --tor=HOST:PORT"
    )


class TorControl:
    """The control port of the first Tor at `endpoints` that lets us in.

    `heard` is told of what becomes of onion services (HS_DESC), `lost` that Tor has forgotten all
    that it was asked for.
    """

    def __init__(self, reactor: Any, endpoints: Sequence[IStreamClientEndpoint]) -> None:
        self._reactor = reactor
        self._endpoints = endpoints
        self._lock = DeferredLock()
        self._protocol: Any = None
        self._closed = False
        self.heard: Callable[[str], None] = lambda event: None
        self.lost: Callable[[], None] = lambda: None

    async def ask(self, command: str) -> str:
        """Tor's answer to one command; raises `NoTor`."""
        protocol = await self._lock.run(lambda: Deferred.fromCoroutine(self._connected()))
        late = _silent()
        try:
            answer: str = await within(
                limits.TOR_CONTROL_SECONDS, self._reactor, protocol.queue_command(command), late
            )
        except NoTor:
            self._drop(protocol)
            raise
        except GIVEN_UP:
            raise
        except Exception as error:
            raise _refusal(error) from None
        return answer

    def close(self) -> None:
        """Hang up, for good; Tor then ends what it did for us."""
        self._closed = True
        if self._protocol is not None:
            self._protocol.transport.loseConnection()

    async def _connected(self) -> Any:
        if self._closed:
            raise NoTor
        if self._protocol is None:
            protocol = await self._connect()
            self._protocol = protocol
            protocol.when_disconnected().addBoth(lambda _: self._forget(protocol))
        return self._protocol

    async def _connect(self) -> Any:
        refusal = NoTor()
        for endpoint in self._endpoints:
            entering = Deferred.fromCoroutine(self._entered(endpoint))
            try:
                return await within(limits.TOR_CONTROL_SECONDS, self._reactor, entering, _silent())
            except NoTor as error:
                refusal = error
            except GIVEN_UP:
                raise
            except Exception:  # nobody there, or something that is no Tor
                continue
        raise refusal

    async def _entered(self, endpoint: IStreamClientEndpoint) -> Any:
        from txtorcon import TorProtocolFactory

        protocol: Any = await endpoint.connect(TorProtocolFactory())
        try:
            await protocol.post_bootstrap
            await protocol.add_event_listener("HS_DESC", lambda event: self.heard(event))
        except GIVEN_UP:
            protocol.transport.abortConnection()
            raise
        except Exception:
            protocol.transport.abortConnection()
            raise NoTor(
                "Tor does not let us control it",
                "set CookieAuthentication 1, and let your user read the cookie: group debian-tor",
            ) from None
        return protocol

    def _drop(self, protocol: Any) -> None:
        """Whatever it still says belongs to commands that nobody waits for."""
        protocol.transport.abortConnection()
        self._forget(protocol)

    def _forget(self, protocol: Any) -> None:
        if self._protocol is protocol:
            self._protocol = None
            self.lost()


def _silent() -> NoTor:
    return NoTor("Tor's control port does not answer", "look whether Tor still runs as it should")


def _refusal(error: Exception) -> ChatdError:
    from txtorcon import TorProtocolError

    if isinstance(error, TorProtocolError):
        return NoTor(f"Tor refuses what it is asked for: {safe_line(str(error), limits.TOR_LINE)}")
    return NoTor("the connection to Tor's control port was lost")
