"""The JSON files: readable by people, refused when damaged or too new, never lost by accident."""

import json
from contextlib import suppress
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from storage_account import met

from chatd import limits
from chatd.errors import ChatdError, LocalProtocolError, Usage
from chatd.files import StorageError, TooNew, write_private
from chatd.store.contacts import contact_book
from chatd.store.documents import VERSION, Damaged, Document, DocumentFile, check_server
from chatd.store.held_names import HeldNames
from chatd.store.moment import moment
from chatd.store.profile import CONTACTS, IDENTITY, NAMES
from chatd.store.profiles import Profiles
from chatd.store.servers import Servers
from chatd.wire.fields import Name

SERVER = "chat.example.org:1712"


class Note(Document, frozen=True):
    names: list[Name]
    blob: bytes = b""


def note_file(folder: Path) -> DocumentFile[Note]:
    return DocumentFile(folder / "note.json", Note, "note")


def test_a_document_comes_back(tmp_path: Path) -> None:
    """What was written is read; before the first write there is nothing."""
    assert note_file(tmp_path).read() is None
    note_file(tmp_path).write(Note(["alice"], b"\0\xff"))
    assert note_file(tmp_path).read() == Note(["alice"], b"\0\xff")


def test_a_document_is_for_people_too(tmp_path: Path) -> None:
    """The file is indented JSON with the version first and bytes in base64."""
    note_file(tmp_path).write(Note(["alice"], b"\0\xff"))
    text = (tmp_path / "note.json").read_text()
    assert text.startswith(f'{{\n  "version": {VERSION},\n')
    assert text.endswith("}\n")
    assert json.loads(text) == {"version": VERSION, "names": ["alice"], "blob": "AP8="}


DAMAGED = {
    "empty": b"",
    "cut off": b'{"version": 1, "na',
    "not UTF-8": b'{"version": 1, "names": ["\xff"]}',
    "not an object": b"[]",
    "nested deeply": b"[" * 100_000,
    "nested deeply where nothing is expected": b'{"x":' * 100_000,
    "no version": b'{"names": []}',
    "version 0": b'{"version": 0, "names": []}',
    "version of another type": b'{"version": "1", "names": []}',
    "a field is missing": b'{"version": 1}',
    "an unknown field": b'{"version": 1, "names": [], "more": 1}',
    "a name that is none": b'{"version": 1, "names": ["\\u001b[2J"]}',
    "not base64": b'{"version": 1, "names": [], "blob": "*"}',
}


@pytest.mark.parametrize("data", DAMAGED.values(), ids=DAMAGED)
def test_a_damaged_file_is_refused_and_kept(tmp_path: Path, data: bytes) -> None:
    """The text names the file and quotes nothing of it, the hint moves it away, it stays."""
    path = tmp_path / "note.json"
    write_private(path, data)
    with pytest.raises(Damaged, match=f"the note file {path} is damaged: ") as caught:
        note_file(tmp_path).read()
    assert str(caught.value).isprintable()
    assert caught.value.hint == f"move it away: mv {path} {path}.damaged"
    assert path.read_bytes() == data


@pytest.mark.parametrize("version", [VERSION + 1, VERSION + 2, 2**62])
def test_a_newer_file_is_refused_by_name(tmp_path: Path, version: int) -> None:
    """A file of a later format says that it is newer, whatever else is in it."""
    data = b'{"new": [1], "version": %d}' % version
    write_private(tmp_path / "note.json", data)
    with pytest.raises(TooNew, match="a newer chatd wrote the note file"):
        note_file(tmp_path).read()
    assert (tmp_path / "note.json").read_bytes() == data


@pytest.mark.parametrize("name", ["Not A Name", "\ud800"])
def test_what_could_not_be_read_is_not_written(tmp_path: Path, name: str) -> None:
    """A document that its own reader would refuse stays out of the file."""
    note_file(tmp_path).write(Note(["alice"]))
    with pytest.raises(LocalProtocolError):
        note_file(tmp_path).write(Note([name]))
    assert note_file(tmp_path).read() == Note(["alice"])


