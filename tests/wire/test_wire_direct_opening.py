"""The opening of a direct link: two real sides, whoever dialled, and strangers of every kind."""

import hmac
from collections.abc import Callable

import pytest
from msgspec.structs import replace
from wire_pairs import (
    DIALLERS,
    GUEST,
    HOST,
    INTRODUCTION,
    LABELS,
    OTHERS,
    STRANGER,
    assert_joined,
    guest,
    host,
    identity,
    introduction,
    join,
    peers,
    secured,
)

from chatd import limits
from chatd.errors import BadKey, BadRecord, ChatdError, Malformed, Unexpected, WrongKey
from chatd.noise.keys import REAL, KeyPair
from chatd.noise.lengths import message_lengths
from chatd.noise.patterns import XXHFS_PSK0
from chatd.noise.suites import SUITES
from chatd.wire import lines
from chatd.wire.direct_opening import GuestSide, HostSide
from chatd.wire.keying import Introduction
from chatd.wire.opening import Opening

KNOCK = lines.knock(INTRODUCTION.psk_and_knock()[1])
WRONG_KNOCK = lines.knock(bytes(16))
NOT_FIRST = [b"", KNOCK, WRONG_KNOCK, b"CHATD/1 gcm", b"NO full", b"GET / HTTP/1.1"]
NOT_FIRST += [lines.noise(bytes(1248)), lines.noise(bytes(1216)), b"NOISE QR=="]


def first_line(theirs: GuestSide) -> bytes:
    """The first line of a guest that dialled."""
    (line,) = theirs.start()
    return line


def m1(known: Introduction = INTRODUCTION) -> bytes:
    """The first line of a new guest."""
    return first_line(guest(known, dialled=True))


def flipped(line: bytes) -> bytes:
    """A handshake line with one bit changed."""
    message = bytearray(lines.read_noise(line))
    message[40] ^= 1
    return lines.noise(bytes(message))


@pytest.mark.parametrize("dialler", DIALLERS)
@pytest.mark.parametrize("suite", LABELS)
def test_both_sides_open_whoever_dialled(suite: str, dialler: str) -> None:
    """Host and guest get the same keys and each the other's introduced identity."""
    ours, theirs = peers(introduction(suite), dialler)
    join(ours, theirs)
    assert_joined(ours, theirs)
    assert secured(ours).suite == suite
    assert secured(ours).remote_identity == identity(GUEST)
    assert secured(theirs).remote_identity == identity(HOST)


@pytest.mark.parametrize("dialler", DIALLERS)
def test_the_host_knocks_only_where_it_dialled(dialler: str) -> None:
    """A link that the host accepted sees nothing of it before m1."""
    ours, theirs = peers(INTRODUCTION, dialler)
    carried = join(ours, theirs)
    assert carried.count(KNOCK) == (dialler != "guest")
    assert len(carried) == 3 + (dialler != "guest")


@pytest.mark.parametrize("suite", LABELS)
def test_messages_have_the_lengths_of_the_pattern(suite: str) -> None:
    """The three NOISE lines carry what the pattern with a pre-shared key gives."""
    carried = join(*peers(introduction(suite), "guest"))
    sizes = [len(lines.read_noise(line)) for line in carried]
    assert tuple(sizes) == message_lengths(XXHFS_PSK0, SUITES[suite], REAL)
    assert max(map(len, carried)) <= limits.LINE


def test_a_simultaneous_open_takes_the_knock_before_or_after_the_answer() -> None:
    """A guest that dialled skips one right KNOCK, whenever it arrives."""
    ours, theirs = peers(INTRODUCTION, "both")
    (knock,), (first,) = ours.start(), theirs.start()
    (second,) = ours.receive_line(first)
    assert theirs.receive_line(knock) == []
    (third,) = theirs.receive_line(second)
    ours.receive_line(third)
    assert_joined(ours, theirs)


@pytest.mark.parametrize("dialled", [True, False])
def test_a_second_knock_ends_the_link(dialled: bool) -> None:
    """One KNOCK is skipped, and no more."""
    theirs = guest(INTRODUCTION, dialled=dialled)
    theirs.start()
    theirs.receive_line(KNOCK)
    with pytest.raises(Malformed):
        theirs.receive_line(KNOCK)


@pytest.mark.parametrize("dialled", [True, False])
def test_a_wrong_knock_ends_the_link(dialled: bool) -> None:
    """Whoever does not know the secret hears nothing from a guest."""
    theirs = guest(INTRODUCTION, dialled=dialled)
    theirs.start()
    with pytest.raises((Malformed, Unexpected)):
        theirs.receive_line(WRONG_KNOCK)


