"""A Tor that has no network: a control port (Tor's control-spec), and a SOCKS port that leads to
the onion services which were made at it."""

from os import urandom

from double import Double
from onions import onion
from socks_proxy import SocksProxy

_INFO = {
    "signal/names": "RELOAD",
    "version": "0.4.8.1",
    "events/names": "HS_DESC",
}


class TorDouble(Double):
    """`names` says which port of this machine each other host name leads to.

    `said` are the commands that came, `methods` how one may authenticate, `listeners` where it says
    that SOCKS is spoken; with `path` that is at a unix socket first, as on Debian. Unless it
    `makes_services` it refuses to, and all else works.
    """

    def __init__(self, names, path=""):
        self.said = []
        self.methods = "NULL"
        self.makes_services = True
        self.socks = SocksProxy(names)
        self.unix = SocksProxy(names, path) if path else None
        self.listeners = [f"unix:{path}"] if path else []
        self.listeners.append(f"127.0.0.1:{self.socks.port}")
        super().__init__()

    @property
    def control(self):
        """Where it is controlled."""
        return f"127.0.0.1:{self.port}"

    def restart(self):
        """Lose everything that was open, and every onion service."""
        self.hang_up()
        for each in self._proxies():
            each.hang_up()

    def close(self):
        """End everything."""
        super().close()
        for each in self._proxies():
            each.close()

    def _proxies(self):
        return [each for each in (self.socks, self.unix) if each]

    def _serve(self, client):
        made = []
        try:
            with client.makefile("rw", newline="\r\n") as stream:
                for line in stream:
                    for answer in self._answers(line.strip(), made):
                        stream.write(answer + "\n")
                    stream.flush()
        finally:  # a service ends with the connection that made it
            for host in made:
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
            case "ADD_ONION" if not self.makes_services:
                return ["551 no services now"]
            case "ADD_ONION":
                return self._add(rest, made)
            case "DEL_ONION":
                self.socks.names.pop(f"{rest}.onion", None)
        return ["250 OK"]

    def _info(self, what):
        if what == "net/listeners/socks":
            return " ".join(f'"{each}"' for each in self.listeners)
        return _INFO[what]

    def _add(self, rest, made):
        host = onion(urandom(32))
        made.append(host)
        service = host.removesuffix(".onion")
        self.socks.names[host] = int(rest.rpartition(":")[2])
        event = f"650 HS_DESC UPLOADED {service} UNKNOWN $ABCD~relay"
        return [f"250-ServiceID={service}", "250 OK", event]
