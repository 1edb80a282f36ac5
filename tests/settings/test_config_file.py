"""The file of settings, and what is said of its mistakes."""

import os
import re
import tomllib
from collections.abc import Iterator
from pathlib import Path

import pytest

from chatd import limits
from chatd.errors import StartupError
from chatd.files import StorageError, read_settings
from chatd.settings import config_file, table
from chatd.settings.report import check, in_force
from chatd.settings.settings import read, survey


def problems(text: str) -> list[str]:
    """What is wrong with a file."""
    return [str(each) for each in survey({"config": "/f"}, {}, lambda _: text.encode())[1]]


def test_all_kinds_of_values() -> None:
    """Numbers, switches, texts and lists, over one line or several, with comments between."""
    text = """
    # a comment
    port = 1713  # another
    debug = true
    listen = []
    suites = [
        "cbc",  # the preferred one
        "gcm",
    ]
    shared = "10.0.0.0/8=20"
    """
    found = read({"config": "/f"}, {}, lambda _: text.encode())
    assert (found[table.PORT], found[table.DEBUG]) == (1713, True)
    assert found[table.SUITE_LIST] == ("cbc", "gcm")
    assert [weight for _, weight in found[table.SHARED]] == [20]
    assert found.place(table.SUITE_LIST) == "/f line 6"


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("port = 70000", "/f line 1: port must be a number from 0 to 65535, not '70000'"),
        ("\nport = '1'", "/f line 2: port must be a number from 0 to 65535, without quotes"),
        ("port = 1.5", "/f line 1: port must be a number from 0 to 65535, without quotes"),
        ("port = true", "/f line 1: port must be a number from 0 to 65535, without quotes"),
        ("debug = 1", "/f line 1: debug must be true or false, without quotes"),
        ("prot = 1", "/f line 1: there is no setting 'prot': did you mean port?"),
        (
            "max_clients = 1",
            "/f line 1: there is no setting 'max_clients': did you mean max-clients?",
        ),
        ("zebra = 1", "/f line 1: there is no setting 'zebra'"),
        ("config = '/g'", "/f line 1: there is no setting 'config'"),
        ("new-key = true", "/f line 1: new-key is for one start: give --new-key"),
        ("port = 1\nport = 2", "/f line 2: port was said before, at /f line 1"),
        (
            "suites = ['aes']",
            "/f line 1: suites must be some of gcm and cbc, with commas, not 'aes'",
        ),
        ("suites = [1]", "/f line 1: suites must be some of gcm and cbc, with commas, in quotes"),
    ],
)
def test_what_is_wrong_is_said_with_its_line(text: str, said: str) -> None:
    """The line, the setting, and what is allowed there, or what was probably meant."""
    assert problems(text) == [said]


@pytest.mark.parametrize(
    "text",
    [
        "port",
        "port =",
        "= 1",
        "port = 1 2",
        'host = "a',
        'host = """a',
        "suites = ['gcm'",
        "\x00",
        "[a",
    ],
)
def test_what_is_no_toml_costs_one_line_only(text: str) -> None:
    """It is said of its own line, and what follows is read."""
    found = problems(f"{text}\nnames = 0")
    assert len(found) == 2
    assert found[0].startswith("/f line 1: ")
    assert found[1].startswith("/f line 2: names must be")
    assert all(each.isprintable() for each in found)


def test_sections_and_dotted_keys() -> None:
    """There are none: the settings have one level."""
    assert "there are no sections" in problems("[relay]\npairs = 1")[0]
    assert len(problems("relay.pairs = 1")) == 1


def test_everything_is_said_in_the_order_of_the_lines() -> None:
    """An operator corrects a file in one go, also what only the value is wrong of."""
    found = problems("port = 70000\nprot = 1\nnames = 0\n[x]\n")
    assert [each.partition(":")[0] for each in found] == [f"/f line {n}" for n in (1, 2, 3, 4)]


def test_a_list_has_so_many_parts() -> None:
    """As many as the limit are taken, and one more is not."""
    names = [f"n{number}" for number in range(limits.CONFIGURED + 1)]
    assert not problems(f"banned = {names[:-1]}")
    (said,) = problems(f"banned = {names}")
    assert said.startswith(f"/f line 1: banned must be at most {limits.CONFIGURED} names")
    assert len(said) < 200


def test_what_is_no_text() -> None:
    """Bytes that are not UTF-8 are said with their line."""
    _, found = config_file.read("/f", b"port = 1\nhost = '\xff'\n")
    assert [str(each) for each in found] == ["/f line 2: this is not text in UTF-8"]


def test_hostile_keys_are_shown_safely() -> None:
    """What stands in a file reaches a terminal only as text that is safe to print."""
    found = problems('"\\u001b[2J\\u202e" = 1\nhost = "\\u001b"\nsuites = "\\u001b[2J"')
    assert all(each.isprintable() and len(each) < 200 for each in found)


