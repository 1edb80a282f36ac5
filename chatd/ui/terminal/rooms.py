"""Where lines go, and what is kept of each such place while the person is elsewhere."""

from collections.abc import Callable, Iterable

from prompt_toolkit.history import History

from chatd.engine.decisions import events as e
from chatd.engine.snapshot import ConversationState
from chatd.ui.terminal.entry import Entry
from chatd.ui.terminal.pending import Pending, Sent


class Room:
    """One place to type at: the prompt of the server, or a conversation.

    `draft` is its line that was left, `history` the lines before that; `news` are the messages that
    came while the person was elsewhere, by number, `arrived` those of ours that did.
    """

    def __init__(self, history: History) -> None:
        self.draft = ""
        self.entry = Entry()
        self.history = history
        self.pending = Pending()
        self.news: dict[int, e.Heard] = {}
        self.arrived: list[Sent] = []

    def new(self, talk: ConversationState | None) -> int:
        """How many of the news the person has not read in another terminal either; of a
        conversation that is over (None) that is not known."""
        return len(self.news) if talk is None else min(len(self.news), talk.unread)

    def catch_up(self, talk: ConversationState | None) -> tuple[list[e.Heard], list[e.Heard]]:
        """The news, which are none any more: those that were read elsewhere, and the new ones."""
        came, old = list(self.news.values()), len(self.news) - self.new(talk)
        self.news = {}
        return came[:old], came[old:]


class Rooms:
    """One for every conversation that there is, and one for the server; `to` is the conversation
    that lines go to, None for the server. Only the person changes it, as long as that is there.

    A room is as bounded as what fills it: `news` by the client's inbox, from which nothing is taken
    that was not seen, `arrived` by what may be on its way at once.
    """

    def __init__(self, history: Callable[[], History], lobby: History) -> None:
        self._history = history
        self._lobby = Room(lobby)
        self._rooms: dict[bytes, Room] = {}
        self.to: bytes | None = None

    def room(self, id: bytes | None) -> Room:
        """That of a conversation, or of the server for None."""
        if id is None:
            return self._lobby
        if id not in self._rooms:
            self._rooms[id] = Room(self._history())
        return self._rooms[id]

    @property
    def here(self) -> Room:
        """Where the person is."""
        return self.room(self.to)

    def news(self, talks: Iterable[ConversationState]) -> dict[bytes, int]:
        """How many messages are new in each of these conversations where there are any."""
        new = {talk.id: self.room(talk.id).new(talk) for talk in talks}
        return {id: count for id, count in new.items() if count}

    def others(self, talks: Iterable[ConversationState]) -> list[bytes]:
        """The conversations elsewhere among these, those behind this one first."""
        ids = [talk.id for talk in talks]
        at = ids.index(self.to) if self.to in ids else -1
        return [id for id in (*ids[at + 1 :], *ids[: max(at, 0)]) if id != self.to]

    def keep(self, ids: Iterable[bytes]) -> bool:
        """Forget all other conversations; whether the person was in one of those, and is at the
        server now, with the line that they were typing."""
        kept = set(ids)
        left = self.to is not None and self.to not in kept
        if left:
            # What was begun there is not meant for the server: `Entry` holds it.
            self._lobby.entry = self.here.entry
            self.to = None
        for id in self._rooms.keys() - kept:
            if draft := self._rooms.pop(id).draft:
                self._lobby.history.append_string(draft)
        return left
