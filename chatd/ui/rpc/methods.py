"""Which methods and notifications there are: those of the client's commands and events.

A method is called as the tag of its command, and takes the command's fields as parameters; a
notification the same of an event. `text` is as it was said: nothing is made safe for a terminal.
"""

import os
from typing import Any

import msgspec
from msgspec import Struct
from msgspec.structs import FieldInfo, fields

from chatd import __version__
from chatd.control import jsonrpc
from chatd.control.jsonrpc import Code, Request, RpcError
from chatd.engine.commands import Command, ListFiles
from chatd.engine.decisions import events
from chatd.engine.decisions.events import Event
from chatd.engine.snapshot import Snapshot
from chatd.engine.tags import kinds
from chatd.ui import wording

VERSION = 1
"""Of all that is in docs/rpc.schema.json; another one means that an old program may fail."""


class Subscribe(Struct, frozen=True, forbid_unknown_fields=True):
    """Be told of events from now on, after the last ones if `scrollback`; with `reads` whatever
    is told of a message counts as read by the person. The result is the snapshot."""

    scrollback: bool = False
    reads: bool = True


class GetSnapshot(Struct, frozen=True, forbid_unknown_fields=True):
    """The result is where everything is at this moment."""


class Lock(Struct, frozen=True, forbid_unknown_fields=True):
    """Have the agent forget the key that it holds: it begins anew, and waits for the
    passphrase."""


class Hello(Struct, frozen=True):
    """The first line of all: the version of this interface and that of chatd, the server and the
    name that is wanted there, and the process that says so."""

    version: int
    chatd: str
    server: str
    wanted: str | None
    pid: int


class Ended(Struct, frozen=True):
    """The last line of all: the client has ended, with an exit status, and with an error if it
    failed."""

    status: int
    error: str = ""
    hint: str = ""


class Dropped(Struct, frozen=True):
    """The reader was too slow: so many notifications of each kind were left out."""

    notifications: dict[str, int]


COMMANDS: dict[str, type[Command]] = {
    str(each.__struct_config__.tag): each for each in kinds(Command)
}
"""By method."""
EVENTS: dict[str, type[Event]] = {str(each.__struct_config__.tag): each for each in kinds(Event)}
"""By notification."""
ANSWERS = (
    events.CardMade
    | events.Cards
    | events.Contacts
    | events.Around
    | events.Waiting
    | events.CommandFailed
    | events.NotSaid
    | events.NotVerified
    | events.SafetyNumber
    | events.Status
    | events.UnreadForgotten
    | events.Whole
)
"""Of interest to whoever has asked, and to nobody else."""
LATE = events.FilesKnown
"""The same of what comes after the answer to the request, once for each `ASKS_LATE`."""
ASKS_LATE = ListFiles
FAILURES = events.CommandFailed | events.NotSaid
"""A request of which one of these comes was not carried out."""


def hello(server: str, wanted: str | None) -> Hello:
    """That of this process."""
    return Hello(VERSION, __version__, server, wanted, os.getpid())


def command(request: Request) -> Command:
    """What a request wants; raises `RpcError`."""
    type = COMMANDS.get(request.method)
    if type is None:
        raise RpcError(Code.NO_SUCH_METHOD, "there is no such method")
    return request.read(type)


def request(command: Command, id: jsonrpc.Id) -> dict[str, Any]:
    """The request for a command."""
    return jsonrpc.asked(_tag(command), _params(command), id)


def notification(event: Event) -> dict[str, Any]:
    """What is told of an event."""
    return jsonrpc.asked(_tag(event), _params(event))


def event(method: str, params: dict[str, Any]) -> Event | None:
    """The event of a notification, None for one of another kind; raises `ValueError`."""
    type = EVENTS.get(method)
    return None if type is None else msgspec.convert(params, type)


def failure(event: Event) -> RpcError | None:
    """The error that an event is to whoever asked for what failed."""
    if not isinstance(event, FAILURES):
        return None
    text, _ = wording.reason(event)
    return RpcError(Code.NOT_DONE, text, {"event": _tag(event), **_params(event)})


def changes(before: Snapshot | None, now: Snapshot) -> dict[str, Any]:
    """The fields that are others now; `now` itself is one only if another one is."""
    kept: tuple[FieldInfo, ...] = fields(Snapshot)
    names = [each.name for each in kept if each.name != "now"]
    changed = [
        name for name in names if before is None or getattr(before, name) != getattr(now, name)
    ]
    if not changed:
        return {}
    found = msgspec.to_builtins(now)
    return {name: found[name] for name in ("now", *changed)}


def _tag(of: Command | Event) -> str:
    return str(of.__struct_config__.tag)


def _params(of: Command | Event) -> dict[str, Any]:
    params: dict[str, Any] = msgspec.to_builtins(of)
    del params[str(of.__struct_config__.tag_field)]
    return params
