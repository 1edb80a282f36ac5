"""Certificates of TLS endpoints, which can be read anew while people are connected."""

from collections.abc import Callable
from pathlib import Path
from time import time
from typing import Any

from cryptography.hazmat.primitives.serialization import load_pem_private_key
from cryptography.x509 import load_pem_x509_certificates
from OpenSSL import SSL, crypto
from twisted.internet.interfaces import IOpenSSLServerConnectionCreator, IStreamServerEndpoint
from twisted.internet.ssl import CertificateOptions
from twisted.protocols.tls import TLSMemoryBIOFactory
from zope.interface import implementer

from chatd.disk_thread import in_disk_thread
from chatd.errors import ChatdError
from chatd.log.levels import logger
from chatd.rendezvous.validity import doubts


class BadCertificate(ChatdError):
    """A certificate and a key with which nobody can be answered."""

    text = "its certificate or key is damaged, or they do not belong together"


@implementer(IOpenSSLServerConnectionCreator)
class Certificate:
    """What new connections get; `read` gives Twisted's options from files, or raises. The log says
    when its days are not right; `name` is what it is called there."""

    log = logger()

    def __init__(
        self,
        reactor: Any,
        read: Callable[[], Any],
        name: str = "certificate",
    ) -> None:
        """Read it for the first time; raises `BadCertificate`."""
        self._reactor = reactor
        self._read = read
        self._name = name
        self._take(self._fresh())

    def serverConnectionForTLS(self, tlsProtocol: Any) -> SSL.Connection:
        """One more connection, with the certificate of now."""
        return SSL.Connection(self._context, None)

    def again(self) -> Any:
        """Read it anew in a thread; fails with `BadCertificate`, and then it is the old one."""
        return in_disk_thread(self._reactor, self._fresh).addCallback(self._take)

    def _take(self, options: Any) -> None:
        self._context: SSL.Context = options.getContext()
        chain = [options.certificate, *options.extraCertChain]
        for doubt in doubts((each.to_cryptography() for each in chain), time()):
            self.log.warn("{certificate} {doubt}", certificate=self._name, doubt=doubt)

    def _fresh(self) -> Any:
        try:
            options = self._read()
            # Only here the two are seen to belong together; what is made is kept.
            options.getContext()
        except OSError as error:
            raise BadCertificate(f"{error.strerror}: {error.filename}") from None
        except Exception:  # each of the libraries has its own
            raise BadCertificate from None
        return options


def from_files(chain: Path, key: Path) -> CertificateOptions:
    """The options for a certificate, with those that it was issued under behind it, and its key;
    both PEM. Raises what the files make it raise."""
    first, *others = load_pem_x509_certificates(chain.read_bytes())
    private = load_pem_private_key(key.read_bytes(), None)
    return CertificateOptions(
        privateKey=crypto.PKey.from_cryptography_key(private),  # type: ignore[arg-type]
        certificate=crypto.X509.from_cryptography(first),
        extraCertChain=[crypto.X509.from_cryptography(each) for each in others],
    )


@implementer(IStreamServerEndpoint)
class TlsEndpoint:
    """Another endpoint, with TLS on all that connects there."""

    def __init__(self, reactor: Any, endpoint: Any, certificate: Certificate) -> None:
        self._reactor = reactor
        self._endpoint = endpoint
        self._certificate = certificate

    def listen(self, protocolFactory: Any) -> Any:
        """As the other one."""
        inside = TLSMemoryBIOFactory(self._certificate, False, protocolFactory, self._reactor)
        return self._endpoint.listen(inside)
