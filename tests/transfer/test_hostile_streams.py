"""A giver or a taker that lies: bounded, refused, said; what was not verified is not written."""

import errno
from collections.abc import Callable
from random import Random
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from memory_disks import File, MemoryLanding, MemorySource
from two_ends import TwoEnds

from chatd import limits
from chatd.errors import Malformed, RemoteProtocolError, TooLarge, Unexpected
from chatd.transfer.disks import Block, Position
from chatd.transfer.manifest import Entry
from chatd.transfer.packed_list import PackedList, packed
from chatd.transfer.receiving import Receiving
from chatd.transfer.steps import (
    BeginFile,
    FinishFile,
    Over,
    Sync,
    Transmit,
    WriteBlock,
    WriteFiles,
)
from chatd.transfer.streams import Do, Streams
from chatd.transfer.tree import NOTHING, block_hash, chained, file_root, small_root
from chatd.wire import chunk as c
from chatd.wire import files as wire

HASH = bytes(32)


def an_id(number: int) -> bytes:
    return number.to_bytes(16, "big")


def a_list(*sizes: int | None) -> PackedList:
    return packed(Entry((f"f{n}",), "file", size, 1, False) for n, size in enumerate(sizes))


def a_give(stream: int, listed: PackedList, **other: Any) -> wire.Give:
    """What an honest giver says of this list, but for what is to be `other`."""
    honest = {
        "id": an_id(stream),
        "entries": len(listed),
        "size": listed.size,
        "length": listed.length,
        "digest": listed.digest,
    }
    return wire.Give(stream, **{**honest, **other})  # type: ignore[arg-type]


def taking(*sizes: int | None) -> tuple[Streams, Receiving]:
    """A taker that has accepted files of these sizes, and has said `from`."""
    streams, entries = Streams(is_host=True), a_list(*sizes)
    streams.opened()
    streams.receive(a_give(2, entries))
    for piece in entries.pieces:
        streams.receive(wire.Listed(2, piece))
    receiving = streams.receivings[an_id(2)]
    steps = streams.done(receiving, receiving.accept(Position()))
    assert any(isinstance(said(each), wire.From) for each in steps)
    return streams, receiving


def said(each: Do) -> object:
    """The message, if that is what is wanted."""
    return each.step.message if isinstance(each.step, Transmit) else None


def chunk(*pieces: c.Piece, run: int = 1, stream: int = 2) -> bytes:
    return c.head(stream, run) + b"".join(map(c.written, pieces))


def data(text: bytes) -> c.Data:
    return c.Data(memoryview(text))


def whole(text: bytes) -> tuple[c.Piece, ...]:
    """A file of one block."""
    digest = block_hash(text)
    root = file_root(len(text), chained(NOTHING, digest))
    return c.Begin(len(text), 1), data(text), c.BlockDone(digest), c.FileDone(root)


def in_one(text: bytes) -> c.Whole:
    """The same in one piece."""
    return c.Whole(memoryview(text), 1, small_root(text))


def test_an_honest_file_is_taken() -> None:
    """What the cases below differ from."""
    streams, _ = taking(2)
    steps = [each.step for each in streams.chunk(chunk(*whole(b"hi")), 0)]
    kinds = [type(step) for step in steps]
    assert kinds[:3] == [BeginFile, WriteBlock, FinishFile]
    streams, _ = taking(2, 2, 4096)
    steps = [each.step for each in streams.chunk(chunk(*[in_one(b"hi")] * 2, c.Begin(4096, 1)), 0)]
    assert [type(step) for step in steps] == [WriteFiles, BeginFile]
    assert isinstance(steps[0], WriteFiles)
    assert ([file.index for file in steps[0].files], steps[0].changed) == ([0, 1], 0)


