"""How the server is reached: plainly, or through TLS with its host name verified."""

from typing import Any

from twisted.internet.endpoints import HostnameEndpoint
from twisted.internet.interfaces import IStreamClientEndpoint

CONNECT_SECONDS = 10


def server_endpoint(
    reactor: Any, host: str, port: int, *, tls: bool, ca: str | None
) -> IStreamClientEndpoint:
    """The endpoint for a server; `ca` is a PEM file that replaces the system's authorities.

    Raises `StartupError` if that file cannot be used.
    """
    endpoint = HostnameEndpoint(reactor, host, port, timeout=CONNECT_SECONDS)
    if not tls:
        return endpoint
    # Imported here, as pyOpenSSL takes a noticeable part of the start-up.
    from chatd.client.tls import VerifiedEndpoint

    return VerifiedEndpoint(reactor, endpoint, host, ca)
