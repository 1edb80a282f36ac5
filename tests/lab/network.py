"""Builds the network of one kind: the internet, routers, and the machines of three processes.

The addresses outside are taken from networks that count as global; nothing leaves the namespaces.
"""

from contextlib import ExitStack, closing
from tempfile import TemporaryDirectory

from lab.conntrack import forget_connections
from lab.igd import Igd
from lab.internet import Internet
from lab.kinds import IPV4, IPV6, Behind, Router
from lab.namespaces import Namespace
from lab.tayga import Tayga
from processes.tinyproxy import Tinyproxy

SERVER4, SERVER6 = "44.0.0.1", "2a0f:0:0::1"
RELAY4 = "44.0.3.1"
PROXY = "192.168.1.1", 3128
"""Where a router has an HTTP proxy for its LAN."""
INSIDE_CARRIER = "100.64.0.7"
LAN_SERVER = "192.168.1.9"

_RULES = """
table inet router {{
    chain out {{
        type nat hook postrouting priority srcnat
        oifname "wan" meta nfproto ipv4 {masquerade}
    }}
    chain in {{
        type nat hook prerouting priority dstnat
        {forwards}
    }}
    chain arriving {{
        type filter hook input priority filter; policy drop
        ct state established,related accept
        iifname {{ "lo", "lan", "nat64" }} accept
        meta l4proto icmpv6 accept
        {unsolicited}
    }}
    chain passing {{
        type filter hook forward priority filter; policy drop
        {known} ct state established,related accept
        ct status dnat accept
        {lets_out}
        iifname "nat64" oifname "wan" accept
        {unsolicited}
    }}
}}
"""


class Network:
    """The machines of one kind, until `close`; `server4` and `server6` are where the server is."""

    def __init__(self, kind):
        self._stack = ExitStack()
        try:
            self._build(kind)
        except BaseException:
            self.close()
            raise

    def close(self):
        """Take it down."""
        self._stack.close()

    def _build(self, kind):
        internet = self._stack.enter_context(closing(Internet(kind.delay, kind.loss, kind.mtu)))
        self._internet = internet
        self.server = self._machine()
        self.relay = self._machine() if kind.relay_apart else None
        self.server4, self.server6 = SERVER4, SERVER6
        self.sites = sites = [
            Site(self._machine, self._stack, internet, number, families, router)
            for number, (families, router) in enumerate(
                zip(kind.families, (kind.asker, kind.asked), strict=True), 1
            )
            if number == 1 or not kind.together
        ]
        self.asker = sites[0].machine()
        self.asked = sites[-1].machine()
        if kind.server_too:
            self.server4, self.server6 = LAN_SERVER, ""
            sites[0].attach(self.server, int(LAN_SERVER.rpartition(".")[2]))
        else:
            internet.connect(self.server, [SERVER4, SERVER6])
        if self.relay is not None:
            internet.connect(self.relay, [RELAY4])
        internet.start()

    # -- trouble; `unplug`, `plug` and `renumber` are for machines behind routers, with IPv4

    def unplug(self, machine):
        """Pull the cable."""
        machine.run("ip", "link", "set", "eth0", "down")

    def plug(self, machine):
        """Put it back."""
        machine.run("ip", "link", "set", "eth0", "up")
        machine.run("ip", "route", "replace", "default", "via", "192.168.1.1")

    def renumber(self, machine, host=77, *, is_more=False):
        """Another address in the same network, as this host of it, perhaps beside the old one."""
        if not is_more:
            machine.run("ip", "address", "flush", "dev", "eth0")
        machine.run("ip", "address", "add", f"192.168.1.{host}/24", "dev", "eth0")
        machine.run("ip", "route", "replace", "default", "via", "192.168.1.1")

    def let_all_out(self):
        """The routers forbid no connections from inside any more."""
        for site in self.sites:
            site.let_all_out()

    def forget(self):
        """All routers and carriers forget the connections that they know."""
        self._internet.forget()
        for site in self.sites:
            site.forget()

    def _machine(self):
        return self._stack.enter_context(closing(Namespace()))


