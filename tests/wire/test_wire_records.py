"""Records: what goes in comes out, and nothing else does."""

from contextlib import suppress
from weakref import ref

import pytest
from hypothesis import given
from hypothesis import strategies as st
from wire_pairs import LABELS, cipher, direction

from chatd import limits
from chatd.errors import BadRecord, LocalProtocolError, Malformed, TooLarge
from chatd.noise.suites import SUITES
from chatd.wire.records import CHUNK, MESSAGE, Opener, Record, Sealer

LINKS = (limits.SERVER_PLAINTEXT, limits.PEER_PLAINTEXT)
SIZES = [0, 1, 59, 60, 61, 123, 124, 125, 1000]
on_each_link = pytest.mark.parametrize("most", LINKS, ids=["server", "peer"])
in_each_suite = pytest.mark.parametrize("suite", LABELS)


def framed(length: int) -> bytes:
    """What stands before a record."""
    return length.to_bytes(3, "big")


def forged(suite: str, plaintext: bytes) -> bytes:
    """A record with this plaintext, whatever it is, under the keys of `direction`."""
    ciphertext = cipher(suite).encrypt_with_ad(b"", plaintext)
    return framed(len(ciphertext)) + ciphertext


def opened(suite: str, record: bytes, most: int = limits.SERVER_PLAINTEXT) -> Record | None:
    """What a fresh receiver makes of these bytes."""
    opener = Opener(cipher(suite), most)
    opener.feed(record)
    return opener.next()


def padded(kind: int, length: int, body: bytes, size: int) -> bytes:
    """A plaintext of `size` bytes with any header."""
    return (bytes([kind]) + framed(length) + body).ljust(size, b"\0")


@st.composite
def splits(draw: st.DrawFn, stream: bytes) -> list[bytes]:
    """The stream in pieces, empty ones included."""
    cuts = sorted(draw(st.lists(st.integers(0, len(stream)), max_size=12)))
    return [stream[i:j] for i, j in zip([0, *cuts], [*cuts, len(stream)], strict=True)]


@given(st.data())
@in_each_suite
def test_records_come_out_of_any_split(suite: str, data: st.DataObject) -> None:
    """Bodies of any sizes arrive whole and in order, however the stream is cut."""
    sealer, opener = direction(suite, limits.PEER_PLAINTEXT)
    kinds = st.sampled_from([MESSAGE, CHUNK])
    bodies = data.draw(st.lists(st.tuples(kinds, st.binary(max_size=200)), max_size=6))
    stream = b"".join(sealer.seal(body, kind) for kind, body in bodies)
    received = []
    for piece in data.draw(splits(stream)):
        opener.feed(piece)
        while record := opener.next():
            received.append((record.kind, record.body))
    assert received == bodies


@pytest.mark.parametrize("size", SIZES)
@in_each_suite
def test_padding_hides_sizes_up_to_the_next_64(suite: str, size: int) -> None:
    """Header and body are filled to the next multiple of 64, and no further."""
    sealer, opener = direction(suite, limits.SERVER_PLAINTEXT)
    record = sealer.seal(b"x" * size)
    plaintext = (size + 4 + 63) // 64 * 64
    assert len(record) == 3 + SUITES[suite].cipher.ciphertext_length(plaintext)
    opener.feed(record)
    assert opener.next() == Record(MESSAGE, b"x" * size)


@on_each_link
@in_each_suite
def test_the_longest_body_of_a_link(suite: str, most: int) -> None:
    """A plaintext at the limit goes through, a body of one byte more is not sealed."""
    sealer, opener = direction(suite, most)
    body = b"x" * (most - 4)
    with pytest.raises(LocalProtocolError):
        sealer.seal(body + b"x")
    record = sealer.seal(body)
    assert len(record) == 3 + SUITES[suite].cipher.ciphertext_length(most)
    opener.feed(record)
    assert opener.next() == Record(MESSAGE, body)


@on_each_link
@in_each_suite
def test_a_body_in_parts_is_sealed_as_a_whole_one(suite: str, most: int) -> None:
    """Byte by byte, up to the longest one of the link."""
    one, other = direction(suite, most)[0], direction(suite, most)[0]
    longest = b"x" * (most - limits.RECORD_HEADER)
    for parts in ([], [b""], [b"a", bytearray(61), memoryview(b"b")], [longest[1:], b"y"]):
        assert b"".join(one.seal_parts(parts, CHUNK)) == other.seal(b"".join(parts), CHUNK)
    with pytest.raises(LocalProtocolError):
        one.seal_parts([longest, b"y"], CHUNK)


@on_each_link
@in_each_suite
def test_a_length_over_the_limit_is_refused_at_once(suite: str, most: int) -> None:
    """The three bytes of the length are enough, without anything to buffer."""
    longest = SUITES[suite].cipher.ciphertext_length(most)
    opener = Opener(cipher(suite), most)
    opener.feed(framed(longest))
    assert opener.next() is None
    with pytest.raises(TooLarge):
        opened(suite, framed(longest + 1), most)


