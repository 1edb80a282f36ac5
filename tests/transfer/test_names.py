"""Names that somebody else chose: what becomes of them on our disk."""

import os
import re
import unicodedata
from pathlib import Path

import pytest
from hostile_names import HOSTILE_NAMES
from hypothesis import given
from hypothesis import strategies as st

from chatd import limits, text
from chatd.transfer import names
from chatd.transfer.manifest import Entry

ANY = st.one_of(
    st.text(st.characters(), max_size=300),
    st.text(st.sampled_from("./\\- ~\0\x1b\u202ea\u0301CONnul:*?é文😀"), max_size=300),
)


def entry(*path: str, kind: str = "file") -> Entry:
    return Entry(path, kind, 0, 0, False)  # type: ignore[arg-type]


def check(name: str, folds: bool) -> None:
    """What holds for every name that may land."""
    safe = names.safe(name, folds=folds)
    assert 0 < len(safe.encode()) <= limits.OFFERED_NAME
    assert not set(safe) & set("/\0")
    assert safe.isprintable() or name.isprintable() or text.safe_line(safe) == safe
    assert safe[0] not in "- "
    assert safe[-1] not in ". "
    assert not safe.casefold().startswith(names.OURS)
    assert not any(unicodedata.category(c) in ("Cc", "Cs", "Cn", "Co", "Zl", "Zp") for c in safe)
    assert not set(safe) & set("\u202a\u202b\u202c\u202d\u202e\u2066\u2067\u2068\u2069")
    if folds:
        assert not set(safe) & set('<>:"\\|?*')
        assert safe.split(".")[0].lower() not in ("con", "prn", "aux", "nul", "com1", "lpt9")


@pytest.mark.parametrize("folds", [False, True])
@pytest.mark.parametrize("what", HOSTILE_NAMES)
def test_a_hostile_name_is_one_file_in_the_folder(what: str, folds: bool, tmp_path: Path) -> None:
    """It lands on a real disk, in its folder and nowhere else, under a name that can be shown."""
    name = HOSTILE_NAMES[what]
    check(name, folds)
    folder = tmp_path / "in"
    folder.mkdir()
    (folder / names.safe(name, folds=folds)).touch(exist_ok=False)
    (folder / names.partial(names.safe(name, folds=folds))).touch(exist_ok=False)
    assert len(os.listdir(folder)) == 2
    assert os.listdir(tmp_path) == ["in"]


@given(ANY, st.booleans())
def test_any_text_becomes_a_name(name: str, folds: bool) -> None:
    """The same for whatever a remote side may think of."""
    check(name, folds)
    for number in (2, 100_000):
        check(names.numbered(names.safe(name, folds=folds), number), folds)


@pytest.mark.parametrize(
    "name",
    [
        "IMG 2034.jpg",
        ".gitignore",
        "a.tar.gz",
        "résumé - final (2).pdf",
        "文書\uff0f控え.txt",
        "a\\b",
        "[x]",
        "#1",
    ],
)
def test_what_people_have_stays(name: str) -> None:
    """A name that harms nobody lands as it is."""
    assert names.safe(name) == name


@pytest.mark.parametrize(
    ("name", "lands"),
    [
        ("../../x", ".._.._x"),
        ("..", "__"),
        ("", "_"),
        ("-rf", "_rf"),
        ("bill.exe. .", "bill.exe___"),
        ("a\x1b[2Jb", "a␛[2Jb"),
        ("fdp\u202eexe", "fdp‹U+202E›exe"),
        (".chatd-x", "_chatd-x"),
    ],
)
def test_what_becomes_of_some(name: str, lands: str) -> None:
    """What was taken out can be seen."""
    assert names.safe(name) == lands


@pytest.mark.parametrize(
    ("name", "second"),
    [
        ("a.txt", "a (2).txt"),
        ("a.tar.gz", "a (2).tar.gz"),
        (".bashrc", ".bashrc (2)"),
        ("Makefile", "Makefile (2)"),
        ("v1.2 of it", "v1.2 of it (2)"),
        ("x" * 251 + ".jpg", "x" * 244 + "… (2).jpg"),
    ],
)
def test_a_second_one_keeps_its_ending(name: str, second: str) -> None:
    """So that it is opened by the same program; and it fits."""
    assert names.numbered(name, 2) == second
    assert len(second.encode()) <= limits.OFFERED_NAME


def test_no_two_land_at_one_place() -> None:
    """The same name twice, what is the same once made safe, and what is in these folders."""
    local = names.LocalNames()
    offered = [
        entry("a\x01", kind="folder"),
        entry("a␁", kind="folder"),
        entry("a␁", "x"),
        entry("a\x01", "x"),
        entry("a\x01", "x"),
        entry("a\x01", "X"),
        entry("b"),
        *[entry("b")] * 3,
        entry("b (2)"),
    ]
    assert [local.of(each) for each in offered] == [
        ("a␁",),
        ("a␁ (2)",),
        ("a␁ (2)", "x"),
        ("a␁", "x"),
        ("a␁", "x (2)"),
        ("a␁", "X"),
        ("b",),
        ("b (2)",),
        ("b (3)",),
        ("b (4)",),
        ("b (2) (2)",),
    ]


@pytest.mark.parametrize(
    ("first", "second"),
    [
        ("readme", "README"),
        ("\u212aelvin", "kelvin"),
        ("re\u0301sume\u0301", "r\u00e9SUM\u00c9"),
        ("f\u0131le", "FILE"),
    ],
)
def test_a_disk_that_folds_has_room_for_both(first: str, second: str) -> None:
    """What such a disk takes for the same name gets another name; others keep both."""
    for folds, lands in [(True, f"{second} (2)"), (False, second)]:
        local = names.LocalNames(folds=folds)
        local.of(entry(first))
        assert local.of(entry(second)) == (lands,)


def test_thousands_of_one_name_take_no_longer_than_others() -> None:
    """Each goes on counting where the one before has ended."""
    local = names.LocalNames()
    landed = {local.of(entry("x")) for _ in range(20_000)}
    assert len(landed) == 20_000


def test_a_path_is_shown_as_one_line() -> None:
    """Each of its parts by itself: what is written from right to left moves no other."""
    shown = names.shown(("\u05d0\u05d1", "a\nb", "x"))
    assert shown == "\u2068\u05d0\u05d1\u2069/a␊b/x"
    assert names.is_hidden(names.safe(".bashrc"))
    assert not names.is_hidden(names.safe(".."))


@given(st.from_regex(r"[A-Za-z0-9_.-]{1,120}", fullmatch=True))
def test_plain_names_are_known_at_a_glance(name: str) -> None:
    """What is told by its letters alone is what all rules together say."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(names, "_PLAIN", re.compile(r"(?!)"))
        by_all_rules = names.safe(name)
    assert names.safe(name) == by_all_rules