@pytest.mark.parametrize("line", [b"", WRONG_KNOCK, lines.noise(bytes(1200)), b"CHATD/1 gcm"])
def test_a_guest_that_was_dialled_waits_for_the_knock(line: bytes) -> None:
    """Without a right KNOCK, nothing of the guest goes out."""
    theirs = guest(INTRODUCTION, dialled=False)
    assert theirs.start() == []
    with pytest.raises(Unexpected):
        theirs.receive_line(line)


@pytest.mark.parametrize("dialled", [True, False])
@pytest.mark.parametrize("line", NOT_FIRST)
def test_a_host_answers_nothing_but_a_right_first_message(line: bytes, dialled: bool) -> None:
    """Any other line is an error, KNOCK on the wrong side included."""
    ours = host(INTRODUCTION, dialled=dialled)
    ours.start()
    with pytest.raises((Malformed, BadRecord, BadKey)):
        ours.receive_line(line)
    assert ours.secured is None


@pytest.mark.parametrize("dialled", [True, False])
def test_a_host_does_not_talk_to_itself(dialled: bool) -> None:
    """Its own lines, and those of a link that leads back, open nothing."""
    ours, other = host(INTRODUCTION, dialled=True), host(INTRODUCTION, dialled=dialled)
    (line,) = ours.start()
    for side in (ours, other):
        with pytest.raises(Malformed):
            side.receive_line(line)


def test_a_guest_does_not_talk_to_itself() -> None:
    """Its own first message is no answer, and it does not answer one."""
    theirs, other = guest(INTRODUCTION, dialled=True), guest(INTRODUCTION, dialled=False)
    (line,) = theirs.start()
    for side in (theirs, other):
        with pytest.raises((BadRecord, Unexpected)):
            side.receive_line(line)


def refuse(*_: bytes) -> None:
    """Stay silent."""
    raise Unexpected


def test_a_host_is_asked_before_it_answers() -> None:
    """With the ephemeral key of an m1 that verified; where it is not to answer, it says nothing."""
    admitted: list[bytes] = []
    line = m1()
    ours = host(INTRODUCTION, dialled=False, admit=admitted.append)
    assert ours.receive_line(line)
    assert admitted == [lines.read_noise(line)[:32]]
    with pytest.raises(Unexpected):
        host(INTRODUCTION, dialled=False, admit=refuse).receive_line(m1())


def test_a_first_message_that_does_not_verify_is_not_counted() -> None:
    """A stranger cannot use up the answers of a host."""
    admitted: list[bytes] = []
    stranger = m1(replace(INTRODUCTION, id=bytes(16)))
    with pytest.raises(BadRecord):
        host(INTRODUCTION, dialled=False, admit=admitted.append).receive_line(stranger)
    assert admitted == []


def test_a_guest_is_asked_before_it_answers_a_knock() -> None:
    """Only a right one counts, and none where it dialled itself."""
    theirs = GuestSide(INTRODUCTION, GUEST, refuse, dialled=False)
    with pytest.raises(Unexpected):
        theirs.receive_line(KNOCK)
    asked: list[int] = []
    theirs = GuestSide(INTRODUCTION, GUEST, lambda: asked.append(1), dialled=False)
    with pytest.raises(Unexpected):
        theirs.receive_line(WRONG_KNOCK)
    assert asked == []
    dialled = GuestSide(INTRODUCTION, GUEST, refuse, dialled=True)
    dialled.start()
    assert dialled.receive_line(KNOCK) == []


def test_a_guest_with_another_key_is_refused() -> None:
    """The host compares the key that it receives with the introduced one."""
    ours = host(INTRODUCTION, dialled=False)
    with pytest.raises(WrongKey):
        join(ours, guest(INTRODUCTION, dialled=True, static=STRANGER))
    assert ours.secured is None


def test_a_host_with_another_key_is_refused_before_the_guest_shows_itself() -> None:
    """The guest compares the key that it receives, and writes no m3 if it is another."""
    ours, theirs = (
        host(INTRODUCTION, dialled=False, static=STRANGER),
        guest(INTRODUCTION, dialled=True),
    )
    (second,) = ours.receive_line(first_line(theirs))
    with pytest.raises(WrongKey):
        theirs.receive_line(second)
    assert theirs.secured is None