def test_a_file_has_a_size_limit(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A file of exactly the limit is written and read; one byte more is neither."""
    note_file(tmp_path).write(Note(["alice"]))
    size = (tmp_path / "note.json").stat().st_size
    monkeypatch.setattr(limits, "KEPT_FILE", size)
    note_file(tmp_path).write(Note(["carol"]))
    assert note_file(tmp_path).read() == Note(["carol"])
    with pytest.raises(StorageError, match="grow too large"):
        note_file(tmp_path).write(Note(["carols"]))
    monkeypatch.setattr(limits, "KEPT_FILE", size - 1)
    with pytest.raises(StorageError, match="larger than"):
        note_file(tmp_path).read()


def test_a_write_clears_up_after_a_killed_one(tmp_path: Path) -> None:
    """What an interrupted write left goes with the next write of the same file."""
    (tmp_path / ".note.json.abc.new").touch()
    note_file(tmp_path).write(Note([]))
    assert [path.name for path in tmp_path.iterdir()] == ["note.json"]


@pytest.mark.parametrize("server", ["h:1", "x" * limits.SERVER_ADDRESS, "../../etc:1", "[::1]:1"])
def test_server_addresses_are_only_text(server: str) -> None:
    """Whatever looks like an address, or like a path, is taken as it is, up to the limit."""
    assert check_server(server) == server


@pytest.mark.parametrize(
    "server",
    ["", "x" * (limits.SERVER_ADDRESS + 1), "a\nb:1", "a\x1b[2J:1", "\ud800:1", "\u202e:1"],
)
def test_unprintable_server_addresses_are_refused(server: str) -> None:
    """Nothing that could disturb a terminal or a file becomes an entry."""
    with pytest.raises(Usage):
        check_server(server)


def test_moments_are_whole_seconds() -> None:
    """A time is stored in UTC without a fraction."""
    assert moment(1.9).isoformat() == "1970-01-01T00:00:01+00:00"


def _json_near(text: str) -> st.SearchStrategy[bytes]:
    """Arbitrary JSON, half of it with fields that the real files have."""
    keys = st.sampled_from(["version", "servers", "private", "names", "key", "first_seen", text])
    leaves = st.none() | st.booleans() | st.integers() | st.floats() | st.text() | st.just(1)
    values: st.SearchStrategy[Any] = st.recursive(
        leaves, lambda inner: st.lists(inner) | st.dictionaries(keys | st.text(), inner)
    )
    return (
        st.dictionaries(keys, values)
        .map(lambda fields: json.dumps(fields | {"version": 1 + len(fields) % VERSION}))
        .map(str.encode)
    )


ANYTHING = st.binary() | _json_near(SERVER)


@settings(suppress_health_check=list(HealthCheck), deadline=None)
@given(ANYTHING)
def test_arbitrary_content_is_read_or_refused(tmp_path: Path, data: bytes) -> None:
    """For any content of any file there is an answer or a `ChatdError`, and it stays as it is."""
    path = tmp_path / "file.json"
    write_private(path, data)
    for read in (
        lambda: Servers(path).entries(SERVER),
        lambda: contact_book(path).at(SERVER).judge("alice", bytes(33)),
        lambda: HeldNames(path).last(SERVER, "alice"),
        lambda: HeldNames(path).at(SERVER),
    ):
        with suppress(ChatdError):
            read()
    assert path.read_bytes() == data


@settings(suppress_health_check=list(HealthCheck), deadline=None)
@given(st.sampled_from([IDENTITY, NAMES, CONTACTS]), ANYTHING)
def test_a_profile_with_arbitrary_files(
    tmp_path_factory: pytest.TempPathFactory, file: str, data: bytes
) -> None:
    """A profile with any content in any of its files is opened, or refused with that file kept."""
    folder = tmp_path_factory.mktemp("account")
    profile = Profiles(folder).pick((SERVER,), "alice")
    profile.held(SERVER, "alice")
    met(profile, SERVER, "bob", b"\x01" * 33)
    profile.close()
    write_private(profile.folder / file, data)
    try:
        Profiles(folder).pick((SERVER,), "alice").close()
    except ChatdError:
        assert (profile.folder / file).read_bytes() == data