@pytest.mark.parametrize(
    "line",
    [
        "suites = [",
        "suites = ['gcm', ']',",
        "x = ['[',\n['a'],",
        "[[",
        'x = "[',
        "x = '''",
        'x="""\\',
    ],
)
def test_a_long_file_of_mistakes_is_read_in_one_pass(
    line: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Openings that never end do not make it read the rest again and again."""
    looked_at: list[int] = []
    parts, loads = config_file._PART, tomllib.loads

    class Parts:
        def finditer(self, text: str, at: int) -> Iterator[re.Match[str]]:
            for part in parts.finditer(text, at):
                looked_at.append(len(part[0]))
                yield part

    def parsed(text: str) -> object:
        looked_at.append(len(text))
        return loads(text)

    monkeypatch.setattr(config_file, "_PART", Parts())
    monkeypatch.setattr(tomllib, "loads", parsed)
    data = f"{line}\n'a]',\n".encode() * 1000
    _, found = config_file.read("/f", data)
    assert found
    assert sum(looked_at) < 4 * len(data)


def test_a_statement_reaches_as_far_as_its_list_or_text() -> None:
    """Whatever stands in a text opens and ends nothing; a list that never ends costs its own lines,
    up to the next key."""
    text = """suites = [ # a ] and a '
        'gcm', "cbc"]
        oops
        motd = '''a [
host = 1'''
        banned = [
          'n1',
        names = 5
    """
    given, found = config_file.read("/f", text.encode())
    assert {option: each.text for option, each in given.items()} == {
        "suites": "gcm,cbc",
        "motd": "a [\nhost = 1",
        "names": "5",
    }
    assert [each.place for each in found] == ["/f line 3", "/f line 6"]


def test_a_file_that_is_too_large(tmp_path: Path) -> None:
    """It is refused as a whole at one byte over the limit."""
    path = tmp_path / "f"
    path.write_bytes(b"#" * limits.CONFIG_FILE)
    assert len(read_settings(path)) == limits.CONFIG_FILE
    path.write_bytes(b"#" * (limits.CONFIG_FILE + 1))
    with pytest.raises(StorageError, match="larger"):
        read_settings(path)


def test_a_pipe(tmp_path: Path) -> None:
    """It is read to its end, and one to which nobody writes holds nobody up."""
    path = tmp_path / "pipe"
    os.mkfifo(path)
    with pytest.raises(StorageError, match="nothing comes from it"):
        read({"config": str(path)}, {})
    reading, writing = os.pipe()
    try:
        os.write(writing, b"port = 1713")
        os.close(writing)
        found = read({"config": f"/dev/fd/{reading}"}, {})
    finally:
        os.close(reading)
    assert found[table.PORT] == 1713


def test_a_list_in_a_list_in_a_list() -> None:
    """Deeper than is read is a mistake like any other."""
    (problem,) = problems("port = 1713\nlisten = " + "[" * 100_000)
    assert problem.startswith("/f line 2: this is not TOML")


def test_a_file_that_is_not_there(tmp_path: Path) -> None:
    """One that was named has to be there."""
    with pytest.raises(StorageError, match="cannot read"):
        read({"config": str(tmp_path / "none")}, {})


def test_a_daemon_starts_with_no_mistake() -> None:
    """The first is said, with how many more there are."""
    with pytest.raises(StartupError) as refused:
        read({"config": "/f"}, {}, lambda _: b"port = -1\nnames = 0")
    assert str(refused.value).startswith("/f line 1: port must be")
    assert str(refused.value).endswith(", and 1 more")
    assert refused.value.hint == "chatd check says all"


def test_what_is_in_force_can_be_read_again(tmp_path: Path) -> None:
    """What `chatd config` prints is a file that means the same, and says where each comes from."""
    path = tmp_path / "f"
    path.write_text("port = 0x10\nshared = ['10.0.0.0/8=20', '::1=2']\ndebug = true\n")
    host = 'a"\x7f\x1b\x9b\u202e\N{GRINNING FACE}'
    options = {"config": str(path), "suites": "cbc,gcm", "host": host}
    lines = in_force(options, {"CHATD_PORT": "17"})
    assert "port = 17  # CHATD_PORT" in lines
    assert 'suites = ["cbc", "gcm"]  # --suites' in lines
    assert all(line.isprintable() for line in lines)
    again = read({"config": "/g"}, {}, lambda _: "\n".join(lines).encode())
    assert again == read(options, {"CHATD_PORT": "17"})
    assert list(check(options, {})) == [
        f"nothing is wrong; 5 of {len(table.TABLE)} settings are given"
    ]