@pytest.mark.parametrize(
    "pieces",
    [
        [data(b"hi")],
        [c.BlockDone(HASH)],
        [c.Same(HASH)],
        [c.FileDone(HASH)],
        [c.Changed(2, 1)],
        [c.Begin(2, 1), c.Begin(2, 1)],
        [c.Begin(2, 1), c.BlockDone(HASH)],
        [c.Begin(2, 1), c.Same(HASH)],
        [c.Begin(2, 1), c.FileDone(HASH)],
        [c.Begin(2, 1), data(b"h"), c.BlockDone(HASH)],
        [c.Begin(2, 1), data(b"h"), c.FileDone(HASH)],
        [c.Begin(2, 1), data(b"hix")],
        [c.Begin(2, 1), data(b"hi"), c.BlockDone(HASH), data(b"x")],
        [*whole(b"hi"), data(b"x")],
        [*whole(b"hi"), c.Begin(0, 1)],
        [*whole(b"hi"), c.LeftOut("gone")],
        [c.Begin(2, 1), in_one(b"hi")],
        [c.Begin(2, 1), data(b"h"), in_one(b"i")],
        [c.Begin(2, 1), data(b"hi"), c.BlockDone(block_hash(b"hi")), in_one(b"")],
        [*whole(b"hi"), in_one(b"x")],
        [in_one(b"hi"), in_one(b"hi")],
        [in_one(b"hi"), c.FileDone(HASH)],
    ],
)
def test_what_nothing_allows_ends_the_conversation(pieces: list[c.Piece]) -> None:
    """Pieces out of order, sizes that do not fit, anything behind the end."""
    streams, _ = taking(2)
    before, last = pieces[:-1], pieces[-1]
    streams.chunk(chunk(*before), 0)
    with pytest.raises(Unexpected):
        streams.chunk(chunk(last), 0)


@pytest.mark.parametrize("size", [1, 3, 0])
def test_an_input_that_ends_elsewhere_than_it_says_is_never_whole(size: int) -> None:
    """A root for less or more than came: nothing is finished, and in the end it is over."""
    streams, receiving = taking(None)
    digest, landing = block_hash(b"hi"), MemoryLanding()
    wrong = c.FileDone(file_root(size, chained(NOTHING, digest)))
    for run in range(1, limits.WRONG_BLOCKS + 2):
        assert receiving.over is None
        found = streams.chunk(chunk(c.Begin(None, 1), data(b"hi"), c.BlockDone(digest), run=run), 0)
        found += streams.chunk(chunk(wrong, run=run), 0)
        assert not any(isinstance(each.step, FinishFile) for each in found)
        works = [each.step for each in found if isinstance(each.step, BeginFile | WriteBlock)]
        while works:
            done = receiving.done([work.carry_out(landing) for work in works])
            works = [step for step in done if isinstance(step, Sync)]  # type: ignore[misc]
    assert receiving.over == "broken"


class Endless(MemorySource):
    """An input that goes on for ever."""

    def __init__(self) -> None:
        super().__init__([File(b"", is_stream=True)])

    def read(self, index: int, block: int) -> Block:
        self.reads.append((index, block))
        return Block(BLANK, BLANK_HASH, None, 1)


BLANK = bytes(limits.BLOCK)
BLANK_HASH = block_hash(BLANK)


def test_an_input_that_never_ends_waits_for_room() -> None:
    """Where the disk has none it stops, as any other; what is under way is bounded all along, and
    whoever took it can end it."""
    ends = TwoEnds(Random(1))
    source = Endless()
    ends.taker.landings[an_id(1)] = landing = MemoryLanding()
    landing.room = 20 * limits.BLOCK
    ends.giver.give(an_id(1), source)
    ends.link()
    receiving = None
    while receiving is None or not receiving.lacks:
        assert ends.step()
        receiving = ends.taker.streams.receivings.get(an_id(1))
    ends.run()
    assert landing.room < limits.BLOCK
    assert ends.taker.most_held <= limits.WINDOW
    assert max(block for _, block in source.reads) <= 20 + limits.INPUT_KEPT // limits.BLOCK
    ends.taker.do(ends.taker.streams.done(receiving, receiving.end("cancelled")))
    ends.run()
    assert ends.giver.ended == ends.taker.ended == {an_id(1): "cancelled"}


