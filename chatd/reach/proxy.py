"""A proxy in front of everything that the client dials: SOCKS5 (RFC 1928), or CONNECT of HTTP
(RFC 9110).

Names are looked up by the proxy.
"""

from collections.abc import Callable
from typing import Any

from twisted.internet.defer import Deferred
from twisted.internet.endpoints import HostnameEndpoint
from twisted.internet.interfaces import IProtocol, IProtocolFactory, IStreamClientEndpoint
from twisted.python.failure import Failure
from zope.interface import implementer

from chatd import limits
from chatd.errors import ChatdError
from chatd.peer.connecting import made_by
from chatd.peer.dialer import in_words
from chatd.reach.deadline import GIVEN_UP, within
from chatd.reach.endpoints import Dial
from chatd.reach.http_connect import ConnectRequest, basic
from chatd.reach.negotiation import Prelude
from chatd.reach.proxy_place import Proxy
from chatd.reach.proxy_request import ProxyFailed, ProxyRequest
from chatd.reach.socks import SocksRequest

Request = Callable[[str, int], ProxyRequest]


def dialling(reactor: Any, proxy: Proxy) -> Dial:
    """How to reach a host through the proxy."""
    to_proxy = HostnameEndpoint(reactor, proxy.host, proxy.port, limits.PROXY_CONNECT_SECONDS)
    request = _requests(proxy)
    return lambda host, port: Through(reactor, to_proxy, host, port, request)


def _requests(proxy: Proxy) -> Request:
    if not proxy.speaks_http:
        return SocksRequest
    credentials = basic(proxy.name, proxy.password or "") if proxy.name else ""
    return lambda host, port: ConnectRequest(host, port, credentials)


@implementer(IStreamClientEndpoint)
class Through:
    """A host behind a proxy; who gives up connecting hangs up at the proxy as well."""

    def __init__(
        self,
        reactor: Any,
        proxy: IStreamClientEndpoint,
        host: str,
        port: int,
        request: Request = SocksRequest,
    ) -> None:
        self._reactor = reactor
        self._proxy = proxy
        self._host = host
        self._port = port
        self._request = request

    def connect(self, protocolFactory: IProtocolFactory) -> Deferred[IProtocol]:
        """Connect to the host; fails with a `ChatdError` if the proxy does not lead there."""
        connecting = Deferred.fromCoroutine(self._connect(protocolFactory))
        late = ProxyFailed("the proxy does not answer in time")
        return within(limits.PROXY_SECONDS, self._reactor, connecting, late)

    async def _connect(self, protocol_factory: IProtocolFactory) -> IProtocol:
        conversation = _Conversation(self._request(self._host, self._port))
        try:
            await self._proxy.connect(made_by(lambda: conversation))
        except (*GIVEN_UP, ChatdError):
            raise
        except Exception:
            raise ProxyFailed(f"the proxy cannot be reached: {in_words(Failure())}") from None
        await conversation.done
        return conversation.continue_as(protocol_factory)


class _Conversation(Prelude):
    """Talks to the proxy until that has connected us."""

    def __init__(self, request: ProxyRequest) -> None:
        super().__init__()
        self._request = request

    def failed(self, reason: Failure) -> Exception:
        """The proxy has hung up."""
        return ProxyFailed("the proxy hung up before it had answered")

    def connectionMade(self) -> None:
        """Begin with what is always the same."""
        self._transport.write(self._request.start())

    def dataReceived(self, data: bytes) -> None:
        """Of the proxy, and then of whoever it leads to."""
        if self._inner is not None:
            super().dataReceived(data)
        elif not self.done.called:
            try:
                self._transport.write(self._request.receive(data))
            except ProxyFailed as error:
                self._transport.abortConnection()
                self.done.errback(error)
            else:
                self._look()

    def _look(self) -> None:
        """Whoever waits for the connection has it before what came behind the proxy's answer."""
        if self._request.rest is None:
            return
        self.done.callback(None)
        if self._inner is not None and self._request.rest:
            super().dataReceived(self._request.rest)
