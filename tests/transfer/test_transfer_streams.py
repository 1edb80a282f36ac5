"""Transfers from end to end without I/O: whole, once, whatever breaks."""

from random import Random

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from memory_disks import File, MemoryLanding, MemorySource
from two_ends import ROOM, End, TwoEnds

from chatd import limits
from chatd.transfer.disks import Block, Position
from chatd.transfer.tree import block_hash
from chatd.wire.chunk import Data, read_pieces

ID = bytes(16)


@pytest.fixture(autouse=True)
def small_blocks(monkeypatch: pytest.MonkeyPatch) -> None:
    """Files of some kilobytes have several blocks."""
    monkeypatch.setattr(limits, "BLOCK", 4096)
    monkeypatch.setattr(limits, "SYNC_BYTES", 20_000)
    monkeypatch.setattr(limits, "WINDOW", 64_000)
    monkeypatch.setattr(limits, "WINDOW_STEP", 2000)
    monkeypatch.setattr(limits, "READ_AHEAD", 10_000)


def source_of(random: Random, sizes: list[int], folders: list[int] | None = None) -> MemorySource:
    return MemorySource([File(random.randbytes(size)) for size in sizes], folders or [])


def assert_whole(source: MemorySource, landing: MemoryLanding) -> None:
    """Everything is on the disk for good, as the giver has it."""
    for index, file in enumerate(source.files):
        if index in source.folders:
            continue
        kept = landing.durable[index]
        if file is None:
            assert kept.omitted == "gone"
        else:
            assert kept.whole == file.data


def test_files_arrive() -> None:
    """Empty ones, one of exactly a block, several blocks, and folders between them."""
    ends = TwoEnds(Random(1))
    source = source_of(ends.random, [0, 1, 4096, 0, 4097, 40_000, 8192], folders=[0, 3])
    ends.giver.give(ID, source)
    ends.link()
    ends.run()
    assert ends.giver.ended == ends.taker.ended == {ID: "done"}
    assert_whole(source, ends.taker.landings[ID])
    assert not ends.giver.streams.sendings
    assert not ends.taker.streams.receivings


EVENTS = [
    "cut",
    "taker",
    "giver",
    "both",
    "change",
    "change unseen",
    "full",
    "pause",
    "flip",
    "rot",
]


@settings(max_examples=25, deadline=None, suppress_health_check=list(HealthCheck))
@given(
    st.integers(0, 2**32),
    st.lists(st.sampled_from([0, 1, 100, 4095, 4096, 4097, 9000, 30_000]), min_size=1, max_size=8),
    st.lists(st.sampled_from(EVENTS)),
)
def test_whatever_breaks_files_arrive_whole(seed: int, sizes: list[int], events: list[str]) -> None:
    """Links that are cut, programs that are killed, files that change, also between two runs and
    at the same time, disks that fill, pauses, bytes that flip, on their way or on a disk: in the
    end everything is there as the giver has it, once."""
    random = Random(seed)
    ends = TwoEnds(random)
    source = source_of(random, sizes)
    ends.giver.give(ID, source)
    ends.link()
    for event in events:
        for _ in range(random.randint(0, 60)):
            if not ends.step():
                break
        happen(ends, source, event)
        assert ends.taker.most_held <= limits.WINDOW
    for end in (ends.giver, ends.taker):
        for transfer in (*end.streams.sendings.values(), *end.streams.receivings.values()):
            if transfer.is_paused:
                end.do(end.streams.done(transfer, transfer.go_on()))
    if ends.taker.landings:
        make_room(ends)
    ends.link()
    ends.run()
    assert ends.giver.ended == ends.taker.ended == {ID: "done"}
    check_against(source, ends.taker.landings[ID])


def check_against(source: MemorySource, landing: MemoryLanding) -> None:
    """Each file is one that the giver has had, whole."""
    for index, file in enumerate(source.files):
        kept = landing.durable[index]
        assert file is not None
        if kept.omitted is None:
            assert kept.whole is not None
            assert kept.whole in (file.data, *source.history[index])
        else:
            assert kept.omitted in ("changing", "grown")


