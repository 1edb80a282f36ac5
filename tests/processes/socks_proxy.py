"""A SOCKS5 proxy (RFC 1928) that knows its own names, and remembers what it was asked for."""

import socket
import threading
from contextlib import suppress

from double import Double


class SocksProxy(Double):
    """`names` says which port of this machine each host name leads to; with `path`, it is at a unix
    socket. `own_end` is the address, kind and port included, that it calls its own towards a host;
    with `waits`, what the host says first comes in one piece with the answer."""

    def __init__(self, names, path=""):
        self.names = names
        self.asked = []
        self.own_end = b"\x01" + bytes(6)
        self.waits = False
        super().__init__(path)

    def _serve(self, client):
        _read(client, _read(client, 2)[1])
        client.sendall(b"\x05\x00")
        kind = _read(client, 4)[3]
        host = _read(client, _read(client, 1)[0]).decode() if kind == 3 else _address(client)
        port = int.from_bytes(_read(client, 2), "big")
        self.asked.append((host, port))
        target = self.names.get(host)
        if target is None:
            client.sendall(b"\x05\x04\x00\x01" + bytes(6))
            client.shutdown(socket.SHUT_RDWR)
            return
        server = self._keep(socket.create_connection(("127.0.0.1", target)))
        first = server.recv(65536) if self.waits else b""
        client.sendall(b"\x05\x00\x00" + self.own_end + first)
        threading.Thread(target=_pass_on, args=(server, client), daemon=True).start()
        _pass_on(client, server)


def _read(client, count):
    data = b""
    while len(data) < count:
        more = client.recv(count - len(data))
        if not more:
            raise OSError
        data += more
    return data


def _address(client):
    return socket.inet_ntoa(_read(client, 4))


def _pass_on(source, target):
    with suppress(OSError):
        while data := source.recv(65536):
            target.sendall(data)
        target.shutdown(socket.SHUT_WR)