class Site:
    """Where one person is: a machine on the internet, or a router with a LAN behind it."""

    def __init__(self, new, stack, internet, number, families, router):
        self._new = new
        self._stack = stack
        self._internet = internet
        self._has = IPV4 in families, IPV6 in families
        outside4 = self._has[0] or getattr(router, "nat64", False)
        self._outside = [f"44.0.{number}.1"] * outside4 + [f"2a0f:{number}::1"] * self._has[1]
        self._lan6 = f"2a0f:{number}:1::"
        self._hosts = 1
        self._carrier = (self._outside[0], router.keeps) if isinstance(router, Behind) else None
        self.igd = None
        self.router = self._routing(router) if isinstance(router, Router) else None

    def machine(self):
        """One more machine of this person's network."""
        made = self._new()
        if self._carrier:
            self._internet.connect(made, [INSIDE_CARRIER], carrier=self._carrier)
        elif self.router is None:
            self._internet.connect(made, self._outside)
        else:
            self._hosts += 1
            self.attach(made, self._hosts)
        return made

    def let_all_out(self):
        """The router forbids no connections from inside any more."""
        rule = ["inet", "router", "passing", "iifname", "lan", "accept"]
        self.router.run("nft", "insert", "rule", *rule)

    def forget(self):
        """The router, if there is one, forgets the connections that it knows."""
        if self.router is not None:
            self.router.call(forget_connections)

    def _routing(self, router):
        made = self._new()
        made.set("net/ipv4/ip_forward", 1)
        made.set("net/ipv6/conf/all/forwarding", 1)
        self._internet.connect(made, self._outside, [f"{self._lan6}/64"] * self._has[1])
        made.run("ip", "link", "add", "lan", "type", "bridge")
        self._address(made, "lan", 1)
        made.run("nft", "-f", "-", text=_rules(router))
        if router.forgets:
            made.set("net/netfilter/nf_conntrack_tcp_loose", 0)
            made.set("net/netfilter/nf_conntrack_tcp_timeout_established", router.forgets)
        if router.igd:
            self.igd = self._stack.enter_context(closing(Igd(made, router.igd)))
        if router.nat64:
            self._stack.enter_context(closing(Tayga(made)))
        if router.web == "proxy":
            self._let_a_proxy_out(made)
        return made

    def _let_a_proxy_out(self, router):
        folder = self._stack.enter_context(TemporaryDirectory())
        rules = ["ConnectPort 443"]
        where = {"inside": router.command, "files": [router.file]}
        self._stack.enter_context(closing(Tinyproxy(folder, *PROXY, *rules, **where)))

    def attach(self, machine, host):
        """Connect a machine to the LAN, as this host of its network."""
        port = f"port{host}"
        peer = ["type", "veth", "peer", "name", "eth0", "netns", f"/proc/self/fd/{machine.file}"]
        self.router.run("ip", "link", "add", port, *peer, files=[machine.file])
        self.router.run("ip", "link", "set", port, "master", "lan", "up")
        self._address(machine, "eth0", host)
        if self._has[0]:
            machine.run("ip", "route", "add", "default", "via", "192.168.1.1")
        if self._has[1]:
            machine.run("ip", "-6", "route", "add", "default", "via", f"{self._lan6}1")

    def _address(self, machine, device, host):
        machine.run("ip", "link", "set", device, "up")
        if self._has[0]:
            machine.run("ip", "address", "add", f"192.168.1.{host}/24", "dev", device)
        if self._has[1]:
            address = f"{self._lan6}{host}/64"
            machine.run("ip", "address", "add", address, "dev", device, "nodad")


_WEB = {
    # What has no room for more than a header, and once a hello of TLS has passed, all of it.
    "tls": """
        iifname "lan" tcp dport 443 ct mark 1 accept
        iifname "lan" tcp dport 443 @ih,0,16 0x1603 ct mark set 1 accept
        iifname "lan" tcp dport 443 meta length < 80 accept
        iifname "lan" counter drop""",
    "proxy": "",
}


def _lets_out(router):
    port = f"tcp dport {router.lets_out}" if router.lets_out else ""
    return _WEB[router.web] if router.web else f'iifname "lan" {port} accept'


def _rules(router):
    return _RULES.format(
        masquerade={"kept": "masquerade"}.get(router.ports, f"masquerade {router.ports}"),
        unsolicited="meta l4proto tcp reject with tcp reset"
        if router.unsolicited == "reset"
        else "drop",
        known='iifname "wan"' if router.web else "",
        lets_out=_lets_out(router),
        forwards=f'iifname "wan" tcp dport {router.forwards} dnat ip to 192.168.1.2:4000'
        if router.forwards
        else "",
    )
