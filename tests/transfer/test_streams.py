"""Transfers from end to end without I/O: whole, once, whatever breaks."""

from random import Random

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from memory_disks import File, MemoryLanding, MemorySource
from two_ends import TwoEnds

from chatd import limits

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


@settings(
    max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
@given(
    st.integers(0, 2**32),
    st.lists(st.sampled_from([0, 1, 100, 4095, 4096, 4097, 9000, 30_000]), min_size=1, max_size=8),
    st.lists(st.sampled_from(["cut", "taker", "giver", "both", "change", "full", "pause", "flip"])),
)
def test_whatever_breaks_files_arrive_whole(seed: int, sizes: list[int], events: list[str]) -> None:
    """Links that are cut, programs that are killed, files that change, disks that fill, pauses,
    bytes that flip: in the end everything is there as the giver has it, once."""
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


def change(random: Random, source: MemorySource, which: int) -> None:
    """A byte of the file, or its length."""
    file = source.files[which]
    assert file is not None
    source.history.setdefault(which, [])
    source.history[which].append(file.data)
    data = bytearray(file.data)
    if data and random.random() < 0.7:
        data[random.randrange(len(data))] ^= 1
    else:
        data += random.randbytes(random.randint(1, 3000))
    source.files[which] = File(bytes(data), file.modified + 1)


def make_room(ends: TwoEnds) -> None:
    for id, landing in ends.taker.landings.items():
        landing.room = None
        receiving = ends.taker.streams.receivings.get(id)
        if receiving is not None:
            ends.taker.do(ends.taker.streams.done(receiving, receiving.has_room()))
