"""Everything in chatd that reads what others wrote, one function of bytes each.

A target may refuse its input with a `ChatdError`; any other exception is a finding.
"""

from collections.abc import Callable
from contextlib import suppress
from random import Random

import msgspec
from simulated import fake_primitives

from chatd import limits
from chatd.addresses import parse
from chatd.engine.snapshot import ConversationState, Snapshot
from chatd.errors import ChatdError
from chatd.noise.ciphers import CipherState
from chatd.noise.keys import encode_identity
from chatd.noise.suites import SUITES
from chatd.reach import kernel_news, netlink, own_addresses
from chatd.reach.http_connect import ConnectRequest
from chatd.reach.proxy_request import ProxyRequest
from chatd.reach.socks import SocksRequest
from chatd.rendezvous.shown import Shown
from chatd.store import card, safety_number
from chatd.store.cards import _Document as _Cards
from chatd.store.contacts import _Document as _Contacts
from chatd.store.door_memory import Doors
from chatd.store.held_names import _Names
from chatd.store.identity_export import _Export
from chatd.store.identity_file import _Identity
from chatd.store.known_servers import KnownServers
from chatd.store.transfers import Transfer
from chatd.text import isolate, safe_line, safe_lines
from chatd.ui import commands
from chatd.ui.command import Here
from chatd.ui.stdio import LineSplitter
from chatd.wire import lines, peer, proof, seen, server, ticket, token
from chatd.wire.asking_seen import AskingSeen
from chatd.wire.codec import Decoder, encode
from chatd.wire.direct_opening import GuestSide, HostSide
from chatd.wire.keying import Introduction, Party
from chatd.wire.opening import HandOver
from chatd.wire.records import Opener, Sealer
from chatd.wire.relayed import Relayed
from chatd.wire.seeds import SEED, Seeds
from chatd.wire.server_opening import ClientSide, ServerSide

# What is read is under test here, not DH and KEM; those cost more than all the rest.
FAKE = fake_primitives(Random(1))
HOST, GUEST = (FAKE.dh.generate_keypair() for _ in range(2))
PARTIES = [
    Party(name, encode_identity(keys.public), b"offer", bytes(32))
    for name, keys in (("alice", HOST), ("bob", GUEST))
]
INTRODUCTION = Introduction(bytes(33), bytes(16), PARTIES[0], PARTIES[1], "gcm")
ASK = proof.Ask(bytes(33), PARTIES[0].identity, PARTIES[1].identity)
SEEDS = Seeds(0, bytes(SEED))
OWN_TICKET = ticket.OwnTicket(bytes(ticket.TICKET), bytes(ticket.SECRET))
_BOOKS = (_Cards, _Contacts)
SIGNS = {*map(chr, range(0x20)), *map(chr, range(0x7F, 0xA0)), *"\u2028\u2029\u202e\u2066"}


def _message(decoder: "Decoder[msgspec.Struct]") -> Callable[[bytes], None]:
    """What can be decoded can be encoded, and is the same then."""

    def target(data: bytes) -> None:
        message = decoder.decode(data)
        assert decoder.decode(encode(message)) == message

    return target


def _records(suite: str) -> Callable[[bytes], None]:
    """A plaintext of any kind in a record that verifies, and then the bytes as they are."""

    def target(data: bytes) -> None:
        cipher = SUITES[suite].cipher
        opener = Opener(CipherState(cipher, bytes(32)), limits.PEER_PLAINTEXT)
        sealed = CipherState(cipher, bytes(32)).encrypt_with_ad(b"", data[:4000])
        opener.feed(len(sealed).to_bytes(3, "big") + sealed + data)
        while (record := opener.next()) is not None:
            Sealer(CipherState(cipher, bytes(32)), limits.PEER_PLAINTEXT).seal(record.body)

    return target


def _opening(make: Callable[[], "object"]) -> Callable[[bytes], None]:
    def target(data: bytes) -> None:
        opening = make()
        opening.start()  # type: ignore[attr-defined]
        for line in data.split(b"\r\n")[:8]:
            try:
                opening.receive_line(line)  # type: ignore[attr-defined]
            except HandOver:
                return

    return target


def _line(data: bytes) -> None:
    for read in (
        lines.read_greeting,
        lines.read_noise,
        lines.read_first,
        lines.read_relay,
        lines.read_voucher,
    ):
        try:
            read(data)
        except ChatdError:
            continue
    lines.is_knock(data, bytes(16))


def _text(data: bytes) -> None:
    text = data.decode("utf-8", "surrogatepass" if data[:1] == b"\0" else "replace")
    shown = [
        *safe_lines(text, 500),
        safe_line(text, 60),
        isolate(safe_line(text)),
    ]
    for line in shown:
        assert not SIGNS & set(line)
    assert sum(map(len, shown[:-2])) <= 500


def _address(data: bytes) -> None:
    try:
        parse(data.decode("latin-1"))
    except ValueError:
        return


