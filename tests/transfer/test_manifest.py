"""What may be offered, and what a remote side may say that it offers."""

import msgspec
import pytest

from chatd import limits
from chatd.errors import TooLarge, Unexpected
from chatd.transfer.manifest import Entry, Listing
from chatd.transfer.packed_list import PackedList, packed

DECODER = msgspec.msgpack.Decoder(Entry)


def file(*path: str, size: int = 1) -> Entry:
    return Entry(path, "file", size, 0, False)


def folder(*path: str) -> Entry:
    return Entry(path, "folder", 0, 0, False)


def decoded(
    path: list[str], kind: str = "file", size: int | None = 1, is_executable: bool = False
) -> Entry:
    """An entry as a remote side says it."""
    return DECODER.decode(msgspec.msgpack.encode([path, kind, size, 0, is_executable]))


@pytest.mark.parametrize(
    "entry",
    [
        decoded(["é" * 127 + "x"]),
        decoded(["a"] * limits.OFFERED_DEPTH, size=limits.OFFERED_SIZE),
        decoded(["..."]),
        decoded(["-"], size=None),
        decoded([".a"], "folder", 0),
    ],
    ids=str,
)
def test_what_disks_have_is_taken(entry: Entry) -> None:
    """Names and sizes at their limits, and names that begin as those that mean another folder."""
    assert DECODER.decode(msgspec.msgpack.encode(entry)) == entry


@pytest.mark.parametrize(
    "path",
    [
        [],
        [""],
        ["."],
        ["a", ".."],
        ["a/b"],
        ["a\0"],
        ["é" * 128],
        ["a"] * (limits.OFFERED_DEPTH + 1),
    ],
    ids=lambda path: ascii(path)[:20],
)
def test_what_is_no_path_is_refused(path: list[str]) -> None:
    """No disk has such a name, so that nobody means well with it."""
    with pytest.raises(msgspec.ValidationError):
        decoded(path)


def test_impossible_kinds_and_sizes_are_refused() -> None:
    """A folder has no content, and nothing is as long as that."""
    cases: list[tuple[str, int | None, bool]] = [
        ("folder", 1, False),
        ("folder", None, False),
        ("folder", 0, True),
        ("link", 0, False),
        ("file", -1, False),
        ("file", limits.OFFERED_SIZE + 1, False),
    ]
    for kind, size, is_executable in cases:
        with pytest.raises(msgspec.ValidationError):
            decoded(["a"], kind, size, is_executable)


def test_a_listing_counts() -> None:
    """Files, folders and bytes, in the order in which they are sent."""
    listing = Listing()
    for entry in [folder("a"), file("a", "b", size=3), folder("a", "c"), file("d", size=4)]:
        listing.add(entry)
    assert (listing.files, listing.folders, listing.size) == (2, 2, 7)
    listing.add(Entry(("e",), "file", None, 0, False))
    listing.add(file("f"))
    assert listing.size is None


@pytest.mark.parametrize("entry", [file("b", "x"), file("a", "x", "y"), folder("a", "b", "c")])
def test_what_is_in_no_folder_is_refused(entry: Entry) -> None:
    """Its folder has to come before it, and a file is none."""
    listing = Listing()
    listing.add(folder("a"))
    listing.add(file("b"))
    with pytest.raises(Unexpected):
        listing.add(entry)


def test_a_folder_is_listed_once() -> None:
    """Twice the same is nothing that a walk makes."""
    listing = Listing()
    listing.add(folder("a"))
    with pytest.raises(Unexpected):
        listing.add(folder("a"))


@pytest.mark.parametrize(
    ("limit", "entries"),
    [
        ("OFFERED_ENTRIES", [file("a"), folder("b"), file("b", "c")]),
        ("OFFERED_FOLDERS", [folder("a"), folder("b"), folder("c")]),
        ("OFFERED_NAMES", [file("a"), file("b"), file("c")]),
        ("OFFERED_SIZE", [file("a"), file("b"), file("c")]),
    ],
)
def test_an_offer_is_bounded(
    limit: str, entries: list[Entry], monkeypatch: pytest.MonkeyPatch
) -> None:
    """As many as the limit are taken, and one more is not."""
    for most, fits in [(3, True), (2, False)]:
        monkeypatch.setattr(limits, limit, most)
        listing = Listing()
        for entry in entries[:2]:
            listing.add(entry)
        if fits:
            listing.add(entries[2])
        else:
            with pytest.raises(TooLarge):
                listing.add(entries[2])


def test_a_list_that_is_made_is_the_one_that_is_read() -> None:
    """Over several pieces: by its entries, its sizes and its hash, whichever side looks at it."""
    some = [folder("f"), *(file("f", f"{n}" * 9, size=n) for n in range(1500)), file("last")]
    made, heard = packed(some), PackedList()
    for piece in made.pieces:
        heard.add(piece)
    assert len(made.pieces) > 1
    assert list(made) == list(heard) == some
    for each in (made, heard):
        assert (each.size, each.length) == (sum(range(1500)) + 1, sum(map(len, made.pieces)))
        assert (len(each), each.digest) == (len(some), made.digest)
        for index in (0, 1, 700, 1100, 1501, 1502):
            assert each.bytes_before(index) == sum(entry.size or 0 for entry in some[:index])
