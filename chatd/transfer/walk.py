"""What is to be sent, found one after the other: files and folders, and what is left out."""

import os
import stat
from collections.abc import Iterable, Iterator
from itertools import count, islice
from pathlib import Path
from typing import Literal

from msgspec import Struct

from chatd import limits
from chatd.transfer.below import Below, open_folder
from chatd.transfer.manifest import Entry
from chatd.transfer.names import numbered

Why = Literal["link", "special", "unreadable", "too deep", "name", "alike", "too large"]


class LeftOut(Struct, frozen=True):
    """Something that is not sent: where it is, and why."""

    path: Path
    why: Why


def tops(paths: Iterable[Path]) -> dict[str, Path]:
    """What each path is called at the top of what is sent, no two alike; paths become absolute."""
    named: dict[str, Path] = {}
    for path in paths:
        # What is called "." or "x/.." has a name of its own; a link keeps its name.
        whole = path.resolve() if path.name in ("", "..") else path.absolute()
        name = said(os.fsencode(whole.name)) or "_"
        others = (numbered(name, number) for number in count(2))
        named[name if name not in named else next(n for n in others if n not in named)] = whole
    return named


def walk(named: dict[str, Path]) -> Iterator[Entry | LeftOut]:
    """Everything below these, each folder before what is in it; links that a person named are
    followed, others are left out. Lazy: it looks at one folder at a time."""
    for name, path in named.items():
        try:
            status = path.stat()
        except OSError:
            yield LeftOut(path, "unreadable")
            continue
        found = _entry((name,), status)
        if not isinstance(found, Entry):
            yield LeftOut(path, found)
            continue
        yield found
        if found.kind == "folder":
            yield from _walk_folder(found, path)


def said(name: bytes) -> str:
    """How the other side hears a name: bytes that are no text as `\\xNN`."""
    return name.decode("utf-8", "backslashreplace")


def _walk_folder(top: Entry, path: Path) -> Iterator[Entry | LeftOut]:
    try:
        below = Below(open_folder(os.fsencode(path)))
    except OSError:
        yield LeftOut(path, "unreadable")
        return
    waiting: list[tuple[tuple[str, ...], tuple[bytes, ...]]] = [(top.path, ())]
    try:
        while waiting:
            heard, real = waiting.pop()
            folders = []
            for found, name in _listed(below, heard, real, path):
                yield found
                if isinstance(found, Entry) and found.kind == "folder":
                    folders.append((found.path, (*real, name)))
            waiting.extend(reversed(folders))
    finally:
        below.close()


def _listed(
    below: Below, heard: tuple[str, ...], real: tuple[bytes, ...], top: Path
) -> Iterator[tuple[Entry | LeftOut, bytes]]:
    """What is in one folder, in the order of names, as far as any list has room for it; one of
    two that are heard alike."""
    place = top.joinpath(*map(os.fsdecode, real))
    try:
        with os.scandir(below.enter(real)) as entries:
            some = islice(entries, limits.OFFERED_ENTRIES + 1)
            names = sorted(os.fsencode(entry.name) for entry in some)
    except OSError:
        yield LeftOut(place, "unreadable"), b""
        return
    alike: set[str] = set()
    for name in names:
        called = said(name)
        found: Entry | Why
        if called in alike:
            found = "alike"
        else:
            if "\\x" in called:  # a name that is no text, or looks like one
                alike.add(called)
            try:
                status = os.stat(name, dir_fd=below.enter(real), follow_symlinks=False)
                found = _entry((*heard, called), status)
            except OSError:
                found = "unreadable"
        if isinstance(found, Entry):
            yield found, name
        else:
            yield LeftOut(place / os.fsdecode(name), found), name


def _entry(heard: tuple[str, ...], status: os.stat_result) -> Entry | Why:
    mode = status.st_mode
    modified = min(max(0, int(status.st_mtime)), limits.LAST_SECOND)
    if len(heard) > limits.OFFERED_DEPTH:
        return "too deep"
    if len(heard[-1].encode()) > limits.OFFERED_NAME:
        return "name"
    if stat.S_ISDIR(mode):
        return Entry(heard, "folder", 0, modified, False)
    if not stat.S_ISREG(mode):
        return "link" if stat.S_ISLNK(mode) else "special"
    if status.st_size > limits.OFFERED_SIZE:
        return "too large"
    return Entry(heard, "file", status.st_size, modified, bool(mode & stat.S_IXUSR))
