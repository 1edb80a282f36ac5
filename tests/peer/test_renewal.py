"""New keys inside a conversation (protocol, "Renewal")."""

from random import Random
from typing import Any

import pytest
from peer_pairs import Pair, Side
from simulated import fake_primitives

from chatd import limits
from chatd.errors import RemoteProtocolError, Unexpected, WrongKey
from chatd.noise.ciphers import CipherState
from chatd.noise.keys import KeyPair, Primitives, encode_identity
from chatd.noise.suites import SUITES
from chatd.peer.link import PeerLink
from chatd.peer.message import Message
from chatd.peer.renewal import ReceiveUnder, Remember, Renewal, SendUnder, Step, Transmit
from chatd.wire.opening import Secured
from chatd.wire.peer import Handshake, Renew, Switched
from chatd.wire.records import Sealer

HASH = b"h" * 32


class Two:
    """Both sides of one link, by hand."""

    def __init__(self, seed: int = 1, **changed: KeyPair) -> None:
        self.primitives: Primitives = fake_primitives(Random(seed))
        host, guest = (self.primitives.dh.generate_keypair() for _ in range(2))
        self.host = self._side(host, guest, is_host=True)
        self.guest = self._side(changed.get("guest", guest), host, is_host=False)

    def _side(self, own: KeyPair, other: KeyPair, *, is_host: bool) -> Renewal:
        key = CipherState(SUITES["gcm"].cipher, bytes(32))
        secured = Secured(key, key, encode_identity(other.public), HASH, "gcm")
        return Renewal(secured, own, self.primitives, 0.0, is_host=is_host)


def said(steps: list[Step]) -> list[object]:
    """The messages among the steps."""
    return [step.message for step in steps if isinstance(step, Transmit)]


def only(steps: list[Step]) -> Handshake:
    """The one handshake message among them."""
    (message,) = said(steps)
    assert isinstance(message, Handshake)
    return message


def test_both_switch_in_step() -> None:
    """m3 and `switched` are the last records under the old keys, and the new ones fit."""
    two = Two()
    m1 = only(two.guest.receive(Renew(), 1.0))
    m2 = only(two.host.receive(m1, 1.0))
    guest_keeps, m3, guest_sends = two.guest.receive(m2, 1.0)
    assert isinstance(m3, Transmit)
    assert isinstance(guest_sends, SendUnder)
    assert isinstance(m3.message, Handshake)
    host_keeps, host_receives, switched, host_sends = two.host.receive(m3.message, 1.0)
    assert isinstance(host_keeps, Remember)
    assert guest_keeps == host_keeps
    assert isinstance(host_receives, ReceiveUnder)
    assert switched == Transmit(Switched())
    assert isinstance(host_sends, SendUnder)
    (guest_receives,) = two.guest.receive(Switched(), 1.0)
    assert isinstance(guest_receives, ReceiveUnder)
    for sending, receiving in (
        (guest_sends.cipher, host_receives.cipher),
        (host_sends.cipher, guest_receives.cipher),
    ):
        assert receiving.decrypt_with_ad(b"", sending.encrypt_with_ad(b"", b"hello")) == b"hello"
    assert two.host.handshake_hash == two.guest.handshake_hash != HASH


def test_it_begins_after_so_many_records() -> None:
    """With the one that makes it 65 536, not before; the host asks once, the guest begins."""
    two = Two()
    for _ in range(limits.RENEW_RECORDS - 1):
        assert not any(side.passed(is_text=False) for side in (two.guest, two.host))
    assert two.guest.tick(1.0) == two.host.tick(1.0) == []
    assert all(side.passed(is_text=False) for side in (two.guest, two.host))
    assert isinstance(only(two.guest.tick(1.0)), Handshake)
    assert said(two.host.tick(1.0)) == [Renew()]
    assert two.host.tick(1.0) == two.guest.tick(1.0) == []


def test_it_begins_after_ten_minutes_in_which_something_was_said() -> None:
    """Silence, with its pings, changes nothing."""
    two = Two()
    two.guest.passed(is_text=False)
    assert two.guest.tick(1e6) == []
    spoken = Two().guest
    spoken.passed(is_text=True)
    spoken.passed(is_text=False)
    assert spoken.tick(limits.RENEW_SECONDS - 0.1) == []
    assert isinstance(only(spoken.tick(limits.RENEW_SECONDS)), Handshake)


def test_a_wish_that_crosses_the_beginning_has_been_fulfilled() -> None:
    """The guest begins once."""
    two = Two()
    two.guest.receive(Renew(), 1.0)
    assert two.guest.receive(Renew(), 1.0) == []


def test_another_key_is_refused() -> None:
    """Whoever renews must be who opened the link."""
    other = fake_primitives(Random(9)).dh.generate_keypair()
    two = Two(guest=other)
    m2 = only(two.host.receive(only(two.guest.receive(Renew(), 1.0)), 1.0))
    m3 = said(two.guest.receive(m2, 1.0))[0]
    assert isinstance(m3, Handshake)
    with pytest.raises(WrongKey):
        two.host.receive(m3, 1.0)


@pytest.mark.parametrize("message", [Switched(), Handshake(b"x"), Handshake(bytes(1216))])
def test_what_belongs_to_no_handshake_is_refused(message: object) -> None:
    """And so is a `renew` to a host."""
    two = Two()
    for side in (two.guest, two.host):
        with pytest.raises(RemoteProtocolError):
            side.receive(message, 1.0)  # type: ignore[arg-type]
    with pytest.raises(Unexpected):
        Two().host.receive(Renew(), 1.0)


