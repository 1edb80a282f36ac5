"""A Tor that has no network: a control port (Tor's control-spec), and a SOCKS port that leads to
the onion services which were made at it."""

import socket
import threading
from contextlib import suppress
from os import urandom

from onions import onion
from socks_proxy import SocksProxy

_INFO = {
    "signal/names": "RELOAD",
    "version": "0.4.8.1",
    "events/names": "HS_DESC",
}


class TorDouble:
    """`names` says which port of this machine each other host name leads to.

    `said` are the commands that came, `methods` how one may authenticate.
    """

    def __init__(self, names):
        self.said = []
        self.methods = "NULL"
        self.socks = SocksProxy(names)
        self.has_socks = True
        self._listener = socket.create_server(("127.0.0.1", 0))
        self._sockets = [self._listener]
        self.port = self._listener.getsockname()[1]
        threading.Thread(target=self._accept, daemon=True).start()

    @property
    def control(self):
        """Where it is controlled."""
        return f"127.0.0.1:{self.port}"

    def hang_up(self):
        """End all connections to the control port."""
        for each in self._sockets[1:]:
            with suppress(OSError):
                each.shutdown(socket.SHUT_RDWR)

    def restart(self):
        """Lose everything that was open, and every onion service."""
        self.hang_up()
        self.socks.hang_up()

    def close(self):
        """End everything."""
        with suppress(OSError):
            self._listener.shutdown(socket.SHUT_RDWR)
        self.hang_up()
        for each in self._sockets:
            each.close()
        self.socks.close()

    def _accept(self):
        with suppress(OSError):
            while True:
                client = self._listener.accept()[0]
                self._sockets.append(client)
                threading.Thread(target=self._serve, args=(client,), daemon=True).start()

    def _serve(self, client):
        made = []
        with suppress(OSError, ValueError), client.makefile("rw", newline="\r\n") as stream:
            for line in stream:
                for answer in self._answers(line.strip(), made):
                    stream.write(answer + "\n")
                stream.flush()
        for host in made:  # as a service ends with the connection that made it
            self.socks.names.pop(host, None)

    def _answers(self, line, made):
        word, _, rest = line.partition(" ")
        self.said.append(line)
        match word:
            case "PROTOCOLINFO":
                methods = f"250-AUTH METHODS={self.methods}"
                return ["250-PROTOCOLINFO 1", methods, '250-VERSION Tor="0.4.8.1"', "250 OK"]
            case "GETINFO":
                return [f"250-{rest}={self._info(rest)}", "250 OK"]
            case "ADD_ONION":
                return self._add(rest, made)
            case "DEL_ONION":
                self.socks.names.pop(f"{rest}.onion", None)
        return ["250 OK"]

    def _info(self, what):
        if what == "net/listeners/socks":
            return f'"127.0.0.1:{self.socks.port}"' if self.has_socks else ""
        return _INFO[what]

    def _add(self, rest, made):
        host = onion(urandom(32))
        made.append(host)
        service = host.removesuffix(".onion")
        self.socks.names[host] = int(rest.rpartition(":")[2])
        event = f"650 HS_DESC UPLOADED {service} UNKNOWN $ABCD~relay"
        return [f"250-ServiceID={service}", "250 OK", event]