def happen(ends: TwoEnds, source: MemorySource, event: str) -> None:
    random = ends.random
    match event:
        case "cut":
            ends.link()
        case "taker" | "giver" | "both":
            ends.cut()
            for name, end in (("taker", ends.taker), ("giver", ends.giver)):
                end.crash() if event in (name, "both") else end.meet_again()
            ends.link()
        case "change":
            which = random.randrange(len(source.files))
            change(random, source, which)
        case "full":
            for landing in ends.taker.landings.values():
                landing.room = random.randint(0, 5000)
        case "pause":
            end = random.choice([ends.giver, ends.taker])
            for transfer in (*end.streams.sendings.values(), *end.streams.receivings.values()):
                steps = transfer.go_on() if transfer.is_paused else transfer.pause()
                end.do(end.streams.done(transfer, steps))
        case "flip":
            ends.giver.flips += 1
        case "rot":
            ends.cut()
            rot(random, ends.taker)
            ends.taker.crash()
            ends.giver.meet_again()
            ends.link()
        case "change unseen":
            ends.cut()
            which = random.randrange(len(source.files))
            change(random, source, which, is_seen=False)
            ends.giver.crash()
            ends.taker.meet_again()
            ends.link()


def rot(random: Random, taker: End) -> None:
    """A byte flips on the disk of a taker that does not run, in whatever it has."""
    for landing in () if taker.ended else taker.landings.values():
        there = [(i, kept) for i, kept in landing.durable.items() if kept.blocks]
        if there:
            index, kept = random.choice(there)
            landing.rot(index, random.randrange(len(kept.blocks)))


def change(random: Random, source: MemorySource, which: int, *, is_seen: bool = True) -> None:
    """A byte of the file, or its length; or a byte, at the same time."""
    file = source.files[which]
    assert file is not None
    source.history.setdefault(which, [])
    source.history[which].append(file.data)
    data = bytearray(file.data)
    if data and (random.random() < 0.7 or not is_seen):
        data[random.randrange(len(data))] ^= 1
    else:
        data += random.randbytes(random.randint(1, 3000))
    source.files[which] = File(bytes(data), file.modified + (1 if is_seen or not file.data else 0))


def make_room(ends: TwoEnds) -> None:
    for id, landing in ends.taker.landings.items():
        landing.room = None
        receiving = ends.taker.streams.receivings.get(id)
        if receiving is not None:
            ends.taker.do(ends.taker.streams.done(receiving, receiving.has_room()))


def sent_bytes(ends: TwoEnds) -> int:
    """Bytes of files that the giver has sent from now to the end."""
    total = 0
    hear = ends.taker.hear

    def count(what: object) -> None:
        nonlocal total
        if isinstance(what, bytes):
            pieces = (piece for piece, _ in read_pieces(what))
            total += sum(len(piece.data) for piece in pieces if isinstance(piece, Data))
        hear(what)

    ends.taker.hear = count  # type: ignore[method-assign]
    ends.run()
    return total


def half_done(random: Random) -> tuple[TwoEnds, MemorySource]:
    """The taker has more than a half of a file of 100 blocks, and both programs are killed."""
    ends = TwoEnds(random)
    source = source_of(random, [100 * limits.BLOCK])
    ends.giver.give(ID, source)
    ends.link()
    while ends.taker.streams.receivings == {} or not durable(ends, 50):
        ends.step()
    ends.cut()
    for end in (ends.giver, ends.taker):
        end.crash()
    return ends, source


def durable(ends: TwoEnds, blocks: int) -> bool:
    landing = ends.taker.landings.get(ID)
    return landing is not None and landing.durable_at.block > blocks


def test_nothing_is_sent_again_that_is_there() -> None:
    """After both were killed the giver begins at the block that the taker is at; what is before
    that is read again, once, beside what is sent."""
    ends, source = half_done(Random(1))
    at = ends.taker.landings[ID].durable_at.block
    source.reads.clear()
    ends.link()
    sent = sent_bytes(ends)
    assert ends.taker.ended == {ID: "done"}
    assert sent == (100 - at) * limits.BLOCK
    assert source.reads[0] == (0, at)
    again = [block for _, block in source.reads if block < at]
    assert again == list(range(at))
    assert (0, 99) in source.reads[: source.reads.index((0, at - 1))]
    assert_whole(source, ends.taker.landings[ID])


@pytest.mark.parametrize("blocks", [[0], [50], [7, 8, 40]])
def test_what_has_rotted_comes_again_and_nothing_else(blocks: list[int]) -> None:
    """Bytes of a file in part flip on the disk of the taker while it does not run: it goes on at
    once, and before the file is whole these blocks have come again."""
    ends, source = half_done(Random(1))
    landing = ends.taker.landings[ID]
    at = landing.durable_at.block
    for block in blocks:
        landing.rot(0, block)
    source.reads.clear()
    ends.link()
    more = sent_bytes(ends) - (100 - at + len(blocks)) * limits.BLOCK
    # Beside that, what was on its way when it was found.
    assert 0 <= more <= limits.WINDOW // limits.STREAMS_AT_ONCE
    assert source.reads[0] == (0, at)
    assert ends.taker.ended == ends.giver.ended == {ID: "done"}
    assert landing.was_wrong == 1
    assert_whole(source, landing)


