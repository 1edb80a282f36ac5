"""Files as each older chatd wrote them are read, and those of a newer one are refused.

`forms` has one sample of each form that a file has had: `names-1.sql` is the first of the file of
names, `server-key-2` the second of the server's key. Whoever changes a form adds a sample.
"""

import shutil
import sqlite3
import struct
from contextlib import closing
from pathlib import Path
from typing import Any

import msgspec
import pytest

from chatd import key_line, limits
from chatd.files import StorageError, TooNew, write_private
from chatd.noise.keys import X25519, private_bytes
from chatd.rendezvous import name_schema
from chatd.rendezvous.directory import Binding
from chatd.rendezvous.name_changes import Allow, Ban, Bind, Held, Passed
from chatd.rendezvous.name_file import FILE, NameFile
from chatd.rendezvous.seen_time import Kept
from chatd.rendezvous.server_key import server_key
from chatd.seed_file import RELAY, SeedFile
from chatd.store import documents
from chatd.store.documents import DocumentFile
from chatd.store.moment import moment
from chatd.store.profile import Profile
from chatd.store.servers import Met, Servers
from chatd.wire.seeds import Seeds

FORMS = Path(__file__).with_name("forms")
ALICE = b"\x01" + b"a" * 32
BOB, CAROL = b"\x01" + bytes(range(1, 33)), b"\x01" + bytes(range(2, 34))
GUEST = "SHA256:LyhHwrSiYmkk9JX3UNLcMaZyD4CMS2OPOp+V6DcQLOU"
SERVER = "chat.example.org:1712"
NOW = 1_000_000_000.0
EPOCH = limits.EPOCH_SECONDS


def every(kind: str, newest: int) -> list[Any]:
    """The samples of a kind of file; there is one of each form."""
    return [pytest.param(form, id=f"{kind} {form}") for form in range(1, newest + 1)]


def older_names(folder: Path, form: int) -> None:
    """A file of names as that form has it."""
    write_private(folder / FILE, b"")
    with closing(sqlite3.connect(folder / FILE)) as raw:
        raw.executescript((FORMS / f"names-{form}.sql").read_text())


@pytest.mark.parametrize("form", every("names", name_schema.FORM))
def test_names_of_every_form(tmp_path: Path, form: int) -> None:
    """What an older daemon kept is there, can be changed, and has today's form after that."""
    older_names(tmp_path, form)
    kept = [Binding("al", ALICE, 1.5, 86_400.0), Binding("alice", ALICE, 1.5, 86_400.0)]
    more = Binding("bob", BOB, 2.0, 3.0)
    with closing(NameFile(tmp_path)) as file:
        assert file.load().bindings == kept
        assert file.load().bans == ["mallory"]
        assert file.load().passed == (9.5, 9.5)
        assert file.load().held == ([("al", 7200.0)] if form > 2 else [])
        assert file.load().allowed == ([GUEST] if form > 3 else [])
        file.apply([Bind(more), Ban("eve"), Allow(GUEST), Passed(Kept(10.5, 20.0))])
    with closing(NameFile(tmp_path)) as file:
        assert sorted(file.load().bindings) == [*kept, more]
        assert file.load().bans == ["eve", "mallory"]
        assert file.load().allowed == [GUEST]
        assert file.load().passed == (10.5, 20.0)
    with closing(sqlite3.connect(tmp_path / FILE)) as raw:
        assert raw.execute("PRAGMA user_version").fetchone() == (name_schema.FORM,)


