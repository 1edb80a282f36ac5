"""Standard input and output, line by line.

Both are used through their descriptors: a buffered stdin that a thread reads would stop the
process from ending, and a buffered stdout would try once more at the end what has failed before.
"""

import errno
import os
import select
import sys
import threading
from collections.abc import Callable, Iterable
from typing import Any, TextIO

from chatd import limits

_READ = 64 * 1024


def descriptor(stream: TextIO | None) -> int | None:
    """None for a stream that was closed when we started: its number may mean a socket by now."""
    try:
        return stream.fileno() if stream is not None else None
    except OSError:  # of what stands in its place
        return None


def has_terminal() -> bool:
    """Whether there is a terminal on both sides, as the interactive client needs."""
    return all(stream is not None and stream.isatty() for stream in (sys.stdin, sys.stdout))


class LineSplitter:
    """Cuts a stream of bytes into lines, without their ends (LF or CR LF).

    Of a line over `most` bytes only that much is kept, which is too long for what it is used for,
    and so is refused there.
    """

    def __init__(self, most: int = limits.PIPED_LINE) -> None:
        self._most = most
        self._kept = bytearray()

    def feed(self, data: bytes) -> list[bytes]:
        """The lines that end in `data`."""
        *ended, rest = data.split(b"\n")
        lines = []
        for part in ended:
            self._keep(part)
            lines.append(self._take())
        self._keep(rest)
        return lines

    def end(self) -> list[bytes]:
        """The last line, if it was not ended."""
        return [self._take()] if self._kept else []

    def _keep(self, part: bytes) -> None:
        self._kept += part[: self._most - len(self._kept)]

    def _take(self) -> bytes:
        line = bytes(self._kept).removesuffix(b"\r")
        self._kept.clear()
        return line


class LineReader:
    """Reads lines in a thread of its own, since a file cannot be polled, and hands them over in
    the reactor's; `descriptor` is None where there is no input at all.

    A line has at most `most` bytes, and not more than `limits.HELD_LINES` are on their way at a
    time: `taken` makes room for the next.
    """

    def __init__(
        self,
        reactor: Any,
        descriptor: int | None,
        line: Callable[[bytes], None],
        end: Callable[[], None],
        most: int = limits.PIPED_LINE,
    ) -> None:
        self._reactor = reactor
        self._descriptor = descriptor
        self._line = line
        self._end = end
        self._splitter = LineSplitter(most)
        self._room = threading.Semaphore(limits.HELD_LINES)

    def start(self) -> None:
        """Begin to read; the thread does not keep the process alive."""
        threading.Thread(target=self._read, name="chat input", daemon=True).start()

    def taken(self) -> None:
        """One line was acted upon."""
        self._room.release()

    def _read(self) -> None:
        splitter = self._splitter
        while data := self._some():
            self._hand_over(splitter.feed(data))
        self._hand_over(splitter.end())
        self._reactor.callFromThread(self._end)

    def _hand_over(self, lines: Iterable[bytes]) -> None:
        for line in lines:
            self._room.acquire()
            self._reactor.callFromThread(self._line, line)

    def _some(self) -> bytes:
        """What there is, empty at the end."""
        if self._descriptor is None:
            return b""
        while True:
            try:
                return os.read(self._descriptor, _READ)
            except BlockingIOError:
                select.select([self._descriptor], [], [])
            except OSError:
                return b""  # a terminal that is gone, or a descriptor that is not for reading


class LineWriter:
    """Writes lines until that fails, which `broken` is told once; from then on they are dropped.

    `descriptor` is None where there is no output at all, which fails like a closed one. Writing
    waits for whoever reads: what is not taken is not acknowledged to its sender either.
    """

    def __init__(self, descriptor: int | None, broken: Callable[[OSError], None]) -> None:
        self._descriptor = descriptor
        self._broken = broken
        self._is_broken = False

    def write(self, text: str) -> None:
        """Write one line at once."""
        self.write_bytes(text.encode("utf-8", "replace") + b"\n")

    def write_bytes(self, line: bytes) -> None:
        """Write a line with its end."""
        if self._is_broken:
            return
        try:
            self._write(line)
        except OSError as error:
            self._is_broken = True
            self._broken(error)

    def _write(self, data: bytes) -> None:
        if self._descriptor is None:
            raise OSError(errno.EBADF, os.strerror(errno.EBADF))
        while data:
            try:
                data = data[os.write(self._descriptor, data) :]
            except BlockingIOError:
                select.select([], [self._descriptor], [])