class KilledAtTheEnd(MemoryLanding):
    """Its program is killed as soon as the disk has everything."""

    def sync(self, position: Position) -> None:
        was_there = self.durable_at.index
        super().sync(position)
        if was_there < position.index == 3:
            raise KeyboardInterrupt


@pytest.mark.parametrize("rotten", [[0], [0, 2], [0, 1, 2]])
def test_several_files_that_have_rotted_when_all_was_there_come_again(rotten: list[int]) -> None:
    """One after the other, as they are found, before anything is called whole."""
    ends = TwoEnds(Random(1))
    source = source_of(ends.random, [9000] * 3)
    ends.giver.give(ID, source)
    ends.taker.landings[ID] = landing = KilledAtTheEnd()
    ends.link()
    with pytest.raises(KeyboardInterrupt):
        ends.run()
    ends.cut()
    for end in (ends.giver, ends.taker):
        end.crash()
    for index in rotten:
        landing.rot(index, 1)
    landing.writes = 0
    ends.link()
    ends.run()
    assert ends.taker.ended == ends.giver.ended == {ID: "done"}
    assert landing.writes == len(rotten)
    assert_whole(source, landing)


def test_of_a_file_that_changed_unseen_only_what_differs_goes_again() -> None:
    """The size and the time are as they were when the programs were killed, and the giver finds it
    when it reads again what is before."""
    ends, source = half_done(Random(1))
    file = source.files[0]
    assert file is not None
    at = ends.taker.landings[ID].durable_at.block
    data = bytearray(file.data)
    data[5 * limits.BLOCK] ^= 1
    source.files[0] = File(bytes(data), file.modified)
    ends.link()
    assert sent_bytes(ends) <= (100 - at + 2) * limits.BLOCK
    assert_whole(source, ends.taker.landings[ID])


def test_of_a_file_that_has_changed_only_what_differs_goes_again() -> None:
    """It is read from its beginning, and compared block by block with what the taker has."""
    ends, source = half_done(Random(2))
    at = ends.taker.landings[ID].durable_at.block
    file = source.files[0]
    assert file is not None
    changed = bytearray(file.data)
    changed[10 * limits.BLOCK] ^= 1
    source.files[0] = File(bytes(changed), file.modified + 1)
    ends.link()
    sent = sent_bytes(ends)
    assert ends.taker.ended == {ID: "done"}
    assert sent <= (100 - at + 1) * limits.BLOCK
    assert_whole(source, ends.taker.landings[ID])


def test_a_byte_that_flipped_on_the_disk_of_the_taker_costs_its_block() -> None:
    """Where a file is compared, as it has changed: that block comes again, and what was on its
    way, but not what is there of the rest."""
    ends, source = half_done(Random(3))
    landing = ends.taker.landings[ID]
    at = landing.durable_at.block
    file = source.files[0]
    assert file is not None
    source.files[0] = File(file.data, file.modified + 1)
    landing.hashes = [block_hash(block) for block in landing.files[0].blocks]
    landing.files[0].blocks[10] = bytes(limits.BLOCK)
    ends.link()
    sent = sent_bytes(ends)
    assert ends.taker.ended == {ID: "done"}
    assert sent <= (100 - at) * limits.BLOCK + 2 * limits.WINDOW
    assert_whole(source, landing)


def test_a_file_that_changes_all_the_time_is_left_out() -> None:
    """After some tries; all else arrives."""
    ends = TwoEnds(Random(3))
    source = source_of(ends.random, [30_000, 10])
    read = source.read

    def changing(index: int, block: int) -> Block:
        file = source.files[0]
        assert file is not None
        source.files[0] = File(file.data, file.modified + 1)
        return read(index, block)

    source.read = changing  # type: ignore[method-assign]
    ends.giver.give(ID, source)
    ends.link()
    ends.run()
    assert ends.taker.ended == {ID: "done"}
    assert ends.taker.landings[ID].durable[0].omitted == "changing"
    assert ends.taker.landings[ID].durable[1].whole == source.files[1].data  # type: ignore[union-attr]


def test_folders_alone_arrive() -> None:
    """There is nothing to wait for."""
    ends = TwoEnds(Random(4))
    ends.giver.give(ID, MemorySource([None, None], [0, 1]))
    ends.link()
    ends.run()
    assert ends.taker.ended == ends.giver.ended == {ID: "done"}


