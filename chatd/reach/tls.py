"""TLS to the server: connected only when the server's certificate has been verified."""

from typing import Any

from OpenSSL import SSL, crypto
from service_identity import VerificationError
from twisted.internet.defer import Deferred, TimeoutError
from twisted.internet.endpoints import wrapClientTLS
from twisted.internet.interfaces import (
    IHandshakeListener,
    IProtocol,
    IProtocolFactory,
    IStreamClientEndpoint,
)
from twisted.internet.ssl import Certificate, optionsForClientTLS, trustRootFromCertificates
from twisted.python.failure import Failure
from zope.interface import implementer

from chatd import limits
from chatd.errors import ChatdError, StartupError
from chatd.peer.connecting import made_by
from chatd.reach.negotiation import Prelude

HANDSHAKE_SECONDS = 10
_END = b"-----END CERTIFICATE-----"


class NotTrusted(ChatdError):
    """The TLS handshake did not come to its end."""

    text = "the TLS handshake failed"


@implementer(IStreamClientEndpoint)
class VerifiedEndpoint:
    """TLS over another endpoint, with the certificate verified for `host`.

    `trust` has authorities that replace the system's.
    """

    def __init__(
        self, reactor: Any, endpoint: IStreamClientEndpoint, host: str, trust: Any = None
    ) -> None:
        self._reactor = reactor
        self._host = host
        self._trust = trust
        self._endpoint = endpoint

    def connect(self, protocolFactory: IProtocolFactory) -> Deferred[IProtocol]:
        """Connect, verify, and only then build the protocol; fails with `NotTrusted`.

        Twisted counts a TLS connection as made before anything is verified, and ends it without
        a reason that its protocol would see.
        """
        return Deferred.fromCoroutine(self._connect(protocolFactory))

    async def _connect(self, protocol_factory: IProtocolFactory) -> IProtocol:
        handshake = _Handshake(self._host)
        await self._around().connect(made_by(lambda: handshake))
        try:
            await handshake.done.addTimeout(HANDSHAKE_SECONDS, self._reactor)
        except TimeoutError:
            raise NotTrusted("the server did not answer through TLS in time") from None
        return handshake.continue_as(protocol_factory)

    def _around(self) -> IStreamClientEndpoint:
        try:
            wanted = optionsForClientTLS(self._host, trustRoot=self._trust)
        except UnicodeError:
            raise NotTrusted(f"no TLS certificate can be for {self._host}") from None
        wrapped: IStreamClientEndpoint = wrapClientTLS(wanted, self._endpoint)
        return wrapped


@implementer(IHandshakeListener)
class _Handshake(Prelude):
    """Waits for the end of the handshake."""

    def __init__(self, host: str) -> None:
        super().__init__()
        self._host = host

    def failed(self, reason: Failure) -> Exception:
        """The other side has hung up, or shown what we do not trust."""
        return NotTrusted(*_in_words(reason, self._host))

    def handshakeCompleted(self) -> None:
        """The certificate is right."""
        self.done.callback(None)


def _in_words(reason: Failure, host: str) -> tuple[str, str]:
    """What is wrong, and what to do about it."""
    if reason.check(VerificationError):
        return f"its TLS certificate is not for {host}", "--host takes the name in the certificate"
    if reason.check(SSL.Error) and "certificate verify failed" in str(reason.value):
        return (
            "its TLS certificate is not trusted here: it has expired,"
            " or no known authority stands behind it",
            "--ca FILE names an authority to trust",
        )
    if reason.check(SSL.Error):
        return "it does not speak TLS as we do", "try without --tls"
    return "it hung up in the TLS handshake", "try without --tls"


def authorities(ca: str) -> Any:
    """Those in a PEM file; raises `StartupError` if it cannot be used."""
    try:
        with open(ca, "rb") as file:
            pem = file.read(limits.AUTHORITIES)
        found = [Certificate.loadPEM(part + _END) for part in pem.split(_END)[:-1]]
    except OSError as error:
        raise StartupError(f"cannot read {ca!a}: {(error.strerror or '?').lower()}") from None
    except crypto.Error:
        raise _no_certificates(ca) from None
    if not found:
        raise _no_certificates(ca)
    return trustRootFromCertificates(found)


def _no_certificates(ca: str) -> StartupError:
    return StartupError(f"{ca!a} holds no certificates in PEM form")
