"""The kinds of networks between two people, and what plain TCP allows in each."""

from dataclasses import dataclass

IPV4, IPV6 = "IPv4", "IPv6"
RELAY = "the relay"


@dataclass(frozen=True)
class Router:
    """A router with a stateful firewall in front of someone's machine; IPv4 is translated.

    `ports`: which port a connection gets outside (`kept`, or nftables' `random` or `fully-random`).
    `unsolicited`: whether what nobody asked for is answered with a reset or not at all.
    `lets_out`: a port to which alone connections may be made; 0 for all.
    `forwards`: a port outside that leads to port 4000 of the first machine, whose user says so.
    `igd`: whether it can be asked for a port, as the user wants: `allow`, `deny`, or '' for no.
    `web`: what alone it lets out: `tls` at port 443, or what an HTTP `proxy` on it connects to
    there; '' for everything.
    `forgets`: after how many seconds of silence it knows a connection no more; 0 for days.
    `nat64`: whether its LAN has IPv6 alone, and it translates that to the IPv4 that it has
    outside.
    """

    ports: str = "kept"
    unsolicited: str = "drop"
    lets_out: int = 0
    forwards: int = 0
    igd: str = ""
    web: str = ""
    forgets: int = 0
    nat64: bool = False


@dataclass(frozen=True)
class Behind:
    """A machine whose provider translates addresses, as `lab.carrier` says."""

    keeps: float = 240


@dataclass(frozen=True)
class Kind:
    """Where the asker and the asked are: None is a machine with an address of its own.

    `together`: both are behind the asker's router, and `server_too` with them. `families` are
    those of the two, and `logs_in` is in which of these somebody with both logs in; they know the
    server by a name that has both. Whoever is behind NAT64 reaches its IPv4 address likewise.
    `expected` is how they talk in the end. Packets of more than `mtu` bytes are lost without a
    word. With `relay_apart` the relay is a machine of its own.
    """

    name: str
    asker: Router | Behind | None
    asked: Router | Behind | None
    expected: str
    together: bool = False
    server_too: bool = False
    families: tuple[str, str] = (IPV4, IPV4)
    logs_in: str = IPV6
    delay: float = 0.0
    loss: float = 0.0
    mtu: int = 65536
    relay_apart: bool = False

    @property
    def routers(self) -> list[Router]:
        """Those that there are."""
        return [site for site in (self.asker, self.asked) if isinstance(site, Router)]

    @property
    def needs_tls(self) -> bool:
        """Whether somebody gets out in no other way."""
        return any(router.web for router in self.routers)


DIRECT4, DIRECT6 = f"direct, {IPV4}", f"direct, {IPV6}"
KEPT, RESETS = Router(), Router(unsolicited="reset")
RANDOM, FULLY_RANDOM = Router(ports="random"), Router(ports="fully-random")
HARD_RESETS = Router(ports="fully-random", unsolicited="reset")
ONLY_SERVER = Router(lets_out=1712)
FORWARDS = Router(ports="fully-random", forwards=5000)
ONLY_TLS, ONLY_PROXY = Router(web="tls"), Router(web="proxy")
NAT64 = Router(nat64=True)
ASKED = Router(ports="fully-random", igd="allow")
CARRIER, FORGETFUL = Behind(), Behind(keeps=0)
MIXED = f"{IPV4} and {IPV6}"