@pytest.mark.parametrize(
    ("code", "why"),
    [(errno.EROFS, "read-only"), (errno.EFBIG, "too-large"), (errno.EIO, "broken")],
)
def test_a_disk_that_takes_no_more_ends_it_with_its_reason(code: int, why: str) -> None:
    """At both sides."""
    ends = TwoEnds(Random(1))
    ends.taker.landings[an_id(1)] = landing = MemoryLanding()
    landing.error = code
    ends.giver.give(an_id(1), MemorySource([File(b"x")]))
    ends.link()
    ends.run()
    assert ends.giver.ended == ends.taker.ended == {an_id(1): why}


def test_an_input_is_no_longer_than_any_file(monkeypatch: pytest.MonkeyPatch) -> None:
    """Else what is left of the disk would be the only bound."""
    monkeypatch.setattr(limits, "OFFERED_SIZE", 3 * limits.BLOCK)
    ends = TwoEnds(Random(1))
    ends.giver.give(an_id(1), Endless())
    ends.link()
    ends.run()
    assert ends.giver.ended == ends.taker.ended == {an_id(1): "grown"}


@pytest.mark.parametrize("size", [2 + limits.FILE_GROWTH + 1, limits.OFFERED_SIZE, None])
def test_a_file_that_is_longer_than_was_offered_ends_the_transfer(size: int | None) -> None:
    """At the bound it is taken, one byte beyond nothing is written, and the giver hears why."""
    streams, receiving = taking(2)
    streams.chunk(chunk(c.Begin(2 + limits.FILE_GROWTH, 1)), 0)
    assert receiving.over is None
    streams, receiving = taking(2)
    steps = streams.chunk(chunk(c.Begin(size, 1), data(b"hi")), 0)
    assert receiving.over == "grown"
    assert [said(each) for each in steps if said(each)] == [wire.End(2, "grown")]
    assert not [each for each in steps if isinstance(each.step, WriteBlock)]


def test_many_files_that_are_a_little_longer_end_the_transfer() -> None:
    """A list of nothing but empty files, which all have what each may have: as many are taken as
    the bound for all together allows, and one more ends it."""
    most = limits.FILES_GROWTH // limits.FILE_GROWTH
    streams, receiving = taking(*[0] * (2 * most))
    content = bytes(limits.FILE_GROWTH)
    digest = block_hash(content)
    begin, block = c.Begin(len(content), 1), c.BlockDone(digest)
    whole = c.FileDone(file_root(len(content), chained(NOTHING, digest)))
    half = len(content) // 2
    for files in range(1, most + 2):
        assert receiving.over is None
        found = streams.chunk(chunk(begin, data(content[:half])), 0)
        found += streams.chunk(chunk(data(content[half:]), block, whole), 0)
        results: list[bool | list[bytes]] = [True for each in found if said(each) is None]
        streams.done(receiving, receiving.done(results))
        assert receiving.received == files * len(content)
    assert receiving.over == "grown"


def test_more_than_the_window_ends_the_conversation() -> None:
    """Every piece counts, and what it costs beside its bytes."""
    streams, receiving = taking(limits.OFFERED_SIZE)
    streams.chunk(chunk(c.Begin(limits.OFFERED_SIZE, 1)), 0)
    text, sent = bytes(60_000), 0
    most = limits.WINDOW // limits.STREAMS_AT_ONCE - 2 * limits.PIECE_COST
    block = 0
    while sent + len(text) + 4 * limits.PIECE_COST < most:
        take = min(len(text), limits.BLOCK - block)
        pieces: list[c.Piece] = [data(text[:take])]
        block += take
        if block == limits.BLOCK:
            pieces.append(c.BlockDone(HASH))
            block = 0
        streams.chunk(chunk(*pieces), 0)
        sent += sum(len(c.written(piece)) + limits.PIECE_COST for piece in pieces)
    assert receiving.outstanding <= limits.WINDOW
    with pytest.raises(Unexpected):
        streams.chunk(chunk(*[data(b"x")] * 1000), 0)


