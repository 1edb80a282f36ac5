"""The pins of server keys, which all processes of an account share."""

import base64
import json
from pathlib import Path

import pytest
from other_process import Start

from chatd import limits
from chatd.errors import ChatdError, Usage
from chatd.files import Locked, StorageError, lock, write_private
from chatd.noise.keys import fingerprint
from chatd.store.servers import Met, ServerKeyChanged, Servers, UnknownServer

SERVER = "chat.example.org:1712"
KEY = b"\x01" + bytes(range(32))
OTHER = b"\x01" + bytes(32)
CAROLS = b"\x01" + b"c" * 32


def servers(folder: Path) -> Servers:
    return Servers(folder / "data" / "servers.json", lambda: 86_400.5)


def test_a_new_server_is_seen_first_then_known(tmp_path: Path) -> None:
    """The first meeting is remembered, also for others, with its time."""
    assert servers(tmp_path).meet(SERVER, KEY) == Met(None, "", (SERVER,))
    met = servers(tmp_path).meet(SERVER, KEY)
    assert met.first_seen is not None
    assert met.first_seen.isoformat() == "1970-01-02T00:00:00+00:00"
    assert met == Met(met.first_seen, "", (SERVER,))


def test_servers_with_different_keys_are_different(tmp_path: Path) -> None:
    """Another key at an address that is not known yet is another server."""
    servers(tmp_path).meet(SERVER, KEY)
    assert servers(tmp_path).meet("chat.example.org:1713", OTHER).first_seen is None
    assert servers(tmp_path).entries(SERVER) == (SERVER,)
    assert servers(tmp_path).entries("chat.example.org:1713") == ("chat.example.org:1713",)


def test_a_server_is_known_by_its_key(tmp_path: Path) -> None:
    """At another address it is the same server, with the same entries, and says so once."""
    assert servers(tmp_path).meet(SERVER, KEY).first_seen is None
    assert servers(tmp_path).entries("localhost:1712") == ("localhost:1712",)
    met = servers(tmp_path).meet("localhost:1712", KEY)
    assert (met.known_as, met.entries) == (SERVER, (SERVER,))
    assert met.first_seen is not None
    assert servers(tmp_path).meet("localhost:1712", KEY) == Met(met.first_seen, "", (SERVER,))
    assert servers(tmp_path).entries("localhost:1712") == (SERVER,)


def test_this_machine_is_taken_for_itself_until_it_shows_its_key(tmp_path: Path) -> None:
    """A new spelling of it is a guess, which no key has to fit."""
    servers(tmp_path).meet("127.0.0.1:1712", KEY)
    for address in ("localhost:1712", "[::1]:1712", "127.0.0.1:1712"):
        assert servers(tmp_path).entries(address) == ("127.0.0.1:1712",)
    for address in ("localhost:1713", "127.0.0.2:1712", "localhost"):
        assert servers(tmp_path).entries(address) == (address,)
    assert servers(tmp_path).meet("localhost:1712", OTHER).entries == ("localhost:1712",)
    assert servers(tmp_path).entries("localhost:1712") == ("localhost:1712",)


def test_a_changed_key_is_explained(tmp_path: Path) -> None:
    """The error has both fingerprints, the possible causes, and the command that accepts it."""
    servers(tmp_path).meet(SERVER, KEY)
    with pytest.raises(ServerKeyChanged) as caught:
        servers(tmp_path).meet(SERVER, OTHER)
    error = caught.value
    assert (error.server, error.expected, error.found) == (SERVER, KEY, OTHER)
    for part in (SERVER, fingerprint(KEY), fingerprint(OTHER), "installed anew", "someone is"):
        assert part in str(error)
    assert f"chat forget-server {SERVER}" in error.hint
    assert "keeps your contacts" in error.hint


@pytest.mark.parametrize("address", [SERVER, "localhost:1712"])
def test_another_known_server_is_a_changed_key_as_well(tmp_path: Path, address: str) -> None:
    """A known server that answers at the address of another one stops us like a stranger."""
    servers(tmp_path).meet(SERVER, KEY)
    servers(tmp_path).meet("localhost:1712", KEY)
    servers(tmp_path).meet("other:1", OTHER)
    before = (tmp_path / "data" / "servers.json").read_bytes()
    with pytest.raises(ServerKeyChanged):
        servers(tmp_path).meet(address, OTHER)
    assert (tmp_path / "data" / "servers.json").read_bytes() == before


def test_meeting_again_changes_nothing(tmp_path: Path) -> None:
    """The time of the first meeting stays, and the file is not even written."""
    servers(tmp_path).meet(SERVER, KEY)
    path = tmp_path / "data" / "servers.json"
    before = path.stat().st_ino
    met = Servers(path, lambda: 0).meet(SERVER, KEY)
    assert met.first_seen is not None
    assert met.first_seen.day == 2
    assert path.stat().st_ino == before