@in_each_suite
def test_a_length_below_the_smallest_record_is_refused_at_once(suite: str) -> None:
    """Zero and one byte less than an empty body needs; the smallest itself is waited for."""
    shortest = SUITES[suite].cipher.ciphertext_length(64)
    assert opened(suite, framed(shortest)) is None
    for length in (0, 1, shortest - 1):
        with pytest.raises(Malformed):
            opened(suite, framed(length))


@in_each_suite
def test_half_a_length_is_waited_for(suite: str) -> None:
    """Two bytes say nothing yet."""
    assert opened(suite, b"\xff\xff") is None


@in_each_suite
@pytest.mark.parametrize("at", [6, 7, 63])
def test_padding_that_is_not_zero_is_refused(suite: str, at: int) -> None:
    """One bit anywhere behind the body ends the link."""
    plaintext = bytearray(padded(MESSAGE, 2, b"hi", 64))
    assert opened(suite, forged(suite, bytes(plaintext))) == Record(MESSAGE, b"hi")
    plaintext[at] = 1
    with pytest.raises(Malformed):
        opened(suite, forged(suite, bytes(plaintext)))


@pytest.mark.parametrize("size", [65, 72, 127, 128, 192])
@in_each_suite
def test_padding_beyond_the_next_multiple_is_refused(suite: str, size: int) -> None:
    """There is one length for each body."""
    with pytest.raises(Malformed):
        opened(suite, forged(suite, padded(MESSAGE, 2, b"hi", size)))


@pytest.mark.parametrize("length", [61, 124, 65_535, 2**24 - 1])
@in_each_suite
def test_a_body_longer_than_its_record_is_refused(suite: str, length: int) -> None:
    """The inner length has to fit the plaintext."""
    with pytest.raises(Malformed):
        opened(suite, forged(suite, padded(MESSAGE, length, b"", 64)))


@pytest.mark.parametrize("kind", [2, 3, 127, 255])
@in_each_suite
def test_unknown_kinds_are_refused(suite: str, kind: int) -> None:
    """Messages and chunks, and nothing else."""
    with pytest.raises(Malformed):
        opened(suite, forged(suite, padded(kind, 0, b"", 64)))


@pytest.mark.parametrize("at", [3, 40, -1])
@in_each_suite
def test_a_changed_record_is_refused(suite: str, at: int) -> None:
    """One bit in the ciphertext is enough."""
    record = bytearray(direction(suite, 4032)[0].seal(b"hello"))
    record[at] ^= 1
    with pytest.raises(BadRecord):
        opened(suite, bytes(record))


@in_each_suite
def test_a_replayed_record_is_refused(suite: str) -> None:
    """The same bytes a second time do not verify."""
    sealer, opener = direction(suite, 4032)
    record = sealer.seal(b"once")
    opener.feed(record + record)
    assert opener.next() == Record(MESSAGE, b"once")
    with pytest.raises(BadRecord):
        opener.next()


@in_each_suite
def test_reordered_and_dropped_records_are_refused(suite: str) -> None:
    """The second record is no first one."""
    sealer, opener = direction(suite, 4032)
    sealer.seal(b"one")
    opener.feed(sealer.seal(b"two"))
    with pytest.raises(BadRecord):
        opener.next()


@in_each_suite
def test_a_cut_record_is_waited_for(suite: str) -> None:
    """Without its last byte a record is not there, and nothing of it is shown."""
    record = direction(suite, 4032)[0].seal(b"hello")
    for end in range(len(record)):
        assert opened(suite, record[:end]) is None


@in_each_suite
def test_every_record_has_a_key_of_its_own(suite: str) -> None:
    """The key is replaced after each: that of the first, with its nonce moved on, is not enough."""
    sealer = direction(suite, 4032)[0]
    sealer.seal(b"one")
    second = sealer.seal(b"two")
    without_rekey = cipher(suite)
    without_rekey.n = 1
    with pytest.raises(BadRecord):
        without_rekey.decrypt_with_ad(b"", second[3:])
    with_rekey = cipher(suite)
    with_rekey.rekey()
    with_rekey.n = 1
    assert with_rekey.decrypt_with_ad(b"", second[3:]) == padded(MESSAGE, 3, b"two", 64)


@pytest.mark.parametrize("suite", LABELS)
def test_ten_thousand_records_stay_in_step(suite: str) -> None:
    """Both ends change keys together for a long time."""
    sealer, opener = direction(suite, 4032)
    for number in range(10_000):
        opener.feed(sealer.seal(b"%d" % number))
        assert opener.next() == Record(MESSAGE, b"%d" % number)
    assert opener.next() is None


@given(st.binary(max_size=400))
@in_each_suite
def test_garbage_never_becomes_a_record(suite: str, garbage: bytes) -> None:
    """Bytes of a stranger are waited for or refused with an error of ours."""
    record = None
    with suppress(BadRecord, Malformed, TooLarge):
        record = opened(suite, garbage)
    assert record is None