def test_wrong_hashes_are_asked_for_again_and_then_given_up() -> None:
    """Nothing of them is written, each costs a run, and after some of them it is over."""
    streams, receiving = taking(2)
    landing = MemoryLanding()
    begin = c.Begin(2, 1)
    for run in range(1, limits.WRONG_BLOCKS + 2):
        assert receiving.over is None
        pieces = [begin, data(b"hi"), c.BlockDone(HASH)]
        steps = streams.chunk(chunk(*pieces, run=run), 0)
        results: list[bool | list[bytes]] = []
        for each in steps:
            if isinstance(each.step, BeginFile | WriteBlock):
                results.append(each.step.carry_out(landing))
        assert results[-1] is False
        found = streams.done(receiving, receiving.done(results))
    assert receiving.over == "broken"
    assert Over("broken") in [each.step for each in found]
    assert landing.writes == 0


def test_small_files_that_are_not_what_they_say_are_asked_for_again_and_then_given_up() -> None:
    """Nothing of those that came together is written, and after some of these runs it is over."""
    streams, receiving = taking(2, 2)
    landing = MemoryLanding()
    pieces = [in_one(b"hi"), c.Whole(memoryview(b"hi"), 1, HASH)]
    for run in range(1, limits.WRONG_BLOCKS + 2):
        assert receiving.over is None
        steps = streams.chunk(chunk(*pieces, run=run), 0)
        (todo,) = [each.step for each in steps if isinstance(each.step, WriteFiles)]
        streams.done(receiving, receiving.done([todo.carry_out(landing)]))
    assert receiving.over == "broken"
    assert landing.writes == 0


def test_small_files_that_have_grown_too_much_end_the_transfer() -> None:
    """Each by itself, or all together: as many come as the bound allows."""
    most = 2 + limits.FILE_GROWTH
    content = bytes(limits.SMALL_FILE)
    assert len(content) <= most
    files = limits.FILES_GROWTH // len(content)
    streams, receiving = taking(*[0] * (files + 1))
    for number in range(files + 1):
        assert receiving.over is None
        found = streams.chunk(chunk(in_one(content)), 0)
        changed = [each.step.changed for each in found if isinstance(each.step, WriteFiles)]
        assert changed == [1]
        results: list[bool | list[bytes]] = [True for each in found if said(each) is None]
        streams.done(receiving, receiving.done(results))
        assert receiving.received == (number + 1) * len(content)
    assert receiving.over == "grown"


def test_a_root_that_is_not_that_of_the_blocks_makes_no_file_whole() -> None:
    """The taker goes back to what is right, and gives the transfer up in the end."""
    streams, receiving = taking(2)
    landing = MemoryLanding()
    begin, text, block, _ = whole(b"hi")
    pieces: list[c.Piece] = [begin, text, block, c.FileDone(HASH)]
    for run in range(1, limits.WRONG_BLOCKS + 2):
        steps = streams.chunk(chunk(*pieces, run=run), 0)
        todo = [each.step for each in steps if isinstance(each.step, BeginFile | WriteBlock)]
        assert not [each for each in steps if isinstance(each.step, FinishFile)]
        streams.done(receiving, receiving.done([step.carry_out(landing) for step in todo]))
        pieces = [c.FileDone(HASH)]
    assert receiving.over == "broken"
    assert landing.writes == 1


def test_what_was_given_on_a_link_that_was_left_says_nothing_later() -> None:
    """Its number is over, whatever comes of it where that link is gone back to."""
    streams = Streams(is_host=True)
    streams.opened()
    give = a_give(4, a_list(1))
    streams.passed_over(give)
    for message in (give, wire.Wait(4, "paused"), wire.Go(4), wire.End(4, "cancelled")):
        assert streams.receive(message) == []
    assert streams.chunk(chunk(data(b"x"), stream=4), 0) == []
    assert not streams.receivings


