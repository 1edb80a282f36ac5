"""What an operator gives, and what a daemon makes of it."""

from pathlib import Path
from typing import Any

import pytest
from platformdirs import user_data_path

from chatd import limits
from chatd.errors import StartupError
from chatd.settings import settings, table
from chatd.settings.settings import Settings
from chatd.tap import Options


def given(**values: str) -> Settings:
    """What chat.tac makes of these variables."""
    return settings.read({}, {f"CHATD_{name}": value for name, value in values.items()})


def options(*words: str) -> Settings:
    """What `twistd chatd` makes of these words."""
    parsed: Any = Options()
    parsed.parseOptions(list(words))
    return parsed.settings


def test_nothing_has_to_be_given() -> None:
    """Without settings a daemon listens on its port on all addresses, in the user's folder."""
    found = given()
    assert found.endpoints in (("tcp:1712:interface=\\:\\:",), ("tcp:1712:interface=0.0.0.0",))
    assert found[table.MAX_CLIENTS] == 1000
    assert found[table.SUITE_LIST] == ("gcm", "cbc")
    assert not found[table.DEBUG]
    assert found.data_dir == user_data_path("chatd") / "server"


def test_where_there_is_no_ipv6(monkeypatch: pytest.MonkeyPatch) -> None:
    """A machine without IPv6 is listened to on IPv4."""

    def none(*_: object) -> None:
        raise OSError("Address family not supported by protocol")

    monkeypatch.setattr("chatd.settings.settings.socket.socket", none)
    assert given().endpoints == ("tcp:1712:interface=0.0.0.0",)


@pytest.mark.parametrize("name", ["max-clients", "max-clients-allowed", "max_clients_allowed"])
def test_spellings_of_the_cap(name: str) -> None:
    """The cap is understood in each spelling."""
    assert options(f"--{name}", "7")[table.MAX_CLIENTS] == 7


def test_shared_networks_have_weights() -> None:
    """Addresses and networks, of both families, each with a number."""
    shared = given(SHARED="127.0.0.1=50, 10.0.0.0/8=20,2001:db8::/48=3")[table.SHARED]
    assert [(str(network), weight) for network, weight in shared] == [
        ("127.0.0.1/32", 50),
        ("10.0.0.0/8", 20),
        ("2001:db8::/48", 3),
    ]


@pytest.mark.parametrize(
    "text", ["127.0.0.1", "=5", "127.0.0.1=", "127.0.0.1=0", "10.0.0.1/8=5", "here=5", "::1=5=5"]
)
def test_what_is_no_shared_network(text: str) -> None:
    """A weight is needed, at least one, and an address or a network before it."""
    with pytest.raises(StartupError, match="SHARED"):
        given(SHARED=text)


def test_both_ways_mean_the_same(tmp_path: Path) -> None:
    """Every setting has an option and a variable, with one meaning."""
    folder = str(tmp_path)
    words = f"--host ::1 --port 0 --max-clients 7 --data-dir {folder} --suites cbc --debug"
    assert options(*words.split()) == given(
        HOST="::1", PORT="0", MAX_CLIENTS="7", DATA_DIR=folder, SUITES="cbc", DEBUG="1"
    )
    assert options("--listen", "tcp:1", "--listen", "tcp:2") == given(LISTEN="tcp:1 tcp:2")


def test_a_host_becomes_one_endpoint() -> None:
    """The colons of an IPv6 address do not end the field of an endpoint that it stands in."""
    assert given(HOST="::1", PORT="0").endpoints == ("tcp:0:interface=\\:\\:1",)


def test_empty_variables_are_none() -> None:
    """A variable that is set to nothing is as good as one that is not set."""
    empty = dict.fromkeys(["LISTEN", "HOST", "PORT", "MAX_CLIENTS", "DATA_DIR", "DEBUG"], "")
    assert given(**empty, SUITES="") == given()


def test_the_state_folder_of_a_unit(tmp_path: Path) -> None:
    """Under systemd the data folder is the first that the unit has for its state."""
    found = settings.read({}, {"STATE_DIRECTORY": f"{tmp_path / 'a'}:{tmp_path / 'b'}"})
    assert found.data_dir == tmp_path / "a"


@pytest.mark.parametrize(
    ("where", "at"),
    [
        ("small", None),
        ("open", None),
        ("off", None),
        ("relay.example.org:1713", ("relay.example.org", 1713, False)),
        ("[2001:db8::1]:1713", ("2001:db8::1", 1713, False)),
        ("tls:relay.example.org:443", ("relay.example.org", 443, True)),
        ("tls:[2001:db8::1]:443", ("2001:db8::1", 443, True)),
    ],
)
def test_where_the_relay_is(where: str, at: tuple[str, int, bool] | None) -> None:
    """In this process, nowhere, or at another place."""
    found = given(RELAY=where)
    assert found.relays_here == (where in ("small", "open"))
    assert (found.relay_elsewhere, found.only_relays) == (at, False)


