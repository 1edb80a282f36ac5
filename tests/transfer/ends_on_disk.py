"""A giver and a taker on real disks, each in a process of its own that may be killed at any point:
their machines, their ledgers and files, and a socket between them."""

import os
import select
import signal
import socket
import struct
import traceback
from collections import deque
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import msgspec
from msgspec.structs import replace

from chatd import limits
from chatd.store.transfers import Transfer as Kept
from chatd.store.transfers import Transfers
from chatd.transfer import steps as do
from chatd.transfer.landing import Landing
from chatd.transfer.packed_list import PackedList, packed
from chatd.transfer.reading import Read
from chatd.transfer.receiving import Receiving
from chatd.transfer.sending import Sending
from chatd.transfer.source import Source
from chatd.transfer.streams import Bulk, Do, Streams
from chatd.transfer.walk import LeftOut, tops, walk
from chatd.wire.files import FileMessage, Give

WHOM = b"\x01" + b"w" * 32
ROOM = 65_000
NOW = datetime(2026, 1, 1, tzinfo=UTC)
_HEAD = struct.Struct(">BI")
_DECODER: msgspec.msgpack.Decoder[Any] = msgspec.msgpack.Decoder(FileMessage)


class End:
    """One side, until its one transfer is over for both; blocking."""

    def __init__(self, root: Path, link: socket.socket, *, is_giver: bool) -> None:
        self.link = link
        self.kept = Transfers(root)
        self.streams = Streams(is_host=is_giver)
        self.out = bytearray()
        self.work: deque[tuple[Receiving, do.DiskStep]] = deque()
        self.source: Source | None = None
        self.landing: Landing | None = None
        self.now = 0.0
        self.is_over = False

    # -- what there is of an earlier run

    def give(self, folder: Path) -> None:
        """Offer a folder, or go on with that."""
        one = next(self.kept.all(), None)
        named = tops([folder])
        if one is None:
            entries = packed(e for e in walk(named) if not isinstance(e, LeftOut))
            one = self._keep("given", os.urandom(limits.TRANSFER_ID), entries)
        self.is_over = one.state == "over"
        entries = self._entries(one)
        self.source = Source(named, lambda: iter(entries))
        if not self.is_over:
            self.streams.offer(Sending(one.id, entries))

    def take(self, folder: Path) -> None:
        """Take what is offered, or go on with that."""
        self.folder = folder
        for one in self.kept.all():
            if one.state == "over":
                self.streams.ends[one.id] = one.why  # type: ignore[assignment]
                continue
            entries = self._entries(one)
            give = Give(2, one.id, one.entries, one.size, one.length, one.digest)
            self.landing = Landing(folder, one.key, lambda e=entries: iter(e))
            self.streams.restore(Receiving(give, entries, self.landing.position()))

    def _entries(self, one: Kept) -> PackedList:
        entries = PackedList()
        for piece in self.kept.pieces(one):
            entries.add(piece)
        return entries

    def _keep(self, direction: Any, id: bytes, entries: PackedList) -> Kept:
        first = entries[0].path[0]
        about = (len(entries), entries.size, entries.length, entries.digest)
        one = Kept(direction, WHOM, id, "host:1", first, *about, "accepted", NOW)
        self.kept.add(one, entries.pieces)
        return one

    # -- the link

    def run(self) -> None:
        """Until the other side is gone, or all is over."""
        self.do(self.streams.opened())
        heard = bytearray()
        while True:
            self._work()
            self._fill()
            if self.is_over and self.source is not None and not self.out:
                return
            idle = not self.out and not self.work
            ready, room, _ = select.select(
                [self.link], [self.link] if self.out else [], [], 5 if idle else 0
            )
            if ready:
                data = self.link.recv(1 << 18)
                if not data:
                    return
                heard += data
                self._hear(heard)
            if room:
                del self.out[: self.link.send(self.out)]

    def _fill(self) -> None:
        while len(self.out) < 1 << 18:
            bulk = self.streams.bulk(ROOM, self.now)
            if bulk is None:
                return
            self._send_bulk(bulk)

    def _send_bulk(self, bulk: Bulk) -> None:
        if isinstance(bulk.content, list):
            self._send(1, b"".join(bulk.content))
        else:
            self._send(0, msgspec.msgpack.encode(bulk.content))
        self.do([Do(bulk.transfer, step) for step in bulk.transfer.reads()])

    def _send(self, kind: int, body: bytes) -> None:
        self.out += _HEAD.pack(kind, len(body)) + body

    def _hear(self, heard: bytearray) -> None:
        while len(heard) >= _HEAD.size:
            kind, size = _HEAD.unpack_from(heard)
            if len(heard) < _HEAD.size + size:
                return
            body = bytes(heard[_HEAD.size : _HEAD.size + size])
            del heard[: _HEAD.size + size]
            self.now += 0.01
            self.do(
                self.streams.chunk(body, self.now)
                if kind
                else self.streams.receive(_DECODER.decode(body))
            )

    # -- what the machines want

    def do(self, found: list[Do]) -> None:
        waiting = deque(found)
        while waiting:
            each = waiting.popleft()
            transfer, step = each.transfer, each.step
            match step:
                case do.Transmit(message):
                    self._send(0, msgspec.msgpack.encode(message))
                case Read():
                    assert isinstance(transfer, Sending)
                    waiting.extend(self._read(transfer, step))
                case do.Listed():
                    assert isinstance(transfer, Receiving)
                    waiting.extend(self._accept(transfer))
                case do.Settled():
                    assert isinstance(transfer, Sending)
                case do.Over(why):
                    assert transfer is not None
                    self._end(why)
                case _:
                    assert isinstance(transfer, Receiving)
                    self.work.append((transfer, step))

    def _read(self, sending: Sending, read: Read) -> list[Do]:
        assert self.source is not None
        steps = sending.was_read(read, list(read.carry_out(self.source)))
        return self.streams.done(sending, steps)

    def _accept(self, receiving: Receiving) -> list[Do]:
        one = self._keep("taken", receiving.id, receiving.entries)
        self.landing = Landing(self.folder, one.key, lambda: iter(receiving.entries))
        return self.streams.done(receiving, receiving.accept(self.landing.position()))

    def _work(self) -> None:
        """Some of what the disk is to do."""
        for _ in range(min(8, len(self.work))):
            if not self.work:
                return
            receiving, step = self.work.popleft()
            assert self.landing is not None
            result = step.carry_out(self.landing)
            if result is False:
                self.work.clear()
            self.do(self.streams.done(receiving, receiving.done([result])))

    def _end(self, why: Any) -> None:
        assert why == "done", why
        (one,) = self.kept.all()
        self.kept.update(replace(one, state="over", why=why))
        if self.landing is not None:
            self.landing.drop()
        self.is_over = True


def in_child(run: Callable[[], None]) -> int:
    """Run this in a child, which ends with it; its number."""
    child = os.fork()
    if child:
        return child
    status = 1
    try:
        run()
        status = 0
    except (BrokenPipeError, ConnectionResetError):
        status = 0
    except BaseException:
        traceback.print_exc()
    finally:
        os._exit(status)


def killed_after(calls: int) -> Callable[[], None]:
    """What kills this process when it is called so many times; 0 for never."""
    left = calls

    def step() -> None:
        nonlocal left
        left -= 1
        if left == 0:
            os.kill(os.getpid(), signal.SIGKILL)

    return step