@pytest.mark.parametrize(
    "other",
    [
        {"entries": 1},
        {"entries": 3},
        {"size": 2},
        {"size": None},
        {"digest": bytes(32)},
        {"length": 5},
        {"length": 500},
    ],
)
def test_a_list_that_is_not_the_one_that_was_given(other: dict[str, Any]) -> None:
    """Its count, its sizes, its length and its hash are those of `give`, or nothing is shown."""
    entries = a_list(1, 2)
    streams = Streams(is_host=True)
    streams.opened()
    streams.receive(a_give(2, entries, **other))
    try:
        found = [
            each for piece in entries.pieces for each in streams.receive(wire.Listed(2, piece))
        ]
    except (Unexpected, TooLarge):
        return
    assert found == []
    assert not streams.receivings[an_id(2)].is_listed


@pytest.mark.parametrize(
    "piece", [b"", b"\x90", b"\xc0", b"\x91\x01", b"\xdd\xff\xff\xff\xff", b"\x91" * 5000]
)
def test_a_piece_of_a_list_that_is_none(piece: bytes) -> None:
    """Nothing, no entries, something else, huge claims, deep nesting."""
    with pytest.raises(Malformed):
        PackedList().add(piece)


def test_a_list_of_a_million_files_is_refused() -> None:
    """Before its end, however small each entry is."""
    entries = (Entry((f"f{number}",), "file", 0, 0, False) for number in range(1_000_000))
    with pytest.raises(TooLarge):
        packed(entries)


def test_ten_thousand_offers_are_bounded() -> None:
    """A giver may have some open; one more ends the conversation, and their lists have a limit."""
    entries = a_list(1)
    streams = Streams(is_host=True)
    streams.opened()
    for number in range(limits.STREAMS):
        streams.receive(a_give(2 * number + 2, entries))
    assert len(streams.receivings) == limits.STREAMS
    with pytest.raises(Unexpected):
        streams.receive(a_give(2 * limits.STREAMS + 2, entries))


def test_lists_are_asked_for_as_far_as_there_is_room() -> None:
    """The next is told that there is too much, and nothing of it is kept."""
    streams = Streams(is_host=True)
    streams.opened()
    entries = a_list(1)
    streams.receive(a_give(2, entries, length=limits.LIST))
    found = streams.receive(a_give(4, entries, length=1))
    assert [said(each) for each in found] == [wire.End(4, "too-many")]
    assert list(streams.receivings) == [an_id(2)]


def test_offers_that_come_and_go_leave_nothing() -> None:
    """However many: what is remembered of their ends is bounded."""
    streams = Streams(is_host=True)
    streams.opened()
    entries = a_list(1)
    for number in range(1, 1000):
        streams.receive(a_give(2 * number, entries))
        streams.receive(wire.End(2 * number, "cancelled"))
    assert not streams.receivings
    assert len(streams.ends) == limits.TRANSFERS_ENDED


def giving(*sizes: int) -> Streams:
    """A giver that has offered files of these sizes."""
    ends = TwoEnds(Random(1))
    ends.giver.give(an_id(1), MemorySource([File(bytes(size)) for size in sizes]))
    ends.giver.open()
    return ends.giver.streams


def a_from(**other: Any) -> wire.From:
    """From the beginning, but for what is to be `other`."""
    plain = {
        "stream": 1,
        "run": 1,
        "index": 0,
        "block": 0,
        "size": None,
        "modified": None,
        "known": 0,
        "roots": bytes(64),
        "grown": 0,
        "window": 1,
    }
    return wire.From(**{**plain, **other})  # type: ignore[arg-type]