def test_a_stream_whose_end_is_not_known_arrives() -> None:
    """Also where it ends with a block, or is empty."""
    for size in (0, 5, limits.BLOCK, 3 * limits.BLOCK + 1):
        ends = TwoEnds(Random(4))
        text = ends.random.randbytes(size)
        source = MemorySource([File(text, is_stream=True)])
        ends.giver.give(ID, source)
        ends.link()
        ends.run()
        assert ends.taker.ended == {ID: "done"}
        assert ends.taker.landings[ID].durable[0].whole == text


def test_several_transfers_share_the_link_and_the_window() -> None:
    """They take turns; no more than so many go on at once, and the others wait for them."""
    ends = TwoEnds(Random(5))
    ids = [bytes([number]) * 16 for number in range(7)]
    for id in ids:
        ends.giver.give(id, source_of(ends.random, [40_000]))
    ends.link()
    most = 0
    while ends.step():
        receivings = ends.taker.streams.receivings.values()
        most = max(most, sum(each.has_share for each in receivings))
        assert ends.taker.most_held <= limits.WINDOW
    assert most == limits.STREAMS_AT_ONCE
    assert ends.taker.ended == dict.fromkeys(ids, "done")


@pytest.mark.parametrize("is_giver", [True, False])
@pytest.mark.parametrize("is_linked", [True, False])
def test_one_goes_before_all_others(*, is_giver: bool, is_linked: bool) -> None:
    """As a person on either side wants it, also where there is no link at that moment, and where
    the other side's program is started again."""
    ends = TwoEnds(Random(8))
    ids = [bytes([number]) * 16 for number in range(9)]
    for id in ids:
        ends.giver.give(id, source_of(ends.random, [2 * limits.BLOCK]))
    ends.link()
    while sum(each.is_taken for each in ends.taker.streams.receivings.values()) < len(ids):
        ends.step()
    if not is_linked:
        ends.cut()
    wants = ends.giver if is_giver else ends.taker
    wants.do(wants.streams.first(ids[-1]))
    if not is_linked:
        if is_giver:
            ends.taker.crash()
        ends.link()
    ends.run()
    assert list(ends.taker.ended).index(ids[-1]) <= len(ids) // 2
    assert set(ends.taker.ended.values()) == {"done"}
    assert len(ends.taker.ended) == len(ids)


def test_a_giver_sends_of_the_first_alone_as_long_as_it_may() -> None:
    """Others have what it leaves."""
    ends = TwoEnds(Random(9))
    ids = [bytes([number]) * 16 for number in range(3)]
    for id in ids:
        ends.giver.give(id, source_of(ends.random, [9 * limits.BLOCK]))
    streams = ends.giver.streams
    ends.giver.do(streams.first(ids[1]))
    ends.link()
    while not all(each.is_taken and each.has_bulk for each in streams.sendings.values()):
        ends.step()
    first = streams.sendings[ids[1]]
    while first.has_bulk:
        bulk = streams.bulk(ROOM, 0)
        assert bulk is not None
        assert bulk.transfer is first
    bulk = streams.bulk(ROOM, 0)
    assert bulk is not None
    assert bulk.transfer is not first


def test_a_slow_disk_stops_its_stream_and_no_other() -> None:
    """What it has not taken is bounded, and all else goes on to its end."""
    ends = TwoEnds(Random(6))
    slow, quick = bytes([1]) * 16, bytes([2]) * 16
    for id in (slow, quick):
        ends.giver.give(id, source_of(ends.random, [200_000]))
    ends.link()
    work = ends.taker.work
    while True:
        held = work.pop(slow, None)
        went_on = ends.step()
        if held:
            work[slow] = held + work.get(slow, type(held)())
        if not went_on:
            break
    assert ends.taker.ended == {quick: "done"}
    ends.run()
    assert ends.taker.ended == {slow: "done", quick: "done"}


def test_the_rate_is_kept() -> None:
    """Over time no more goes out than is allowed, and all of it in the end."""
    ends = TwoEnds(Random(7))
    ends.giver.give(ID, source_of(ends.random, [50_000]))
    ends.giver.streams.rate = 10_000
    ends.link()
    times = []
    while ID not in ends.giver.ended:
        if not ends.step() or ends.giver.streams.due is not None:
            due = ends.giver.streams.due
            ends.giver.now = max(ends.giver.now, due or 0)
            times.append(ends.giver.now)
    assert 4.9 <= times[-1] <= 6