KINDS = [
    Kind("both have addresses of their own", None, None, DIRECT4),
    Kind("the asker behind a router", KEPT, None, DIRECT4),
    Kind("the asked behind a router", None, KEPT, DIRECT4),
    Kind("the asker behind random ports", FULLY_RANDOM, None, DIRECT4),
    Kind("the asked behind random ports", None, FULLY_RANDOM, DIRECT4),
    Kind("both behind the same router", KEPT, None, DIRECT4, together=True),
    Kind("the server on the LAN of both", KEPT, None, DIRECT4, together=True, server_too=True),
    Kind("routers that keep ports and drop", KEPT, KEPT, DIRECT4),
    Kind("the same, 30 ms apart", KEPT, KEPT, DIRECT4, delay=0.03),
    Kind("routers that keep ports and reset, 30 ms apart", RESETS, RESETS, DIRECT4, delay=0.03),
    Kind("one drops, one resets, 30 ms apart", KEPT, RESETS, DIRECT4, delay=0.03),
    Kind("both at carriers that translate", CARRIER, CARRIER, DIRECT4, delay=0.03),
    Kind("carriers that forget at once", FORGETFUL, FORGETFUL, DIRECT4, delay=0.03),
    Kind("one at a carrier, one behind a router", CARRIER, KEPT, DIRECT4, delay=0.03),
    Kind("random ports on one side", RANDOM, KEPT, RELAY),
    Kind("random ports on both sides", RANDOM, RANDOM, RELAY),
    Kind("fully random ports on one side", KEPT, FULLY_RANDOM, RELAY),
    Kind("fully random ports on both sides", FULLY_RANDOM, FULLY_RANDOM, RELAY),
    Kind("the same, and the asked has forwarded a port", FULLY_RANDOM, FORWARDS, DIRECT4),
    Kind("the same, and the asked lets the router do it", FULLY_RANDOM, ASKED, DIRECT4),
    Kind("the same, and the asker lets the router do it", ASKED, FULLY_RANDOM, DIRECT4),
    Kind("IPv6 only", None, None, DIRECT6, families=(IPV6, IPV6)),
    Kind("IPv6 only, behind firewalls", KEPT, KEPT, DIRECT6, families=(IPV6, IPV6), delay=0.03),
    Kind("the asker has both, the asked IPv6", KEPT, None, DIRECT6, families=(MIXED, IPV6)),
    Kind(
        "the same, and the asker logs in over IPv4",
        KEPT,
        KEPT,
        DIRECT6,
        families=(MIXED, IPV6),
        logs_in=IPV4,
    ),
    Kind("the asker IPv6, the asked has both", None, KEPT, DIRECT6, families=(IPV6, MIXED)),
    Kind("the asker has both, the asked IPv4", KEPT, KEPT, DIRECT4, families=(MIXED, IPV4)),
    Kind("the asker IPv4, the asked has both", KEPT, KEPT, DIRECT4, families=(IPV4, MIXED)),
    Kind(
        "the same, and the asked logs in over IPv4",
        KEPT,
        KEPT,
        DIRECT4,
        families=(IPV4, MIXED),
        logs_in=IPV4,
    ),
    Kind(
        "both have both, routers with random ports",
        FULLY_RANDOM,
        FULLY_RANDOM,
        DIRECT6,
        families=(MIXED, MIXED),
    ),
    Kind("one has IPv4, the other IPv6", None, None, RELAY, families=(IPV4, IPV6)),
    Kind("the asker behind NAT64", NAT64, None, DIRECT6, families=(IPV6, IPV4), logs_in=IPV4),
    Kind("the same, and the asker logs in over IPv6", NAT64, KEPT, DIRECT6, families=(IPV6, IPV4)),
    Kind("the asked behind NAT64", KEPT, NAT64, DIRECT4, families=(IPV4, IPV6), logs_in=IPV4),
    Kind("only the server's port lets out, one side", ONLY_SERVER, None, RELAY),
    Kind("only the server's port lets out, both sides", ONLY_SERVER, ONLY_SERVER, RELAY),
    Kind("only TLS at port 443 gets out, one side", ONLY_TLS, None, RELAY),
    Kind("only TLS at port 443 gets out, both sides", ONLY_TLS, ONLY_TLS, RELAY),
    Kind("the same, the relay on a machine of its own", ONLY_TLS, KEPT, RELAY, relay_apart=True),
    Kind("only an HTTP proxy gets out, one side", ONLY_PROXY, None, RELAY),
    Kind("only an HTTP proxy gets out, both sides", ONLY_PROXY, ONLY_PROXY, RELAY),
    Kind("one by TLS, one by a proxy, such a relay", ONLY_TLS, ONLY_PROXY, RELAY, relay_apart=True),
    Kind("30 ms apart, 2 % are lost", None, None, DIRECT4, delay=0.03, loss=0.02),
    Kind("routers, 30 ms apart, 2 % are lost", KEPT, KEPT, DIRECT4, delay=0.03, loss=0.02),
    Kind("packets over 1280 bytes vanish", KEPT, KEPT, DIRECT4, delay=0.03, mtu=1280),
    Kind("the same with IPv6", KEPT, KEPT, DIRECT6, families=(IPV6, IPV6), delay=0.03, mtu=1280),
    Kind("the same, random ports on both sides", RANDOM, RANDOM, RELAY, mtu=1280),
]
