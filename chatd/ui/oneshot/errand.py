"""What a one-shot command does as things happen, whoever carries it out: events in, commands out.

An errand is done when `outcome` is there. It asks for a conversation where there is none, uses one
that is open, and leaves what it has begun.
"""

import sys
from abc import ABC, abstractmethod
from collections.abc import Sequence

from chatd import limits
from chatd.engine.commands import Accept, Ask, Cancel, Command, Leave, Say, Seen
from chatd.engine.decisions import events as e
from chatd.engine.snapshot import Asks, Snapshot
from chatd.errors import ChatdError
from chatd.text import whole
from chatd.ui.oneshot.files import FilesEvent, Giving, Offer, Taking, in_words
from chatd.ui.oneshot.outcome import Outcome

LOCKED = ChatdError("the key waits for its passphrase", "chat unlock")


class Errand(ABC):
    """`printed` are lines for standard output, safe to be shown, that nobody has taken yet;
    `warnings` and `waiting` the same for standard error, the latter if that is a terminal, as they
    say no more than what it waits for."""

    def __init__(self) -> None:
        self.outcome: Outcome | None = None
        self.printed: list[str] = []
        self.warnings: list[str] = []
        self.waiting: list[str] = []
        self._said_once: set[type[e.Event]] = set()
        """What is said once."""

    @property
    def is_early(self) -> bool:
        """Whether it is done while the key is locked as well."""
        return False

    def begin(self, here: Snapshot) -> list[Command]:
        """What is to be done first."""
        if here.identity == "sealed" and not self.is_early:
            self.outcome = Outcome(LOCKED)
            return []
        return self._begin(here)

    @abstractmethod
    def _begin(self, here: Snapshot) -> list[Command]: ...

    @abstractmethod
    def happened(self, event: e.Event) -> list[Command]:
        """What is to be done then."""

    def carried_out(self) -> None:  # noqa: B027
        """All of that was carried out; what comes of it may still be told."""

    @abstractmethod
    def give_up(self, seconds: float) -> list[Command]:
        """It has taken too long."""

    def _follow(self, event: e.Event, conversation: bytes | None) -> None:
        """Say once what a person would wonder about: that the server is away, or the link of the
        conversation gone."""
        if type(event) in self._said_once:
            return
        match event:
            case e.ServerAway():
                self.waiting.append(in_words(event))
            case e.Interrupted() if event.conversation == conversation:
                self.warnings.append(in_words(event))
            case _:
                return
        self._said_once.add(type(event))


def pieces(text: str) -> list[str]:
    """A text as messages, cut at ends of lines where that is possible; raises `ChatdError`."""
    if not text.strip():
        raise ChatdError("there is nothing to say", "give a text, or - for standard input")
    if _size(text) > limits.ONE_SHOT_TEXT:
        raise ChatdError(f"that is more than {limits.ONE_SHOT_TEXT} bytes", "send it as a file")
    found = [""]
    for line in text.removesuffix("\n").splitlines(keepends=True):
        for part in _parts(line):
            if len((found[-1] + part).encode()) > limits.MESSAGE_TEXT:
                found[-1] = found[-1].removesuffix("\n")
                found.append("")
            found[-1] += part
    return found


def _size(text: str) -> int:
    try:
        return len(text.encode())
    except UnicodeEncodeError:  # bytes of the command line that are no characters
        raise ChatdError("the text is not UTF-8") from None


def piped() -> str:
    """What is on standard input, up to a little more than `pieces` takes; raises `ChatdError`."""
    if sys.stdin is None:
        return ""
    data: bytes = sys.stdin.buffer.read(limits.ONE_SHOT_TEXT + 1)
    try:
        return data.decode()
    except UnicodeDecodeError:
        raise ChatdError("standard input is not text in UTF-8") from None


def _parts(line: str) -> list[str]:
    """So that each fits a message, however its characters are written."""
    most = limits.MESSAGE_TEXT // 4
    return [line[at : at + most] for at in range(0, len(line), most)]


