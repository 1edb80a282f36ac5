"""The pages of the manual and what shells complete say what the tables of the programs say."""

import importlib.util
import re
import shutil
import subprocess
from argparse import SUPPRESS, ArgumentParser
from pathlib import Path

import pytest

from chatd import chatctl, daemon, options
from chatd.preferences import variables
from chatd.settings.options import described
from chatd.settings.table import CONFIG, TABLE
from chatd.ui.commands import COMMANDS

TREE = Path(__file__).parents[2]
SHARE = TREE / "share"
OPTION = re.compile(r"(?<![\w-])--[a-z][a-z0-9_-]*[a-z0-9]")
FILES = {
    "bash": "bash-completion/completions/{}",
    "zsh": "zsh/site-functions/_{}",
    "fish": "fish/vendor_completions.d/{}.fish",
    "man": "man/man1/{}.1",
}


def walk(parser: ArgumentParser) -> tuple[set[str], set[str], set[str]]:
    """The options of a parser and of all below it, the words that choose these, and its texts."""
    given, words, texts = set(), set(), set()
    for action in parser._actions:
        given |= {name for name in action.option_strings if name.startswith("--")}
        texts |= {action.help} if action.help not in (None, SUPPRESS) else set()
        if isinstance(action.choices, dict):
            words |= set(action.choices)
            texts |= {each.help for each in action._choices_actions}
            for each in action.choices.values():
                found = walk(each)
                given, words, texts = given | found[0], words | found[1], texts | found[2]
    return given, words, texts


def of_the_daemon() -> tuple[set[str], set[str], set[str]]:
    """The same for `chatd`, whose command line is that of Twisted."""
    rows = [*map(described, (*TABLE, CONFIG)), *daemon.PROCESS]
    given = set()
    for spelt, _ in rows:
        name = spelt.strip().rstrip("=")
        given |= {name.replace("[no-]", ""), name.replace("[no-]", "no-")}
    words = {each.split()[0] for each, _ in daemon.WORDS}
    return given, words, {text for _, text in (*rows, *daemon.WORDS)}


TABLES = {
    "chat": walk(options.whole()),
    "chatctl": walk(chatctl.parser()),
    "chatd": of_the_daemon(),
}


def content(program: str, kind: str) -> str:
    """A file, without the escapes of a page and with one space where there are several."""
    text = (SHARE / FILES[kind].format(program)).read_text()
    if kind == "man":
        text = re.sub(r"\\f.|\\,|\\/|\\&", "", text).replace("\\-", "-").replace("\\e", "\\")
    return " ".join(text.replace("'\\''", "'").replace("\\'", "'").split())


@pytest.mark.parametrize("kind", FILES)
@pytest.mark.parametrize("program", TABLES)
def test_all_options_and_words_are_there_and_no_other(program: str, kind: str) -> None:
    """An option or a word that is added, renamed or taken away changes the file, or this fails:
    python deploy/shell_files.py."""
    given, words, texts = TABLES[program]
    said = content(program, kind)
    found = set(OPTION.findall(said))
    found |= {f"--{name}" for name in re.findall(r" -l ([a-z0-9_-]+)", said)}  # as fish writes it
    unsaid = {"--help"} if kind == "man" else set()
    assert given - found - unsaid == set()
    mentioned = {name for text in texts for name in OPTION.findall(text)}
    ours = {"--help", "--version", "--print-completion"}
    assert found - given - mentioned - ours - _OF_SHELLS.get(kind, set()) == set()
    assert {word for word in words if not re.search(rf"\b{word}\b", said)} == set()


_OF_SHELLS = {
    "fish": {"--candidate", "--erase", "--expect_value", "--local", "--query", "--tokens"}
}


@pytest.mark.parametrize("program", TABLES)
def test_a_page_says_what_help_says(program: str) -> None:
    """Each text of the tables stands in the page as it is."""
    said = content(program, "man")
    texts = {" ".join(text.replace("%%", "%").split()) for text in TABLES[program][2]}
    assert {text for text in texts if text not in said} - _OF_THE_PROGRAM == set()


_OF_THE_PROGRAM = {"show this", "show this help message and exit"}


def test_the_page_of_chat_has_what_can_be_typed_and_all_variables() -> None:
    """Each command with its summary, and the variable of each option."""
    said = content("chat", "man")
    for command in COMMANDS:
        assert f"{command.usage} {command.summary}" in said
    for variable, option in variables(options.chat()).items():
        assert f"{variable} as {option}" in said


@pytest.mark.parametrize(
    ("words", "found"),
    [
        (["chat", "--rel"], ["--relay-only"]),
        (["chat", "dem"], ["demo"]),
        (["chat", "key", "exp"], ["export"]),
        (["chat", "--suite", "c"], ["cbc"]),
        (["chatctl", "unb"], ["unban"]),
        (["chatd", "--no-log-a"], ["--no-log-addresses"]),
    ],
)
def test_what_bash_completes(words: list[str], found: list[str]) -> None:
    """A shell that has read the file completes options, words and values."""
    program = words[0]
    path = SHARE / FILES["bash"].format(program)
    lines = (
        f"source {path}",
        f"COMP_WORDS=({' '.join(words)}); COMP_CWORD={len(words) - 1}",
        f"$(complete -p {program} | sed 's/.*-F \\([^ ]*\\).*/\\1/') {program} {words[-1]} x",
        'printf "%s\\n" "${COMPREPLY[@]}"',
    )
    done = subprocess.run(
        ["bash", "-c", "\n".join(lines)], capture_output=True, text=True, check=False
    )
    assert (done.stdout.split(), done.stderr) == (found, "")


@pytest.mark.packaging
@pytest.mark.parametrize("shell", ["bash", "zsh", "fish"])
def test_shells_read_them(shell: str) -> None:
    """Each shell finds nothing wrong with its files."""
    if shutil.which(shell) is None:
        pytest.skip(f"there is no {shell}")
    for program in TABLES:
        path = SHARE / FILES[shell].format(program)
        done = subprocess.run([shell, "-n", path], capture_output=True, text=True, check=False)
        assert (done.returncode, done.stderr) == (0, "")


@pytest.mark.packaging
def test_they_are_what_is_written_today() -> None:
    """The program that writes them writes the same again."""
    path = TREE / "deploy" / "shell_files.py"
    spec = importlib.util.spec_from_file_location("shell_files", path)
    assert spec is not None
    assert spec.loader is not None
    writer = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(writer)
    for name, text in writer.files().items():
        assert (SHARE / name).read_text().strip() == text.strip()
