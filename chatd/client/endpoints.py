"""How the server is reached: plainly, or through TLS with its host name verified."""

from typing import Any

from twisted.internet.endpoints import HostnameEndpoint
from twisted.internet.interfaces import IStreamClientEndpoint

from chatd.errors import StartupError

CONNECT_SECONDS = 10


def server_endpoint(
    reactor: Any, host: str, port: int, *, tls: bool, ca: str | None
) -> IStreamClientEndpoint:
    """The endpoint for a server; `ca` is a PEM file that replaces the system's authorities."""
    endpoint = HostnameEndpoint(reactor, host, port, timeout=CONNECT_SECONDS)
    return _through_tls(endpoint, host, ca) if tls else endpoint


def _through_tls(
    endpoint: IStreamClientEndpoint, host: str, ca: str | None
) -> IStreamClientEndpoint:
    # Imported here, as pyOpenSSL takes a noticeable part of the start-up.
    from twisted.internet.endpoints import wrapClientTLS
    from twisted.internet.ssl import optionsForClientTLS, trustRootFromCertificates

    trust = trustRootFromCertificates(_authorities(ca)) if ca else None
    return wrapClientTLS(optionsForClientTLS(host, trustRoot=trust), endpoint)


def _authorities(ca: str) -> list[Any]:
    from twisted.internet.ssl import Certificate

    try:
        with open(ca, "rb") as file:
            pem = file.read(1 << 20)
        end = b"-----END CERTIFICATE-----"
        found = [Certificate.loadPEM(part + end) for part in pem.split(end)[:-1]]
    except OSError as error:
        raise StartupError(f"cannot read {ca}: {error.strerror}") from None
    except Exception:
        # pyOpenSSL's errors are lists of internal codes.
        raise StartupError(f"{ca} holds no certificates in PEM form") from None
    if not found:
        raise StartupError(f"{ca} holds no certificates in PEM form")
    return found