def test_sealing_an_over_long_body_uses_up_nothing() -> None:
    """After the refusal of our own mistake the link goes on."""
    sealer, opener = direction("gcm", 64)
    with pytest.raises(LocalProtocolError):
        sealer.seal(b"x" * 61)
    opener.feed(sealer.seal(b"x" * 60))
    assert opener.next() == Record(MESSAGE, b"x" * 60)


def test_a_sealer_is_not_an_opener_of_another_key() -> None:
    """Each direction has its own key."""
    opener = Opener(cipher("gcm", 1), 4032)
    opener.feed(Sealer(cipher("gcm", 2), 4032).seal(b"hello"))
    with pytest.raises(BadRecord):
        opener.next()


@in_each_suite
def test_all_after_a_switch_is_under_the_other_keys(suite: str) -> None:
    """What came before is read under the old ones, and nothing of them is left."""
    sealer, opener = direction(suite, 4032)
    opener.feed(sealer.seal(b"before"))
    assert opener.next() == Record(MESSAGE, b"before")
    old = sealer.seal(b"old")
    sealer.switch(cipher(suite, 7))
    opener.switch(cipher(suite, 7))
    opener.feed(sealer.seal(b"after") + sealer.seal(b"and on") + old)
    assert [opener.next(), opener.next()] == [Record(MESSAGE, b"after"), Record(MESSAGE, b"and on")]
    with pytest.raises(BadRecord):
        opener.next()


def test_a_switch_is_needed_on_both_sides() -> None:
    """Whoever goes on under the old keys is not read."""
    for late in (Sealer, Opener):
        for side in (sides := direction("gcm", 4032)):
            if not isinstance(side, late):
                side.switch(cipher("gcm", 7))
        sealer, opener = sides
        opener.feed(sealer.seal(b"hello"))
        with pytest.raises(BadRecord):
            opener.next()


@in_each_suite
def test_long_records_come_out_of_pieces_that_hold_several(suite: str) -> None:
    """One that begins in a piece and ends in the next, whatever is asked for in between."""
    sealer, opener = direction(suite, limits.PEER_PLAINTEXT)
    bodies = [bytes([number]) * (1000 * number) for number in range(1, 40)]
    stream = b"".join(map(sealer.seal, bodies))
    received: list[bytes] = []
    for start in range(0, len(stream), 50_000):
        opener.feed(stream[start : start + 50_000])
        if start % 100_000:  # else it is not asked, and there is more than one piece
            continue
        while record := opener.next():
            received.append(record.body)
    while record := opener.next():
        received.append(record.body)
    assert received == bodies
    assert not opener.has_more


@in_each_suite
def test_a_record_that_was_not_asked_for_is_kept_beside_more(suite: str) -> None:
    """One at a time is taken out of two pieces that hold a half each and more."""
    sealer, opener = direction(suite, limits.PEER_PLAINTEXT)
    stream = b"".join(sealer.seal(bytes([number])) for number in range(6))
    opener.feed(stream[:30])
    assert opener.next() is None
    opener.feed(stream[30:-1])
    received = [opener.next()]
    opener.feed(stream[-1:])
    received += [opener.next() for _ in range(5)]
    assert [record.body for record in received if record] == [bytes([n]) for n in range(6)]
    assert opener.next() is None
    assert not opener.has_more


@in_each_suite
@pytest.mark.parametrize("size", [1, 999, 1000, 70_000])
def test_a_long_record_comes_in_pieces(suite: str, size: int) -> None:
    """However small they are, it is said how much is missing, and nothing of it comes before."""
    sealer, opener = direction(suite, limits.PEER_PLAINTEXT)
    records = [sealer.seal(bytes([number]) * 20_000) for number in (1, 2)]
    stream = b"".join(records)
    ends, at = [len(records[0]), len(stream)], 0
    while at < len(stream):
        opener.feed(stream[at : at + size])
        at += size
        while record := opener.next():
            assert record.body == bytes([3 - len(ends)]) * 20_000
            assert ends.pop(0) <= at
        if ends and at + 20_000 - ends[0] > 3:
            assert opener.missing == ends[0] - at
    assert not ends
    assert opener.missing == 0
    assert not opener.has_more


@in_each_suite
def test_a_link_that_waits_keeps_nothing_of_what_it_read(suite: str) -> None:
    """Neither of what was whole nor of what was not: and whoever asks again has none again."""

    class Read(bytearray):
        """What was read, of which one can see that it is gone."""

    sealer, opener = direction(suite, limits.PEER_PLAINTEXT)
    assert opener.next() is None
    stream = sealer.seal(b"one") + sealer.seal(b"two")
    for piece, count in ((stream, 2), (sealer.seal(b"three")[:-1], 0)):
        read = Read(piece)
        gone = ref(read)
        opener.feed(read)
        del read
        assert [opener.next() for _ in range(count + 2)][count:] == [None, None]
        assert gone() is None