def test_a_forgotten_key_is_replaced_and_the_entry_kept(tmp_path: Path) -> None:
    """The next key is taken for all addresses, once; what profiles keep stays where it is."""
    servers(tmp_path).meet(SERVER, KEY)
    servers(tmp_path).meet("localhost:1712", KEY)
    servers(tmp_path).forget("localhost:1712")
    assert servers(tmp_path).entries("localhost:1712") == (SERVER,)
    assert servers(tmp_path).meet("localhost:1712", OTHER) == Met(None, "", (SERVER,))
    assert servers(tmp_path).meet(SERVER, OTHER).entries == (SERVER,)
    for address in (SERVER, "localhost:1712"):
        with pytest.raises(ServerKeyChanged):
            servers(tmp_path).meet(address, KEY)


def test_until_the_new_key_is_seen_the_old_one_holds_elsewhere(tmp_path: Path) -> None:
    """Forgetting opens one address, and its old key closes it again."""
    servers(tmp_path).meet(SERVER, KEY)
    servers(tmp_path).meet("localhost:1712", KEY)
    servers(tmp_path).forget("localhost:1712")
    with pytest.raises(ServerKeyChanged):
        servers(tmp_path).meet(SERVER, OTHER)
    assert servers(tmp_path).meet("localhost:1712", KEY).known_as == ""
    with pytest.raises(ServerKeyChanged):
        servers(tmp_path).meet("localhost:1712", OTHER)


def test_a_forgotten_address_may_lead_to_another_known_server(tmp_path: Path) -> None:
    """The address moves there; the server that it led to stays what it is at its other ones."""
    servers(tmp_path).meet(SERVER, KEY)
    servers(tmp_path).meet("localhost:1712", KEY)
    servers(tmp_path).meet("other:1", OTHER)
    servers(tmp_path).forget("localhost:1712")
    met = servers(tmp_path).meet("localhost:1712", OTHER)
    assert (met.known_as, met.entries) == ("other:1", ("other:1",))
    assert servers(tmp_path).meet(SERVER, KEY).entries == (SERVER,)


def test_a_server_without_an_address_goes_on_in_the_one_that_took_it(tmp_path: Path) -> None:
    """Someone who saw the new key elsewhere first, and then forgets the old one, keeps it all."""
    servers(tmp_path).meet(SERVER, KEY)
    servers(tmp_path).meet("new:1712", OTHER)
    servers(tmp_path).forget(SERVER)
    met = servers(tmp_path).meet(SERVER, OTHER)
    assert met.entries == ("new:1712", SERVER)
    assert servers(tmp_path).entries("new:1712") == met.entries


def test_the_form_of_version_1_had_a_key_per_address(tmp_path: Path) -> None:
    """Addresses with one key become one server, known since the first; the others stay apart."""
    key, other = (base64.b64encode(each).decode() for each in (KEY, OTHER))
    pins = {
        "localhost:1712": {"key": key, "first_seen": "2001-09-09T01:46:41Z"},
        SERVER: {"key": key, "first_seen": "2001-09-09T01:46:40Z"},
        "other:1": {"key": other, "first_seen": "2001-09-09T01:46:42Z"},
    }
    path = tmp_path / "data" / "servers.json"
    path.parent.mkdir(0o700)
    write_private(path, json.dumps({"version": 1, "servers": pins}).encode())
    for address in (SERVER, "localhost:1712"):
        assert servers(tmp_path).entries(address) == (SERVER, "localhost:1712")
    met = servers(tmp_path).meet("127.0.0.1:1712", KEY)
    assert met.entries == (SERVER, "localhost:1712")
    assert met.first_seen is not None
    assert met.first_seen.timestamp() == 1_000_000_000
    assert servers(tmp_path).meet("other:1", OTHER).entries == ("other:1",)
    with pytest.raises(ServerKeyChanged):
        servers(tmp_path).meet("localhost:1712", OTHER)


@pytest.mark.parametrize(
    "pins",
    [None, [], {"": {}}, {SERVER: {}}, {SERVER: {"key": "AA==", "first_seen": "x"}}, {SERVER: 1}],
)
def test_a_damaged_file_of_version_1(tmp_path: Path, pins: object) -> None:
    """It is refused like one of today, and kept."""
    path = tmp_path / "servers.json"
    data = json.dumps({"version": 1, "servers": pins}).encode()
    write_private(path, data)
    with pytest.raises(StorageError, match="is damaged"):
        Servers(path).meet(SERVER, KEY)
    assert path.read_bytes() == data