def test_an_upgrade_that_fails_changes_nothing(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The file has its old form and all that was in it, and the next try begins anew."""
    older_names(tmp_path, 1)
    broken = (*name_schema.UPGRADES, "DROP TABLE bans; CREATE TABLE no end")
    whole = (*name_schema.UPGRADES, "ALTER TABLE names ADD COLUMN place TEXT")
    monkeypatch.setattr(name_schema, "FORM", name_schema.FORM + 1)
    monkeypatch.setattr(name_schema, "UPGRADES", broken)
    with pytest.raises(StorageError):
        NameFile(tmp_path)
    monkeypatch.setattr(name_schema, "UPGRADES", whole)
    with closing(NameFile(tmp_path)) as file:
        assert file.load().bans == ["mallory"]
        assert len(file.load().bindings) == 2


def test_names_of_a_newer_form(tmp_path: Path) -> None:
    """The error says so and what to do, and the file stays as it is."""
    NameFile(tmp_path).close()
    with closing(sqlite3.connect(tmp_path / FILE)) as raw:
        raw.execute(f"PRAGMA user_version = {name_schema.FORM + 1}")
    with pytest.raises(TooNew, match="a newer chatd wrote") as refused:
        NameFile(tmp_path)
    assert "upgrade chatd" in refused.value.hint


@pytest.mark.parametrize("form", every("server-key", key_line.FORM))
def test_a_server_key_of_every_form(tmp_path: Path, form: int) -> None:
    """It is read, and nothing is written over it."""
    line = (FORMS / f"server-key-{form}").read_bytes()
    write_private(tmp_path / "server-key", line)
    assert private_bytes(server_key(tmp_path)) == b"\x01" * 32
    assert (tmp_path / "server-key").read_bytes() == line


def seed_in(folder: Path) -> Seeds:
    """What stands in the file of a relay's seed."""
    return SeedFile(folder, RELAY).load(lambda _: bytes(range(32)), 100.5 * EPOCH)


@pytest.mark.parametrize("form", range(2, key_line.FORM + 1))
def test_a_relay_seed_of_every_form(tmp_path: Path, form: int) -> None:
    """It is read, and nothing is written over it."""
    line = (FORMS / f"relay-seed-{form}").read_bytes()
    write_private(tmp_path / "relay-seed", line)
    seeds = seed_in(tmp_path)
    assert (seeds.first, seeds.seed) == (99, bytes(range(32)))
    assert (tmp_path / "relay-seed").read_bytes() == line


def test_new_keys_have_the_newest_form(tmp_path: Path) -> None:
    """What is written today is what the newest sample has."""
    write_private(tmp_path / "old", (FORMS / f"server-key-{key_line.FORM}").read_bytes())
    seed_in(tmp_path)
    newest = (FORMS / f"relay-seed-{key_line.FORM}").read_bytes()
    assert (tmp_path / "relay-seed").read_bytes() == newest
    server_key(tmp_path)
    front = (tmp_path / "server-key").read_bytes().split(b" ")[:3]
    assert front == (tmp_path / "old").read_bytes().split(b" ")[:3]


@pytest.mark.parametrize("file", ["server-key", "relay-seed"])
def test_a_key_of_a_newer_form(tmp_path: Path, file: str) -> None:
    """Whatever stands in it, the error says so, and the file stays as it is."""
    line = b"chatd-%b %d something else altogether\n" % (file.encode(), key_line.FORM + 1)
    write_private(tmp_path / file, line)
    with pytest.raises(TooNew, match="a newer chatd wrote"):
        server_key(tmp_path) if file == "server-key" else seed_in(tmp_path)
    assert (tmp_path / file).read_bytes() == line


@pytest.mark.parametrize(
    "line",
    [
        b"chatd-relay-seed 0 99 %b\n",
        b"chatd-relay-seed 02 99 %b\n",
        b"chatd-relay-seed 9999999999999999999999 99 %b\n",
        b"chatd-relay-seed 2 99  %b\n",
        b"chatd-relay-seed 2 99 %b",
        b"chatd-relay-seed 2 99 %b\n\n",
        b"chatd-relay-seed 2 99 %b \n",
        b"chatd-relay-seed 2 %b\n",
        b"chatd-relay-seed 2 99\n",
        b"chatd-relay-seed 2 -1 %b\n",
        b"chatd-relay-seed 2 4294967296 %b\n",
        b"chatd-relay-seed 2 99999999999999999999 %b\n",
        b"chatd-relay-seed 2 99 AAAA\n",
        b"chatd-door-seed 2 99 %b\n",
        b"chatd-relay-key 2 %b\n",
        b"chatd-relay-seed 2 99 \xff%b\n",
        b"\n",
    ],
)
def test_a_line_of_no_form(tmp_path: Path, line: bytes) -> None:
    """It is damaged, however near it comes."""
    key = b"AAECAwQFBgcICQoLDA0ODxAREhMUFRYXGBkaGxwdHh8="
    write_private(tmp_path / "relay-seed", line.replace(b"%b", key))
    with pytest.raises(StorageError, match="is damaged"):
        seed_in(tmp_path)


@pytest.mark.parametrize("form", every("profile", documents.VERSION))
def test_a_profile_of_every_form(tmp_path: Path, form: int) -> None:
    """Everything that an older client kept is there, and still is once it was written again."""
    folder = tmp_path / "profile"
    shutil.copytree(FORMS / f"profile-{form}", folder)
    for path in folder.iterdir():
        path.chmod(0o600)
    folder.chmod(0o700)
    for _ in range(2):
        profile = Profile(folder, X25519(), lambda: NOW)
        assert profile.identity.hex().startswith("016936833d")
        assert profile.names(SERVER) == ["alice"]
        bob, carol = profile.contacts.at(SERVER)
        assert (bob.key, bob.names, bob.petname, carol.key) == (BOB, ["bob"], "Bobby", CAROL)
        assert bob.verified is not None
        assert (bob.blocked, carol.blocked) == (False, True)
        cards = profile.cards.at(SERVER)
        assert [card.secret for card in cards.issued(NOW)] == [bytes(range(32))]
        assert [card.name for card in cards.received(NOW)] == ["bob"]
        past = [each.name for each in profile.past.at(SERVER)]
        assert past == (["bob"] if form > 1 else [])  # version 1 had none
        profile.contacts.save()
        profile.cards.save()
        profile.past.save()
        profile.close()
    servers = Servers(folder / "servers.json", lambda: NOW + 1)
    for _ in range(2):
        met = servers.meet(SERVER, b"\x01" + bytes(range(32)))
        assert met == Met(moment(NOW), "", (SERVER,))
        servers.meet("other.example.org:1712", BOB)


def test_a_document_goes_through_every_form_between(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Each step makes one version the next, for the kind that it is about, and nothing is lost."""

    class Later(msgspec.Struct, tag_field="version", tag=3, forbid_unknown_fields=True):
        names: list[str]
        kind: str

    def named(kind: type, fields: documents.Fields) -> documents.Fields:
        return {"version": 1, "names": [fields["name"]]} if kind is Later else fields

    def marked(kind: type, fields: documents.Fields) -> documents.Fields:
        return {**fields, "kind": "friend"} if kind is Later else fields

    monkeypatch.setattr(documents, "UPGRADES", (named, marked))
    monkeypatch.setattr(documents, "VERSION", 3)
    file = DocumentFile(tmp_path / "later.json", Later, "later")  # type: ignore[type-var]
    for older in (b'{"version":1,"name":"al"}', b'{"version":2,"names":["al"]}'):
        write_private(tmp_path / "later.json", older)
        assert file.read() == Later(["al"], "friend")  # type: ignore[comparison-overlap]
        assert (tmp_path / "later.json").read_bytes() == older
    file.write(Later(["al"], "friend"))  # type: ignore[arg-type]
    assert file.read() == Later(["al"], "friend")  # type: ignore[comparison-overlap]
    write_private(tmp_path / "later.json", b'{"version":2,"names":["al"],"more":1}')
    with pytest.raises(documents.Damaged):
        file.read()


def forgetful(*args: Any, **options: Any) -> sqlite3.Connection:
    """A connection of an SQLite that was built to leave what is deleted in the file."""
    connection = _connect(*args, **options)
    connection.execute("PRAGMA secure_delete = OFF").fetchone()
    return connection


_connect = sqlite3.connect


def test_what_is_deleted_is_not_in_the_file(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Neither the moments at which people left, which an older daemon kept, nor who was held until
    when: they say who talked with whom."""
    moment, until = 1234567.890625, 7654321.0625
    older_names(tmp_path, 2)
    with closing(sqlite3.connect(tmp_path / FILE)) as raw:
        raw.execute("UPDATE owners SET first = 2, seen = ?", (moment,))
        raw.commit()
    monkeypatch.setattr(sqlite3, "connect", forgetful)
    with closing(NameFile(tmp_path)) as file:
        file.apply([Held((("al", until),))])
        file.apply([Held(())])
    kept = (tmp_path / FILE).read_bytes()
    assert struct.pack(">d", moment) not in kept
    assert struct.pack(">d", until) not in kept