def test_a_changed_message_is_refused() -> None:
    """Every message of the handshake, in a few places."""
    for at in (0, 31, 500):
        two = Two()
        m1 = only(two.guest.receive(Renew(), 1.0))
        m2 = only(two.host.receive(m1, 1.0))
        changed = bytearray(m2.message)
        changed[at] ^= 1
        with pytest.raises(RemoteProtocolError):
            two.guest.receive(Handshake(bytes(changed)), 1.0)


# -- on links


def link(side: Side) -> PeerLink:
    """The chosen link of one side."""
    assert side.link is not None
    return side.link


def sending(pair: Pair) -> set[CipherState]:
    """The ciphers that both sides send under; who holds them keeps another from being taken for
    one of them."""
    return {secured.sending for side in pair.sides if (secured := link(side).secured)}


@pytest.mark.parametrize("seed", range(20))
def test_a_long_conversation_loses_nothing(seed: int) -> None:
    """While both talk without a pause, the keys change again and again, in order and unseen."""
    pair = Pair(seed).talk()
    before, expected = sending(pair), []
    for minute in range(45):
        pair.network.advance(60)
        for n in range(3):
            text = f"{minute}.{n}"
            expected.append(text)
            pair.host.talking.say(Message(text))
            pair.guest.talking.say(Message(text))
    pair.network.settle()
    assert pair.guest.heard == pair.host.heard == expected
    assert pair.host.ended is pair.guest.ended is None
    assert not before & sending(pair)
    assert not pair.network.errors


def test_new_keys_while_texts_are_on_their_way(monkeypatch: pytest.MonkeyPatch) -> None:
    """With a renewal every few records there is one at every point of a conversation."""
    monkeypatch.setattr(limits, "RENEW_RECORDS", 5)
    for seed in range(30):
        pair = Pair(seed).talk()
        for n in range(40):
            pair.host.talking.say(Message(f"a{n}"))
            pair.guest.talking.say(Message(f"b{n}"))
            pair.network.advance(pair.random.choice((0, 0.01, 0.1)))
        pair.network.settle()
        assert pair.guest.heard == [f"a{n}" for n in range(40)]
        assert pair.host.heard == [f"b{n}" for n in range(40)]


def test_old_keys_are_worth_nothing_after_the_switch() -> None:
    """Whoever has copied them can neither read what follows nor write on the link."""
    pair = Pair().talk()
    secured = link(pair.guest).secured
    assert secured is not None
    old = secured.sending
    pair.guest.talking.say(Message("one"))
    pair.network.advance(limits.RENEW_SECONDS + (limits.PING_SECONDS << limits.PING_DOUBLINGS))
    pair.network.settle()
    assert link(pair.guest).secured.sending is not old  # type: ignore[union-attr]
    transport = link(pair.guest).channel.transport
    assert transport is not None
    transport.write(Sealer(old, limits.PEER_PLAINTEXT).seal(b"forged"))
    pair.network.settle()
    assert pair.host.is_over
    assert pair.host.heard == ["one"]


def test_each_step_has_its_time() -> None:
    """Whoever waits for the other side knows until when; whoever waits for nothing does not."""
    two, limit = Two(), limits.RENEWAL_SECONDS
    assert two.guest.deadline is two.host.deadline is None
    m1 = only(two.guest.receive(Renew(), 1.0))
    assert two.guest.deadline == 1 + limit
    m2 = only(two.host.receive(m1, 2.0))
    assert two.host.deadline == 2 + limit
    _, m3, _ = two.guest.receive(m2, 3.0)
    assert two.guest.deadline == 3 + limit
    assert isinstance(m3, Transmit)
    two.host.receive(m3.message, 4.0)
    assert two.host.deadline is None
    two.guest.receive(Switched(), 5.0)
    assert two.guest.deadline is None
    asking = Two().host
    for _ in range(limits.RENEW_RECORDS):
        asking.passed(is_text=False)
    asking.tick(7.0)
    assert asking.deadline == 7 + limit


@pytest.mark.parametrize("who", ["host", "guest"])
def test_whoever_holds_a_renewal_back_gains_nothing(who: str, monkeypatch: Any) -> None:
    """Someone who knows the record keys swallows every renewal: the link ends, without a `close`,
    and the conversation goes on over a fresh handshake; nothing is lost."""
    pair = Pair().talk()
    for side in pair.sides:
        side.resumes = True
    mute = link(pair.host if who == "host" else pair.guest)
    monkeypatch.setattr(mute._renewal, "receive", lambda *_: [])
    monkeypatch.setattr(mute._renewal, "tick", lambda *_: [])
    before = pair.host.secrets, sending(pair)
    pair.host.talking.say(Message("one"))
    pair.network.advance(limits.RENEW_SECONDS)
    pair.guest.talking.say(Message("two"))
    pair.network.settle()
    began = pair.network.seconds()
    pair.network.run(lambda: pair.host.breaks and pair.guest.breaks, 2 * limits.RENEWAL_SECONDS)
    # It begins with the next look at the keys, in silence as well.
    late = limits.PING_SECONDS + limits.GUEST_LATER_SECONDS
    assert pair.network.seconds() - began <= limits.RENEWAL_SECONDS + late
    pair.host.talking.say(Message("three"))
    pair.network.run(lambda: len(pair.guest.heard) == 2, limits.RACE_SECONDS)
    assert pair.host.heard == ["two"]
    assert pair.host.secrets != before[0]
    assert not before[1] & sending(pair)
    assert not pair.host.is_over
    assert not pair.guest.is_over
