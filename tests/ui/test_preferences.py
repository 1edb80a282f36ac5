"""What a person chose for `chat`: file, variables, alias and command line, the later one counts."""

import os
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from chatd import limits, options
from chatd.errors import ChatdError, Usage
from chatd.files import StorageError
from chatd.preferences import chosen, default_path, gather, report, with_last
from chatd.store.last_server import LastServer, remember

WORK = '[servers.work]\nhost = "chat.example.org"\nport = 4000\ntls = true\n'


def written(folder: Path, text: str | bytes) -> dict[str, str]:
    """An environment in which the file has this text."""
    path = folder / "config.toml"
    path.write_bytes(text.encode() if isinstance(text, str) else text)
    return {"CHAT_CONFIG": str(path)}


def choose(environ: dict[str, str], *argv: str) -> dict[str, object]:
    """All options, as the client is started with."""
    parser = options.chat()
    return vars(chosen(parser, gather(parser, argv, environ)))


def test_without_anything_all_is_as_the_parser_says(tmp_path: Path) -> None:
    """No file, no variable, no option."""
    environ = {"CHAT_CONFIG": str(tmp_path / "none")}
    del environ["CHAT_CONFIG"]
    assert choose({"HOME": str(tmp_path)}) == vars(options.chat().parse_args([]))


def test_the_later_one_counts(tmp_path: Path) -> None:
    """File, then variable, then alias, then command line."""
    environ = written(tmp_path, f'port = 1\nhost = "a"\nnotify = "off"\n{WORK}')
    assert choose(environ)["port"] == 1
    environ["CHAT_PORT"] = "2"
    assert choose(environ)["port"] == 2
    assert choose(environ, "@work")["port"] == 4000
    found = choose(environ, "@work", "--port", "3")
    assert (found["port"], found["host"], found["tls"]) == (3, "chat.example.org", True)
    assert found["notify"] == "off"


def test_flags_that_exclude_each_other(tmp_path: Path) -> None:
    """On different levels they replace each other; on one they are a mistake."""
    environ = written(tmp_path, "no-relay = true\n")
    assert choose(environ)["relay"] == "never"
    assert choose(environ, "--relay-only")["relay"] == "only"
    assert choose(written(tmp_path, "no-relay = false\n"))["relay"] == "may"


def test_a_terminal_that_draws_nothing_is_written_to_plainly(tmp_path: Path) -> None:
    """As it says by itself, unless the person says otherwise; `config` tells whose word it is."""
    environ = written(tmp_path, "")
    assert choose(environ | {"TERM": "xterm"})["plain"] is False
    dumb = environ | {"TERM": "dumb"}
    assert choose(dumb)["plain"] is True
    assert "plain = true  (TERM=dumb)" in report(options.chat(), gather(options.chat(), [], dumb))
    assert choose(dumb | {"CHAT_PLAIN": "no"})["plain"] is False


def test_a_variable_takes_a_switch_back(tmp_path: Path) -> None:
    """What the file switches on can be off for once."""
    environ = written(tmp_path, "tls = true\n")
    assert choose(environ)["tls"] is True
    assert choose(environ | {"CHAT_TLS": "no"})["tls"] is False


def test_tor_with_and_without_a_place(tmp_path: Path) -> None:
    """An option that may have a value is on, or has one."""
    assert choose(written(tmp_path, "tor = true\n"))["tor"] == ""
    assert choose(written(tmp_path, 'tor = "/run/tor"\n'))["tor"] == "/run/tor"


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("port = 70000", "a port is a number"),
        ("port = [1]", "port is not a text or a number"),
        ("port = true", "port is not a text or a number"),
        ("tls = 1", "tls is on or off"),
        ('notfy = "off"', "there is no setting 'notfy'"),
        ("card = true", "there is no setting 'card'"),
        ("help = true", "there is no setting 'help'"),
        ('"\x1b[2J" = 1', "is not TOML"),
        ('"\\u001b[2J" = 1', "there is no setting"),
        ("port", "is not TOML"),
        (b"\xff\xfe", "is not TOML"),
        ("a = " + "[" * 5000, "is not TOML"),
        ("servers = 3", "there is no server called 'work'"),
        ("[servers]\nwork = 3", "there is no server called 'work'"),
        ("[servers.wrok]\nport = 1", "there is no server called 'work'"),
        ("[servers.work]\nport = 0", "servers.work: argument --port"),
    ],
)
def test_what_is_wrong_with_a_file_is_said(tmp_path: Path, text: str | bytes, message: str) -> None:
    """In one safe line, with the file or the section."""
    with pytest.raises(Usage) as caught:
        choose(written(tmp_path, text), "@work")
    said = str(caught.value)
    assert message in said
    assert said.isprintable()


