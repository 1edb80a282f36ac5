"""What can change about names on disk; each may be written again without harm."""

from sqlite3 import Connection, Cursor
from typing import Any, NamedTuple

from msgspec import Struct

from chatd.rendezvous.directory import Binding
from chatd.rendezvous.seen_time import Kept


class Bind(Struct, frozen=True):
    """A name is bound from now on."""

    binding: Binding


class Unbind(Struct, frozen=True):
    """A name is bound no longer."""

    name: str
    key: bytes


class Seen(Struct, frozen=True):
    """The owner of a key with these names is here, at a moment of `SeenTime`."""

    key: bytes
    names: tuple[str, ...]
    at: float


class Forget(Struct, frozen=True):
    """The names of a key ran out."""

    key: bytes
    names: tuple[str, ...]


class Ban(Struct, frozen=True):
    """A name, a key by its fingerprint, or a network is kept away from now on, or no longer."""

    what: str
    banned: bool = True


class Allow(Struct, frozen=True):
    """A private server lets a key in, by its fingerprint, from now on, or no longer."""

    key: str
    allowed: bool = True


class Passed(Struct, frozen=True):
    """How far the time of the daemon is."""

    time: Kept


class Held(Struct, frozen=True):
    """The names that are shown as around for a while (`holds.Holds`), until a moment of `SeenTime`
    each, and no others."""

    names: tuple[tuple[str, float], ...]


Change = Bind | Unbind | Seen | Forget | Ban | Allow | Passed | Held


def subject(change: Change) -> object:
    """What a change is about: a later one with the same subject makes an earlier one needless."""
    match change:
        case Bind(binding):
            return "name", binding.name, binding.key
        case Unbind(name, key):
            return "name", name, key
        case Seen(key):
            return "seen", key
        case Forget(key, names):
            return "forget", key, names
        case Ban(what):
            return "ban", what
        case Allow(key):
            return "allow", key
        case Passed():
            return "passed"
        case Held():
            return "held"


def write(cursor: Cursor, change: Change) -> None:
    """Write one change, in the transaction of the caller."""
    execute, executemany = cursor.execute, cursor.executemany
    match change:
        case Bind(binding):
            execute("INSERT OR REPLACE INTO names VALUES (?, ?, ?, ?)", binding)
        case Unbind(name, key):
            execute(_UNBIND, (name, key))
        case Seen(key, names, at):
            see = "UPDATE names SET seen = ? WHERE name = ? AND key = ?"
            executemany(see, [(at, name, key) for name in names])
        case Forget(key, names):
            executemany(_UNBIND, [(name, key) for name in names])
        case Passed(Kept(seen, wall)):
            execute("INSERT OR REPLACE INTO passed VALUES (1, ?, ?)", (seen, wall))
        case Held(names):
            execute("DELETE FROM held")
            executemany("INSERT INTO held VALUES (?, ?)", names)
        case Ban(what, True):
            execute("INSERT OR IGNORE INTO bans VALUES (?)", (what,))
        case Ban(what):
            execute("DELETE FROM bans WHERE what = ?", (what,))
        case Allow(key, True):
            execute("INSERT OR IGNORE INTO allowed VALUES (?)", (key,))
        case Allow(key):
            execute("DELETE FROM allowed WHERE key = ?", (key,))


_UNBIND = "DELETE FROM names WHERE name = ? AND key = ?"


class Stored(NamedTuple):
    """Everything that is there: who holds which name, what is banned, the keys that a private
    server lets in, how far the time of the last daemon was (None if there was none), and the names
    that are shown as around until when."""

    bindings: list[Binding]
    bans: list[str]
    allowed: list[str]
    passed: Kept | None
    held: list[tuple[str, float]]


def load(connection: Connection) -> Stored:
    """Read all of it."""

    def rows(query: str) -> list[Any]:
        return connection.execute(f"SELECT {query}").fetchall()

    names = rows("name, key, first, max(seen) OVER (PARTITION BY key) FROM names")
    return Stored(
        [Binding(*row) for row in names],
        [what for (what,) in rows("what FROM bans")],
        [key for (key,) in rows("key FROM allowed")],
        next((Kept(*row) for row in rows("seen, wall FROM passed")), None),
        rows("name, until FROM held"),
    )