def test_a_relay_alone_relays_here() -> None:
    """Its role leaves nothing else for it to do."""
    assert given(ROLE="relay").only_relays
    with pytest.raises(StartupError):
        given(ROLE="relay", RELAY="off")


def test_a_relative_folder_is_made_absolute() -> None:
    """A daemon in the background changes its folder; its data stay where they were meant to be."""
    assert given(DATA_DIR="data").data_dir == Path.cwd() / "data"


def test_names_in_all() -> None:
    """As many as the operator says, up to what a machine can hold."""
    assert given(NAMES="7")[table.NAMES] == 7
    assert given()[table.NAMES] == limits.NAMES
    assert given(NAMES=str(limits.MOST_NAMES))[table.NAMES] == limits.MOST_NAMES
    with pytest.raises(StartupError):
        given(NAMES=str(limits.MOST_NAMES + 1))


@pytest.mark.parametrize(("value", "meant"), [("1", True), ("YES", True), ("0", False)])
def test_debug_as_a_variable(value: str, meant: bool) -> None:
    """The one switch can be written as people write switches."""
    assert given(DEBUG=value)[table.DEBUG] is meant


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("PORT", "-1"),
        ("PORT", "65536"),
        ("PORT", "\N{FULLWIDTH DIGIT ONE}712"),
        ("PORT", " 1712"),
        ("PORT", "9" * 5000),
        ("MAX_CLIENTS", "0"),
        ("MAX_CLIENTS", "1000001"),
        ("MAX_CLIENTS", "1_000"),
        ("SUITES", "aes"),
        ("SUITES", "gcm,gcm"),
        ("SUITES", "gcm,"),
        ("DEBUG", "maybe\x1b[2J"),
        ("RELAY", "there"),
        ("RELAY", "::1:1712"),
        ("RELAY", "relay.example.org:0"),
        ("RELAY", "here"),
        ("RELAY", "a b:1"),
        ("RELAY_PAIRS", "0"),
        ("RELAY_RATE", "1023"),
        ("ROLE", "both"),
    ],
)
def test_what_cannot_be_used(name: str, value: str) -> None:
    """Bad values are refused with a short text that is safe to print."""
    with pytest.raises(StartupError) as refused:
        given(**{name: value})
    text = str(refused.value)
    assert text.isprintable()
    assert len(text) < 200


@pytest.mark.parametrize(
    ("setting", "value"),
    [
        (table.PORT, 65535),
        (table.MAX_CLIENTS, limits.MOST_CLIENTS),
        (table.RELAY_RATE, 1_000_000_000),
        (table.RELAY_RATE, limits.MOST_RELAY_RATE),
        (table.RELAY_PAIR_RATE, limits.MOST_RELAY_RATE),
    ],
)
def test_the_largest_numbers(setting: Any, value: int) -> None:
    """A number at its limit is taken, and none over it, however many digits it has."""
    name = setting.variable.removeprefix("CHATD_")
    assert given(**{name: str(value)})[setting] == value
    with pytest.raises(StartupError):
        given(**{name: str(value * 100)})


@pytest.mark.parametrize("last", ["file", "variable", "option"])
def test_who_has_the_last_word(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, last: str) -> None:
    """A file counts less than a variable, and that less than an option; so for each setting."""
    path = tmp_path / "chatd.toml"
    path.write_text("port = 1\nnames = 1\nmax-clients = 1\ndebug = true\n")
    environ = {"CHATD_PORT": "2", "CHATD_NAMES": "2", "CHATD_CONFIG": str(path)}
    if last == "file":
        environ = {"CHATD_CONFIG": str(path)}
    for name, value in environ.items():
        monkeypatch.setenv(name, value)
    found = options(*(["--port", "3", "--no-debug"] if last == "option" else []))
    expected = {"file": (1, 1, 1, True), "variable": (2, 2, 1, True), "option": (3, 2, 1, False)}
    read = found[table.PORT], found[table.NAMES], found[table.MAX_CLIENTS], found[table.DEBUG]
    assert read == expected[last]
    assert found.place(table.MAX_CLIENTS) == f"{path} line 3"


@pytest.mark.parametrize("other", [{"HOST": "::1"}, {"PORT": "1"}])
def test_one_way_to_say_where(other: dict[str, str]) -> None:
    """An endpoint beside a host or a port would leave open which is meant."""
    with pytest.raises(StartupError, match="leave --host and --port out"):
        given(LISTEN="tcp:1", **other)


def test_an_error_ends_the_process_with_one_line() -> None:
    """What an option gets wrong becomes the text of a SystemExit, which is printed as it is."""
    with pytest.raises(SystemExit) as ended:
        options("--port", "x")
    assert ended.value.code == "chatd: error: --port must be a number from 0 to 65535, not 'x'"


def test_the_version(capsys: pytest.CaptureFixture[str]) -> None:
    """`twistd chatd --version` shows the version of chatd, not that of Twisted."""
    with pytest.raises(SystemExit) as ended:
        options("--version")
    assert ended.value.code == 0
    assert capsys.readouterr().out.startswith("chatd ")