def test_a_file_that_cannot_be_read(tmp_path: Path) -> None:
    """One that was named and is not there, a folder, a pipe to which nobody writes, and one that is
    far too large."""
    os.mkfifo(tmp_path / "pipe")
    for path in (tmp_path / "none", tmp_path, tmp_path / "pipe"):
        with pytest.raises(StorageError):
            choose({"CHAT_CONFIG": str(path)})
    with pytest.raises(StorageError, match="larger than"):
        choose(written(tmp_path, "#" * (limits.CONFIG_FILE + 1)))


@given(text=st.text(max_size=60))
def test_any_file_is_read_or_refused(tmp_path_factory: pytest.TempPathFactory, text: str) -> None:
    """Nothing else leaves the reader."""
    environ = written(tmp_path_factory.getbasetemp(), text.encode("utf-8", "replace"))
    said = ""
    try:
        choose(environ)
    except ChatdError as error:
        said = str(error)
    assert said.isprintable()


def test_the_report_says_who_says_so(tmp_path: Path) -> None:
    """Every option that can be kept, its value and its place; a password is not shown."""
    environ = written(tmp_path, 'proxy = "http://me:word@proxy:1"\nno-relay = true\n')
    parser = options.chat()
    lines = report(parser, gather(parser, ["--port", "3"], environ))
    assert "port = 3  (the command line)" in lines
    assert f"no-relay = true  ({environ['CHAT_CONFIG']})" in lines
    assert "unlisted = false  (the default)" in lines
    assert "me:" not in "".join(lines)


def test_the_report_says_where_a_plain_start_goes() -> None:
    """The host and the port by default are those that are taken; no option stands there twice."""
    parser = options.chat()
    lines = report(parser, gather(parser, [], {"CHAT_CONFIG": "/dev/null"}))
    assert lines[:2] == ["host = 'localhost'  (the default)", "port = 1712  (the default)"]
    assert not any(line.startswith("host-port") for line in lines)


def test_a_person_without_a_home_has_no_file(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    """And `XDG_CONFIG_HOME` says where the folder is."""
    monkeypatch.setenv("XDG_CONFIG_HOME", str(tmp_path))
    assert default_path({}) == tmp_path / "chatd" / "config.toml"


def test_a_start_that_names_no_server_goes_where_the_last_one_was(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    """With the TLS that it had; whoever names a server, Tor, a proxy or a card goes there."""
    monkeypatch.setenv("XDG_DATA_HOME", str(tmp_path))
    parser, nothing = options.chat(), {"CHAT_CONFIG": "/dev/null"}

    def start(*argv: str) -> dict[str, object]:
        return vars(chosen(parser, with_last(gather(parser, argv, nothing))))

    assert start()["host"] is None
    remember(tmp_path / "chatd", LastServer("chat.example.org", 4000, tls=True))
    found = start()
    assert (found["host"], found["port"], found["tls"]) == ("chat.example.org", 4000, True)
    assert start("--username", "alice")["host"] == "chat.example.org"
    for named in (["--host", "other"], ["--port", "5"], ["--tor"], ["--card"]):
        assert start(*named)["host"] in (None, "other")
    assert start("--proxy", "socks5://127.0.0.1:9050")["host"] is None
    lines = report(parser, with_last(gather(parser, [], nothing)))
    assert lines[0] == "host = 'chat.example.org'  (where you were last)"


def test_a_damaged_last_server_is_not_guessed_at(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    """It stays as it is, and is in nobody's way who names a server."""
    monkeypatch.setenv("XDG_DATA_HOME", str(tmp_path))
    remember(tmp_path / "chatd", LastServer("a", 1))
    path = tmp_path / "chatd" / "last_server.json"
    path.write_text("{}")
    parser = options.chat()
    with pytest.raises(StorageError, match="last server file"):
        with_last({})
    named = gather(parser, ["--host", "b"], {"CHAT_CONFIG": "/dev/null"})
    assert with_last(named) == named
    assert path.read_text() == "{}"


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("them", "a colour is one of"),
        ("they=red", "a colour is one of"),
        ("them=reddish", "'reddish' is no colour"),
        ("us=#12345", "'#12345' is no colour"),
        ("us=bg:red", "'bg:red' is no colour"),
        ("\x1b=red", "a colour is one of"),
        ("us=\x1b[31m", "is no colour"),
    ],
)
def test_what_is_no_colour(tmp_path: Path, text: str, message: str) -> None:
    """It is said, with those that there are, in one safe line."""
    with pytest.raises(Usage, match=message) as caught:
        choose({"CHAT_COLOURS": text})
    assert str(caught.value).isprintable()


def test_colours_from_the_file(tmp_path: Path) -> None:
    """Each that is named; the report shows them as they are written."""
    environ = written(tmp_path, 'colours = "them=green, us=#8888ff bold"\n')
    assert choose(environ)["colours"] == {"them": "green", "us": "#8888ff bold"}
    parser = options.chat()
    lines = report(parser, gather(parser, [], environ))
    assert f"colours = 'them=green,us=#8888ff bold'  ({environ['CHAT_CONFIG']})" in lines
