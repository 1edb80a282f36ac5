"""Packets that fit every path, also where nobody says that they did not.

IPv6 asks 1280 bytes of every path, and few have less. Where a longer packet is dropped and the word
about it as well, the kernel sends it again and again; the first long thing that anybody says here
is the first message of a handshake.
"""

import socket
from typing import Any

from chatd import limits


def small_segments(reactor: Any) -> Any:
    """Let all TCP sockets of a reactor send and take segments of `limits.SEGMENT` bytes at most,
    and return it.

    Either end is enough for both directions: it says in its first packet what it takes.
    """
    connect, listen, adopt = reactor.connectTCP, reactor.listenTCP, reactor.adoptStreamPort

    def connect_tcp(*args: Any, **kwargs: Any) -> Any:
        connector = connect(*args, **kwargs)
        # Twisted connects in its next turn; a socket that could not be bound is none.
        _narrow(getattr(connector.transport, "socket", None))
        return connector

    def listen_tcp(*args: Any, **kwargs: Any) -> Any:
        port = listen(*args, **kwargs)
        _narrow(port.socket)
        return port

    def adopt_stream_port(*args: Any, **kwargs: Any) -> Any:
        port = adopt(*args, **kwargs)
        _narrow(port.socket)
        return port

    reactor.connectTCP, reactor.listenTCP = connect_tcp, listen_tcp
    reactor.adoptStreamPort = adopt_stream_port
    return reactor


def _narrow(tcp: Any) -> None:
    if tcp is not None and tcp.family in (socket.AF_INET, socket.AF_INET6):
        tcp.setsockopt(socket.IPPROTO_TCP, socket.TCP_MAXSEG, limits.SEGMENT)
