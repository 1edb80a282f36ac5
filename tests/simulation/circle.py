"""Several people on the simulated network, each in several conversations, and who checks that every
text arrives where it belongs, once and in order."""

from dataclasses import dataclass, field
from random import Random

from simulated import Host
from simulated.cuts import Cut
from simulation.story import Person, Story

from chatd.engine.decisions import events as e
from chatd.engine.decisions.dialog import Stage

NAMES = ("ann", "bob", "cyd", "dan", "eve")
PAIRS = (
    ("ann", "bob"),
    ("bob", "cyd"),
    ("cyd", "dan"),
    ("dan", "eve"),
    ("eve", "ann"),
    ("ann", "cyd"),
    ("bob", "dan"),
    ("cyd", "eve"),
)
"""Who talks to whom: three conversations each, and one has four. Each asks the other, as who talks
cannot be asked."""
ASK_EVERY = 7.0


def friends(name: str) -> tuple[str, ...]:
    """With whom somebody talks."""
    return tuple(b if a == name else a for a, b in PAIRS if name in (a, b))


@dataclass
class Told:
    """What came in one conversation: which talk of its speaker it was, and the next text."""

    talk: int = -1
    next: int = 0


@dataclass
class Talker(Person):
    """Asks everybody in `friends` again and again, accepts everybody, and speaks in numbers."""

    friends: tuple[str, ...] = ()
    told: dict[bytes, Told] = field(default_factory=dict)
    said: dict[bytes, Told] = field(default_factory=dict)
    names: dict[bytes, str] = field(default_factory=dict)
    astray: list[str] = field(default_factory=list)
    """What came to them, or at a moment, where it does not belong."""

    def show(self, event: e.Event) -> None:
        match event:
            case e.Talking(name=name, conversation=key):
                self.names[key] = name
                self.said[key] = Told(self.said.get(key, Told()).talk + 1)
                self.talks += 1
            case e.Heard():
                self.check(event)
        super().show(event)

    def react(self, event: e.Event) -> None:
        session = self.session
        assert session is not None
        match event:
            case e.RequestArrived(name=name):
                session.act(session.machine.accept(name, session.now))
            case e.ConversationOver():
                self.over.append(event)

    def check(self, heard: e.Heard) -> None:
        """It is from whom it seems to be, for us, and the next."""
        told = self.told.setdefault(heard.conversation, Told())
        speaker, listener, talk, number = heard.message.text.split()
        if int(talk) > told.talk:
            told.talk, told.next = int(talk), 0
        came = speaker, listener, int(talk), int(number)
        if came != (self.names[heard.conversation], self.name, told.talk, told.next):
            self.astray.append(f"{self.name}, of {heard.name}, for {told}: {heard.message.text}")
        told.next += 1

    def say(self, key: bytes) -> None:
        """The next text in one conversation."""
        session, said = self.session, self.said[key]
        assert session is not None
        text = f"{self.name} {self.names[key]} {said.talk} {said.next}"
        said.next += 1
        session.act(session.machine.say(text, key))

    def ask_all(self) -> None:
        """Accept whoever still asks, and ask all friends with whom there is no conversation."""
        session = self.session
        assert session is not None
        machine = session.machine
        for request in list(machine.requests.incoming.values()):
            if machine.name and not machine.conversations.named(request.name):
                session.act(machine.accept(request.name, session.now))
        for name in self.friends:
            if machine.name and not machine.conversations.named(name):
                session.act(machine.chat(name, session.now))

    @property
    def open(self) -> dict[str, bytes]:
        """Their conversations that have a link, by name."""
        assert self.session is not None
        found = self.session.machine.conversations
        return {each.name: each.key for each in found if each.stage is Stage.OPEN}


class Circle:
    """Five people, who all know each other; the seed decides what happens to them."""

    def __init__(self, seed: int, **story: object) -> None:
        self.random = Random(seed)
        self.story = Story(seed, **story)  # type: ignore[arg-type]
        self.people = {name: Talker(name, friends=friends(name)) for name in NAMES}
        for person in self.people.values():
            self.story.join(person)
        self._dead: set[str] = set()
        self._host.callLater(1, self._ask)

    @property
    def _host(self) -> Host:
        return self.story.server_host

    def _ask(self) -> None:
        for name, person in self.people.items():
            if name not in self._dead:
                person.ask_all()
        self._host.callLater(ASK_EVERY, self._ask)

    def check(self) -> None:
        """What must hold at every moment."""
        self.story.check()
        assert [text for person in self.people.values() for text in person.astray] == []

    def all_talk(self) -> bool:
        """Whether every pair has a conversation with a link, on both sides."""
        return not self._dead and all(
            b in self.people[a].open and a in self.people[b].open for a, b in PAIRS
        )

    def speak(self, most: int) -> None:
        """Everybody says something in some of their conversations, open or interrupted."""
        for name, person in self.people.items():
            if name in self._dead or person.session is None:
                continue
            for dialog in person.session.machine.conversations:
                if dialog.stage in (Stage.OPEN, Stage.INTERRUPTED):
                    for _ in range(self.random.randrange(most + 1)):
                        person.say(dialog.key)

    def cut(self, how: Cut, part: float) -> None:
        """Some connections end."""
        for connection in self.story.network.connections:
            if self.random.random() < part:
                connection.cut(how)

    @property
    def hosts(self) -> list[Host]:
        """Their machines."""
        return [person.session._world.reactor for person in self.people.values()]  # type: ignore[union-attr]

    def keep_apart(self, seconds: float) -> None:
        """All conversations break, and for so long nobody finds anybody."""
        pairs = [(a, b) for a in self.hosts for b in self.hosts if a is not b]
        for a, b in pairs:
            self.story.network.block(a, b)
        self.cut(Cut.RESET, 1)
        self.speak(2)
        self.story.network.advance(seconds)
        for a, b in pairs:
            self.story.network.allow(a, b)

    def kill(self, name: str) -> None:
        """Somebody's program ends without a word."""
        self._dead.add(name)
        self.story.kill(self.people[name])

    def restart(self, name: str) -> None:
        """It is started again."""
        self._dead.discard(name)
        self.story.restart(self.people[name])

    def is_delivered(self) -> bool:
        """Whether all that was said in the conversations that are there has come."""
        for a, b in [*PAIRS, *((b, a) for a, b in PAIRS)]:
            speaker, listener = self.people[a], self.people[b]
            to, by = speaker.open.get(b), listener.open.get(a)
            if to is None or by is None:
                return False
            said, told = speaker.said[to], listener.told.get(by, Told())
            if said.next and (told.talk, told.next) != (said.talk, said.next):
                return False
        return True