class Sending(Errand):
    """Say something to someone, make them an offer, and with `answer` print what they say then."""

    def __init__(
        self,
        name: str,
        texts: Sequence[str],
        *,
        answer: bool = False,
        offer: Offer | None = None,
    ) -> None:
        super().__init__()
        self._name = name
        self._unsaid = list(texts)
        self._under_way: set[int] = set()
        self._files = Giving(offer)
        self._answer_wanted = answer
        self._waits = self._asked = self._ours = False
        self._conversation: bytes | None = None

    def _begin(self, here: Snapshot) -> list[Command]:
        """Ask for a conversation, unless there is one."""
        for each in here.conversations:
            if each.name == self._name and each.stage in ("open", "interrupted"):
                return self._say(each.id)
            self._waits = self._waits or each.name == self._name
        # Somebody else may have asked them just now.
        self._waits = self._waits or any(each.name == self._name for each in here.asked)
        return self._ask() if here.name is not None and not self._waits else []

    def happened(self, event: e.Event) -> list[Command]:
        """Say it once there is a conversation, and wait for the ticks."""
        if isinstance(event, FilesEvent):
            return self._filed(event) if self._is_here(event) else []
        self._follow(event, self._conversation)
        match event:
            case e.Asking() | e.AskingLater() if event.name == self._name:
                self.waiting.append(f"{self._name} is asked; waiting for the answer")
            case e.LoggedIn(name=str()) if not self._waits and self._conversation is None:
                return self._ask()
            case e.Talking() if self._is_wanted(event.name) and self._conversation is None:
                self._ours = self._asked
                return self._say(event.conversation)
            case e.Said(message=message) if self._is_here(event) and message.text in self._unsaid:
                self._unsaid.remove(message.text)
                self._under_way.add(event.number)
            case e.Delivered(numbers) if self._is_here(event):
                self._under_way.difference_update(numbers)
            case e.Heard() if self._is_here(event) and self._answer_wanted:
                return self._answered(event)
            case e.ConversationOver() if self._is_here(event) and self._has_only_files:
                return self._files.part(event)
            case _ if self._fails(event):
                self.outcome = Outcome(event=event)
                return self._files.withdraw()
        return self._finish()

    def give_up(self, seconds: float) -> list[Command]:
        """Withdraw the request, or leave what was begun."""
        what = "there was no answer" if self._is_delivered else "it was not delivered"
        self.outcome = Outcome(ChatdError(f"{what} within {seconds:g} seconds"))
        if self._conversation is None:
            return [Cancel(self._name)] if self._asked else []
        return [*self._files.withdraw(), *self._leave()]

    @property
    def _is_delivered(self) -> bool:
        return self._is_all_said and self._files.is_over

    @property
    def _is_all_said(self) -> bool:
        return self._conversation is not None and not self._unsaid and not self._under_way

    @property
    def _has_only_files(self) -> bool:
        return self._is_all_said and not self._files.is_over and not self._answer_wanted

    def _is_wanted(self, name: str) -> bool:
        return self._waits and name == self._name

    def _is_here(self, event: e.OfConversation) -> bool:
        return self._conversation is not None and event.conversation == self._conversation

    def _ask(self) -> list[Command]:
        self._waits = self._asked = True
        return [Ask(self._name)]

    def _say(self, conversation: bytes) -> list[Command]:
        self._conversation = conversation
        texts = [Say(text, conversation) for text in self._unsaid]
        return [*texts, *self._files.begin(conversation)]

    def _filed(self, event: FilesEvent) -> list[Command]:
        commands = self._files.happened(event)
        if isinstance(event, e.FilesGiven) and not commands and not self._files.is_over:
            self.waiting.append(f"offered; waiting for {self._name} to take it")
        self.outcome = self._files.failed
        if self.outcome is not None:
            return self._leave()
        return [*commands, *self._finish()]

    def _answered(self, heard: e.Heard) -> list[Command]:
        self._answer_wanted = False
        self.printed += whole(heard.message.text)
        return [Seen(heard.number, True, heard.conversation), *self._finish()]

    def _finish(self) -> list[Command]:
        if self.outcome is not None or not self._is_delivered:
            return []
        if self._answer_wanted:
            self.waiting.append(f"waiting for {self._name} to answer")
            return []
        self.outcome = Outcome(self._files.left_out)
        return self._leave()

    def _leave(self) -> list[Command]:
        is_there = self._ours and self._files.parted is None
        return [Leave(self._conversation)] if is_there else []

    def _fails(self, event: e.Event) -> bool:
        match event:
            case e.Refused(name=name) | e.AskingEnded(name=name) | e.KeyChanged(name=name):
                return name == self._name or self._conversation is None
            case e.PreparingFailed(name=name) | e.NotConnected(name=name):
                return name == self._name
            case e.ConversationOver(conversation=conversation):
                return self._conversation is not None and conversation == self._conversation
            case e.CommandFailed() | e.NotSaid():
                return self._files.parted is None
            case e.IdentitySealed():
                return True
        return False


