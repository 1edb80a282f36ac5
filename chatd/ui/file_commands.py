"""The commands about files, and how what is typed is read: paths, numbers, sizes and rates."""

import os
import re
import shlex

from chatd import limits
from chatd.engine import commands as c
from chatd.engine.decisions import events as e
from chatd.text import safe_line
from chatd.ui.command import Command, Here, Meaning, Mistake

_SIZE = r"(?i)(\d+(?:\.\d+)?) ?([kmgt]?)(?:i?b)?"
_UNITS = {"": 1, "k": 1 << 10, "m": 1 << 20, "g": 1 << 30, "t": 1 << 40}


def send(here: Here, argument: str) -> Meaning:
    """`send PATH…`."""
    words = _words(argument)
    if not words:
        raise Mistake("usage: send PATH…", "Tab completes it; /send 'my file' ~/photos")
    return c.SendFiles(tuple(path for word in words for path in _paths(word)), here.id)


def take(here: Here, argument: str) -> Meaning:
    """`take [N] [FOLDER]`, `take always SIZE`, `take never`."""
    match _words(argument):
        case []:
            return c.TakeFiles()
        case ["always", *rest] if rest:
            return c.TakeAlways(_size(" ".join(rest)), _talk(here))
        case ["never"]:
            return c.TakeAlways(0, _talk(here))
        case [number] if number.isdigit():
            return c.TakeFiles(_number(number))
        case [number, folder] if number.isdigit():
            return c.TakeFiles(_number(number), _absolute(folder))
        case [folder] if folder != "always":
            return c.TakeFiles(None, _absolute(folder))
    raise Mistake("usage: take [N] [FOLDER]", "or: take always 10M, take never")


def refuse(_: Here, argument: str) -> Meaning:
    """`refuse [N]`."""
    return c.EndFiles(_number(argument) if argument else None)


def files(here: Here, argument: str) -> Meaning:
    """`files`, `files N`, `files pause [N]` and so on."""
    match argument.lower().split():
        case []:
            return c.ListFiles()
        case ["remove", *_]:
            return c.RemoveLeftOver(_left_over(argument))
        case [number] if number.isdigit():
            return c.ShowFiles(_number(number))
        case ["pause" | "go" as word, *rest] if len(rest) < 2:
            return c.HoldFiles(_number(rest[0]) if rest else None, word == "pause")
        case ["first", number]:
            return c.HurryFiles(_number(number))
        case ["cancel", number]:
            return c.EndFiles(_number(number))
        case ["rate", "off"]:
            return c.LimitFiles()
        case ["rate", *size] if size:
            return c.LimitFiles(max(1, _size(" ".join(size).removesuffix("/s"))))
    raise Mistake(
        "usage: files [N | pause [N] | go [N] | first N | cancel N | rate SIZE | remove PLACE]",
        "files alone lists them",
    )


def _words(argument: str) -> list[str]:
    try:
        return shlex.split(argument)
    except ValueError:
        raise Mistake("a quote is not closed", "/send 'my file'") from None


def _paths(word: str) -> list[str]:
    """The path that a word means; all that fit, where it has a pattern in it and is none itself."""
    import glob

    path = _absolute(word)
    if os.path.lexists(path) or not glob.has_magic(path):
        return [path]
    return sorted(glob.glob(path)) or [path]


def _absolute(word: str) -> str:
    if "\0" in word:
        raise Mistake(f"{safe_line(word, 40)} is no path")
    return os.path.abspath(os.path.expanduser(word))


def _left_over(argument: str) -> str:
    match _words(argument):
        case [_, place]:
            return _absolute(place)
    raise Mistake("usage: files remove PLACE", "files shows what is left over, and where")


def _number(word: str) -> int:
    if not (word.isascii() and word.isdigit() and len(word) < 10):
        raise Mistake(f"{safe_line(word, 40)} is not the number of a transfer", "files shows them")
    return int(word)


def _size(said: str) -> int:
    found = re.fullmatch(_SIZE, said.strip())
    if found is None or len(said) > 20:
        raise Mistake(f"{safe_line(said, 40)} is not a size", "write: 500k, 10M, 1.5G")
    return min(int(float(found[1]) * _UNITS[found[2].lower()]), limits.OFFERED_SIZE)


def _talk(here: Here) -> bytes | None:
    if here.talk is None:
        raise Mistake("from whom?", "in a conversation: /take always 10M")
    return here.id


FILES = (
    Command(
        "files",
        "",
        "the files that go over, wait or are offered",
        files,
        example="files pause 2",
        together="files go over; take or refuse them",
        more="files N shows one; pause, go, first, cancel N; rate 500k, rate off; remove PLACE",
        is_raw=True,
        shell="stored",
        told=(
            e.FilesKnown,
            e.FilesListed,
            e.FilesHeld,
            e.FilesFirst,
            e.FilesLimited,
            e.FilesOver,
            e.LeftOverRemoved,
        ),
    ),
    Command(
        "send",
        "PATH…",
        "send files and folders",
        send,
        where="chat",
        completes="paths",
        example="send report.pdf 'my photos'",
        more="folders too; what is cut short goes on, also in a later conversation, for a week",
        row="files",
        is_raw=True,
    ),
    Command(
        "take",
        "[N] [FOLDER]",
        "take what is offered",
        take,
        example="take 2 ~/music",
        more="take always 10M: up to that without asking, from this person; take never ends it",
        row="files",
        is_raw=True,
        shell="agent",
    ),
    Command(
        "refuse",
        "[N]",
        "refuse what is offered",
        refuse,
        row="files",
        is_raw=True,
        shell="agent",
        told=(e.FilesOver,),
    ),
)