@pytest.mark.parametrize(
    "message",
    [
        a_from(run=2),
        a_from(index=3),
        a_from(block=1),
        a_from(block=2, size=2, modified=1),
        a_from(index=2, block=1, size=2, modified=1),
        a_from(index=2, known=1),
        wire.Window(1, 5),
        wire.Blocks(1, 0, [HASH]),
        wire.List(1, 1),
        wire.List(1, 100),
        wire.List(3, 0),
        wire.Go(3),
        wire.Go(2),
        wire.Listed(1, b"x"),
        wire.Give(1, an_id(9), 1, 1, 1, HASH),
        wire.Give(3, an_id(9), 1, 1, 1, HASH),
    ],
)
def test_positions_that_there_are_not(message: wire.FileMessage) -> None:
    """Beyond the list, behind the end of a file, of no stream, of the wrong side."""
    streams = giving(2, 2)
    with pytest.raises(Unexpected):
        streams.receive(message)


def test_hashes_that_nobody_waits_for() -> None:
    """More than the taker said that it knows, or out of order, or too many at a time."""
    for known, first, count in ((1, 0, 2), (2, 1, 1), (5000, 0, limits.BLOCKS_AHEAD + 1)):
        streams = giving(2 * limits.BLOCK)
        streams.receive(a_from(known=known))
        with pytest.raises(Unexpected):
            streams.receive(wire.Blocks(1, first, [HASH] * count))


def test_a_taker_that_takes_and_never_reads_stops_its_stream() -> None:
    """What is read for it and not sent is bounded."""
    ends = TwoEnds(Random(1))
    source = MemorySource([File(bytes(16 * limits.BLOCK))])
    ends.giver.give(an_id(1), source)
    ends.giver.open()
    ends.giver.hear(a_from(window=5 * limits.BLOCK))
    while ends.giver.reads[an_id(1)]:
        ends.giver.read_some(an_id(1))
        ends.giver.pump(100)
    assert len(source.reads) * limits.BLOCK <= 5 * limits.BLOCK + 2 * limits.READ_AHEAD


MESSAGES: list[Callable[[int, int], wire.FileMessage]] = [
    lambda s, n: wire.Give(s, an_id(n), n % 7 + 1, n, n % 99 + 1, HASH),
    lambda s, n: wire.List(s, n),
    lambda s, n: wire.Listed(s, a_list(n).pieces[0]),
    lambda s, n: a_from(stream=s, run=n % 3 + 1, index=n % 4, window=n),
    lambda s, n: wire.Window(s, n),
    lambda s, n: wire.Blocks(s, n, [HASH]),
    lambda s, n: wire.Wait(s, "full" if n % 2 else "paused"),
    lambda s, n: wire.Go(s),
    lambda s, n: wire.First(s),
    lambda s, n: wire.End(s, "done" if n % 2 else "refused"),
]


@given(
    st.lists(
        st.one_of(
            st.tuples(st.sampled_from(MESSAGES), st.integers(1, 6), st.integers(0, 9)),
            st.binary(max_size=60),
        ),
        max_size=30,
    )
)
def test_whatever_comes_is_taken_or_refused(said: list[Any]) -> None:
    """Any messages and chunks in any order: a protocol error, or steps, and nothing else."""
    streams = giving(2, 2)
    try:
        for each in said:
            if isinstance(each, bytes):
                streams.chunk(each, 0)
            else:
                make, stream, number = each
                streams.receive(make(stream, number))
    except RemoteProtocolError:
        pass


def test_what_breaks_off_in_a_chunk_is_not_waited_for() -> None:
    """Pieces that were right before one that is not are never written, and the transfer goes on
    from the next link as if none had come."""
    streams, receiving = taking(40)
    begins = c.head(2, 1) + c.written(c.Begin(40, 1))
    for wrong in (b"\xff", c.written(c.Begin(40, 1))):
        with pytest.raises(RemoteProtocolError):
            streams.chunk(begins + wrong, 0.0)
        assert receiving.is_idle
        streams.closed()
        streams.opened()
        stream = streams._next_theirs
        found = streams.receive(a_give(stream, receiving.entries, id=receiving.id))
        (begun,) = [one for each in found if isinstance(one := said(each), wire.From)]
        begins = c.head(stream, begun.run) + c.written(c.Begin(40, 1))