@pytest.mark.parametrize("server", [SERVER, "", "\x1b[2J", "../servers"])
def test_forgetting_an_unknown_server_says_so(tmp_path: Path, server: str) -> None:
    """There is nothing to forget for an address without a key, whatever it looks like."""
    with pytest.raises(UnknownServer):
        servers(tmp_path).forget(server)


def test_what_another_machine_knew_is_learned(tmp_path: Path) -> None:
    """Its servers and addresses are added, and nothing that is known here changes."""
    here, there = servers(tmp_path / "here"), servers(tmp_path / "there")
    here.meet(SERVER, KEY)
    here.meet("c:1", CAROLS)
    there.meet("old:1712", KEY)
    there.meet(SERVER, KEY)
    there.meet("c:1", OTHER)
    there.meet("d:1", OTHER)
    known = there.of_entries(["old:1712", "c:1"])
    assert here.learn(known) == {"old:1712": SERVER, "c:1": "c:1#2"}
    assert here.entries("old:1712") == (SERVER,)
    assert here.entries("c:1") == ("c:1",)
    assert here.meet("old:1712", KEY).known_as == ""
    assert here.meet("d:1", OTHER).entries == ("c:1#2",)
    with pytest.raises(ServerKeyChanged):
        here.meet("c:1", OTHER)
    before = (tmp_path / "here" / "data" / "servers.json").read_bytes()
    assert here.learn(known) == {"old:1712": SERVER, "c:1": "c:1#2"}
    assert (tmp_path / "here" / "data" / "servers.json").read_bytes() == before


def test_strange_addresses_are_never_paths(tmp_path: Path) -> None:
    """Pins of addresses that look like paths make no file but the one."""
    strange = ["../../x:1", "/etc/passwd:1", ".:1", "a/b:1", "~:1", "x" * limits.SERVER_ADDRESS]
    for server in strange:
        servers(tmp_path).meet(server, KEY)
    assert {path.name for path in tmp_path.iterdir()} == {"data"}
    files = {path.name for path in (tmp_path / "data").iterdir()}
    assert files == {"servers.json", "servers.lock"}
    stored = json.loads((tmp_path / "data" / "servers.json").read_bytes())
    assert stored["servers"][0]["addresses"] == strange
    with pytest.raises(Usage):
        servers(tmp_path).meet("x" * (limits.SERVER_ADDRESS + 1), KEY)


def test_a_damaged_file_stops_every_change(tmp_path: Path) -> None:
    """Neither a check, a pin nor forgetting touches a file that cannot be read."""
    servers(tmp_path).meet(SERVER, KEY)
    path = tmp_path / "data" / "servers.json"
    write_private(path, b"damaged")
    for attempt in (
        lambda: servers(tmp_path).entries(SERVER),
        lambda: servers(tmp_path).meet(SERVER, KEY),
        lambda: servers(tmp_path).forget(SERVER),
    ):
        with pytest.raises(StorageError, match="is damaged"):
            attempt()
    assert path.read_bytes() == b"damaged"


def test_a_key_of_the_wrong_length_is_not_stored(tmp_path: Path) -> None:
    """What is no identity leaves the file as it was."""
    servers(tmp_path).meet(SERVER, KEY)
    for key in (KEY[:-1], KEY + b"x"):
        with pytest.raises(ChatdError):
            servers(tmp_path).meet("other:1", key)
    assert servers(tmp_path).meet("other:1", OTHER).first_seen is None


def test_a_stuck_process_does_not_hang_us(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Waiting for the file ends; reading it needs no lock."""
    monkeypatch.setattr(limits, "FILE_LOCK_SECONDS", 0)
    servers(tmp_path).meet(SERVER, KEY)
    with lock(tmp_path / "data" / "servers.lock"):
        with pytest.raises(Locked):
            servers(tmp_path).meet("other:1", KEY)
        assert servers(tmp_path).meet(SERVER, KEY).first_seen is not None


def test_processes_at_once_keep_all_pins(tmp_path: Path, start: Start) -> None:
    """Four processes that pin at the same time lose nothing of each other."""
    processes = [
        start(
            """
            from chatd.store.servers import Servers
            servers = Servers(Path(sys.argv[1]))
            say("ready")
            wait()
            for port in range(1, 9):
                servers.meet(f"{sys.argv[2]}:{port}", bytes([1]) * 33)
            """,
            tmp_path / "servers.json",
            host,
        )
        for host in "abcd"
    ]
    assert [process.hears() for process in processes] == ["ready"] * 4
    for process in processes:
        process.go()
    assert [process.ended() for process in processes] == [0] * 4
    stored = json.loads((tmp_path / "servers.json").read_bytes())["servers"]
    assert len(stored) == 1
    addresses = stored[0]["addresses"]
    assert set(addresses) == {f"{host}:{port}" for host in "abcd" for port in range(1, 9)}
    assert len(addresses) == 32