@pytest.mark.parametrize("dialler", DIALLERS)
@pytest.mark.parametrize("changed", OTHERS)
def test_two_who_know_different_things_do_not_meet(changed: str, dialler: str) -> None:
    """A server that tells two people different things gets no link between them."""
    ours = host(INTRODUCTION, dialled=dialler != "guest")
    theirs = guest(OTHERS[changed], dialled=dialler != "host")
    with pytest.raises(ChatdError):
        join(ours, theirs)
    assert (ours.secured, theirs.secured) == (None, None)


@pytest.mark.parametrize("side", ["host", "guest"])
def test_a_wrong_secret_gets_no_answer(side: str) -> None:
    """An m1 under another PSK does not verify, although all names, keys and offers are right."""
    wrong = replace(getattr(INTRODUCTION, side), secret=bytes(32))
    with pytest.raises(BadRecord):
        host(INTRODUCTION, dialled=False).receive_line(m1(replace(INTRODUCTION, **{side: wrong})))


def test_claiming_the_introduced_key_is_not_enough() -> None:
    """Whoever has all secrets but not the private key is refused by either side."""
    as_host = KeyPair(STRANGER.private, HOST.public)
    as_guest = KeyPair(STRANGER.private, GUEST.public)
    with pytest.raises(BadRecord):
        join(host(INTRODUCTION, dialled=False, static=as_host), guest(INTRODUCTION, dialled=True))
    with pytest.raises(BadRecord):
        join(host(INTRODUCTION, dialled=False), guest(INTRODUCTION, dialled=True, static=as_guest))


@pytest.mark.parametrize("index", [1, 2])
def test_a_changed_answer_fails_the_handshake(index: int) -> None:
    """One bit in m2 or m3 ends the opening."""
    ours, theirs = peers(INTRODUCTION, "guest")
    line = first_line(theirs)
    sides: list[Opening] = [ours, theirs, ours]
    for side in sides[:index]:
        (line,) = side.receive_line(line)
    with pytest.raises(BadRecord):
        sides[index].receive_line(flipped(line))
    assert ours.secured is None


class Watch:
    """A guest that finishes what it is told to, later."""

    def __init__(self) -> None:
        self.asked_times = 0
        self.finish: Callable[[], list[bytes]] | None = None

    def asked(self) -> None:
        self.asked_times += 1

    def ready(self, finish: Callable[[], list[bytes]]) -> None:
        self.finish = finish


def waiting(watch: Watch, *, dialled: bool = True) -> tuple[HostSide, GuestSide]:
    """Two sides, of which the guest has read m2 and not answered."""
    ours = host(INTRODUCTION, dialled=not dialled)
    theirs = GuestSide(INTRODUCTION, GUEST, lambda: None, dialled=dialled, watch=watch)
    (first,) = theirs.start() if dialled else theirs.receive_line(KNOCK)
    (second,) = ours.receive_line(first)
    assert theirs.receive_line(second) == []
    assert theirs.secured is None
    return ours, theirs


@pytest.mark.parametrize("dialled", [True, False])
def test_a_guest_finishes_when_it_is_told_to(dialled: bool) -> None:
    """Until then it has shown its key to nobody, and has no keys."""
    watch = Watch()
    ours, theirs = waiting(watch, dialled=dialled)
    assert watch.asked_times == 1
    assert watch.finish is not None
    (third,) = watch.finish()
    ours.receive_line(third)
    assert ours.secured is not None
    assert theirs.secured is not None
    assert ours.secured.handshake_hash == theirs.secured.handshake_hash


@pytest.mark.parametrize("line", [*NOT_FIRST, m1()])
def test_nothing_comes_between_m2_and_m3(line: bytes) -> None:
    """A host has nothing to say there, and a KNOCK comes before m2."""
    watch = Watch()
    _, theirs = waiting(watch)
    with pytest.raises(Unexpected):
        theirs.receive_line(line)


def test_the_resume_secret_is_of_one_handshake() -> None:
    """Both have it; another handshake of the same two, under the same introduction, leaves another;
    and the hash of the transcript, which others may know, is not enough for it."""
    seen = set()
    for _ in range(2):
        ours, theirs = peers(INTRODUCTION, "guest")
        join(ours, theirs)
        assert ours.secured is not None
        assert theirs.secured is not None
        secret = ours.secured.resume_secret
        assert len(secret) == 32
        assert secret == theirs.secured.resume_secret
        h = ours.secured.handshake_hash
        assert secret not in (h, hmac.digest(h, b"chatd/1 resume" + h, "sha256"))
        seen.add(secret)
    assert len(seen) == 2