class Waiting(Errand):
    """Accept somebody, print what they say, and end when they leave.

    Accepted is who has one of these names, or without any whoever is a contact. What they offer is
    taken into `folder`, an absolute path, if there is one; then it is printed where that lies.
    """

    def __init__(self, names: Sequence[str] = (), folder: str = "") -> None:
        super().__init__()
        self._names = frozenset(names)
        self._accepted = ""
        self._conversation: bytes | None = None
        self._files = Taking(folder)
        self._have_left = False

    def _begin(self, here: Snapshot) -> list[Command]:
        """Accept who asks by now."""
        self._files.note(here.transfers)
        for each in here.asking_us:
            if self._is_wanted(each):
                return self._accept(each.name)
        whom = " or ".join(sorted(self._names)) or "one of your contacts"
        self.waiting.append(f"waiting for {whom} to ask")
        return []

    def happened(self, event: e.Event) -> list[Command]:
        """Accept one, and follow the conversation."""
        if isinstance(event, FilesEvent):
            return self._filed(event) if event.conversation == self._conversation else []
        self._follow(event, self._conversation)
        match event:
            case e.RequestArrived() if not self._accepted and self._is_wanted(event):
                return self._accept(event.name)
            case (
                e.RequestEnded(name=name) | e.PreparingFailed(name=name) | e.NotConnected(name=name)
            ) if name == self._accepted and self._conversation is None:
                self._accepted = ""
            case e.Talking() if event.name == self._accepted:
                return self._talk(event.conversation)
            case e.Heard() if event.conversation == self._conversation:
                self.printed += whole(event.message.text)
                return [Seen(event.number, True, event.conversation)]
            case e.ConversationOver() if event.conversation == self._conversation:
                self._have_left = True
                self._finish()
                return self._files.part()
            case e.IdentitySealed():
                self.outcome = Outcome(LOCKED)
        return []

    def give_up(self, seconds: float) -> list[Command]:
        """Nobody came, or nobody left."""
        if self._conversation is not None:
            self.outcome = Outcome(ChatdError(f"they did not leave within {seconds:g} seconds"))
            return [] if self._have_left else [Leave(self._conversation)]
        self.outcome = Outcome(ChatdError(f"nobody came within {seconds:g} seconds"))
        return []

    def _talk(self, conversation: bytes) -> list[Command]:
        is_new = self._conversation is None
        self._conversation = conversation
        if not is_new:
            return []
        self.waiting.append(f"talking to {self._accepted}, until they leave")
        return self._files.begin(conversation)

    def _filed(self, event: FilesEvent) -> list[Command]:
        commands, lines = self._files.happened(event)
        self.printed += lines
        self._finish()
        return commands

    def _finish(self) -> None:
        if self._have_left and self._files.is_over:
            self.outcome = Outcome(self._files.error)

    def _is_wanted(self, who: Asks | e.RequestArrived) -> bool:
        if self._names:
            return who.name in self._names
        return who.standing != "new"

    def _accept(self, name: str) -> list[Command]:
        self._accepted = name
        return [Accept(name)]