def _typed(data: bytes) -> None:
    text = data.decode("utf-8", "replace")
    safety_number.pasted(text)
    client = Snapshot(now=0.0, server="localhost")
    for talk in (None, ConversationState(bytes(33), "bob", "", "new", "open")):
        here = Here(client, talk)
        try:
            commands.parse(text, here).meaning(here)
        except ChatdError:
            continue


def _piped(data: bytes) -> None:
    splitter = LineSplitter()
    kept = [*splitter.feed(data[:100]), *splitter.feed(data[100:]), *splitter.end()]
    assert all(len(line) <= limits.PIPED_LINE for line in kept)


def _refused(read: Callable[[], object]) -> bool:
    try:
        read()
    except ChatdError:
        return True
    return False


def _proof(data: bytes) -> None:
    if len(data) == proof.PROOF:
        assert not proof.verifies(data, bytes(32), ASK)
    assert token.unseal(SEEDS, 0, data) is None
    if len(data) == limits.SEEN:
        seen.unmask(data)
    if len(data) == limits.VOUCHER:
        assert _refused(lambda: seen.vouched(SEEDS, 0, data, bytes(16)))
    assert _refused(lambda: ticket.admit(SEEDS, 0, data, data))
    Shown().load(data)


def _server_side() -> ServerSide:
    def vouch(commitment: bytes) -> bytes:
        return seen.vouch(SEEDS, 0, ("8.8.8.8", 1), commitment)

    return ServerSide(
        HOST, ["gcm", "cbc"], lambda: bytes(limits.SEEN), FAKE, relays=True, vouch=vouch
    )


def _kept_file(data: bytes) -> None:
    """Every file that a client keeps or is given."""
    for kind in (Doors, KnownServers, Transfer, _Names, _Identity, _Export, *_BOOKS):
        decoder = msgspec.json.Decoder(kind)
        try:
            found = decoder.decode(data)
        except (msgspec.MsgspecError, ValueError, RecursionError):
            continue
        assert decoder.decode(msgspec.json.encode(found)) == found


def _proxy(asking: ProxyRequest, first: int, data: bytes) -> bool:
    """Its answers, the first in one piece, and what follows byte by byte; whether it connected."""
    asking.receive(data[:first])
    for place in range(first, len(data)):
        if asking.rest is not None:
            assert asking.rest == b""
            break
        asking.receive(data[place : place + 1])
    return asking.rest is not None


def _http_proxy(data: bytes) -> None:
    """However it is cut, it comes to the same."""

    def outcome(first: int) -> bool | str:
        try:
            return _proxy(ConnectRequest("example.org", 1712), first, data)
        except ChatdError as error:
            return str(error)

    assert outcome(0) == outcome(len(data))


def _kernel(data: bytes) -> None:
    """Announcements of changes, and what it lists of interfaces and their addresses."""
    kernel_news.read(data)
    with suppress(netlink.Unreadable):
        for _, body in netlink.messages(data):
            links = set(own_addresses._outer(body))
            assert all(map(parse, own_addresses._usable(body, links | {1})))


TARGETS: dict[str, Callable[[bytes], None]] = {
    "message from a client": _message(server.from_client),
    "message from the server": _message(server.from_server),
    "message from a peer": _message(peer.messages),
    "offer": _message(peer.offers),
    "records gcm": _records("gcm"),
    "records cbc": _records("cbc"),
    "line": _line,
    "opening of the server": _opening(_server_side),
    "opening of a client": _opening(
        lambda: ClientSide(GUEST, ["gcm", "cbc"], lambda key: None, bytes(limits.DOOR), FAKE)
    ),
    "opening of a host": _opening(
        lambda: HostSide(INTRODUCTION, HOST, lambda _: None, dialled=True, primitives=FAKE)
    ),
    "opening of a guest": _opening(
        lambda: GuestSide(INTRODUCTION, GUEST, lambda: None, dialled=False, primitives=FAKE)
    ),
    "opening of a relay": _opening(
        lambda: Relayed(
            OWN_TICKET, GuestSide(INTRODUCTION, GUEST, lambda: None, dialled=False, primitives=FAKE)
        )
    ),
    "text": _text,
    "card": lambda data: card.read(data.decode("utf-8", "replace")) and None,
    "address": _address,
    "typed": _typed,
    "piped": _piped,
    "proof and ticket": _proof,
    "kept file": _kept_file,
    "proxy": lambda data: _proxy(SocksRequest("example.org", 1712), 2, data) and None,
    "asking where we are seen": _opening(lambda: AskingSeen(bytes(32), lambda voucher: None)),
    "HTTP proxy": _http_proxy,
    "kernel": _kernel,
}
NAMES = list(TARGETS)


def run(data: bytes) -> None:
    """One execution: the first byte chooses the target, the rest is for it."""
    target = TARGETS[NAMES[(data[0] if data else 0) % len(NAMES)]]
    try:
        target(data[1:])
    except (ChatdError, UnicodeDecodeError):
        # Bytes that are no UTF-8 are the harness's own, where it decodes them.
        return
