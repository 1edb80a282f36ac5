"""The files of an errand, as things happen: those that it gives, and those that it takes."""

from collections.abc import Sequence

from msgspec.structs import replace

from chatd.engine.commands import (
    Command,
    EndFiles,
    SendFiles,
    SendInput,
    ShowFiles,
    TakeFiles,
)
from chatd.engine.decisions import events as e
from chatd.engine.transfer_state import TransferState
from chatd.errors import ChatdError
from chatd.safe_line import safe_line
from chatd.ui.oneshot.outcome import Outcome

FilesEvent = (
    e.FilesGiven | e.FilesNotGiven | e.FilesNotTaken | e.FilesOffered | e.FilesListed | e.FilesOver
)
Offer = SendFiles | SendInput
"""With the id by which it is followed."""


class Giving:
    """One offer, from its conversation to its end.

    `failed` is there once it cannot be taken any more, `left_out` says what was not in it.
    """

    def __init__(self, offer: Offer | None = None) -> None:
        self.failed: Outcome | None = None
        self.left_out: ChatdError | None = None
        self.is_over = offer is None
        self.parted: e.ConversationOver | None = None
        """The end of the conversation, if that came first."""
        self._offer = offer
        self._is_begun = False

    def begin(self, conversation: bytes) -> list[Command]:
        """Offer it there."""
        if self._offer is None:
            return []
        self._is_begun = True
        return [replace(self._offer, conversation=conversation)]

    def happened(self, event: FilesEvent) -> list[Command]:
        """Follow the offer, and no other that goes to the same person."""
        match event:
            case e.FilesGiven(id) if self._is_it(id):
                self._note(event)
            case e.FilesNotGiven(id) if self._is_it(id):
                self._fail(event)
            case e.FilesOver(id) if self._is_it(id):
                self._end(event)
        return []

    def part(self, over: e.ConversationOver) -> list[Command]:
        """The conversation is over: see whether all was whole by then, and withdraw what was not.
        The end of the files follows either way."""
        self.parted = over
        return self.withdraw()

    def withdraw(self) -> list[Command]:
        """So that nothing of it comes later."""
        if self._offer is None or self.is_over or not self._is_begun:
            return []
        return [EndFiles(id=self._offer.id)]

    def _is_it(self, id: bytes) -> bool:
        return self._offer is not None and id == self._offer.id and not self.is_over

    def _note(self, given: e.FilesGiven) -> None:
        if given.left_out:
            more = f" and {len(given.left_out) - 1} more" if len(given.left_out) > 1 else ""
            text = f"{in_words(given, 1)}{more}; the rest has arrived"
            self.left_out = ChatdError(text)

    def _end(self, over: e.FilesOver) -> None:
        if over.why != "done":
            self._fail(over)
            return
        self.is_over = True
        if over.left_out:
            text = f"{over.left_out} of it could not be read any more; the rest has arrived"
            self.left_out = self.left_out or ChatdError(text)

    def _fail(self, event: e.Event) -> None:
        self.is_over = True
        self.failed = Outcome(event=self.parted or event)


class Taking:
    """Everything that is offered in one conversation, into `folder`; '' for nothing of it.

    `error` is what the first of it has failed with, or that there was nothing.
    """

    def __init__(self, folder: str) -> None:
        self._folder = folder
        self._earlier: Sequence[TransferState] = ()
        self._under_way: dict[bytes, int] = {}
        self._failed: ChatdError | None = None
        self._has_taken = False

    @property
    def is_over(self) -> bool:
        """Whether nothing is under way."""
        return not self._under_way

    @property
    def error(self) -> ChatdError | None:
        """None if all of it lies there."""
        if self._failed is None and self._folder and not self._has_taken:
            return ChatdError("they left, and no files had come")
        return self._failed

    def note(self, transfers: Sequence[TransferState]) -> None:
        """What was offered, and perhaps taken, before the conversation."""
        self._earlier = [each for each in transfers if not each.ours]

    def begin(self, conversation: bytes) -> list[Command]:
        """Take what was offered by now."""
        if not self._folder:
            return []
        here = [each for each in self._earlier if each.conversation == conversation]
        self._under_way.update((each.id, each.number) for each in here)
        return [TakeFiles(each.number, self._folder) for each in here if not each.is_accepted]

    def happened(self, event: FilesEvent) -> tuple[list[Command], list[str]]:
        """Follow what is offered: what is to be done, and lines that say where something lies."""
        match event:
            case _ if not self._folder:
                pass
            case e.FilesOffered(id, number, folder=folder):
                self._under_way[id] = number
                return [] if folder else [TakeFiles(number, self._folder)], []
            case e.FilesOver(ours=False):
                return [], self._ended(event)
            case e.FilesNotTaken(id) if id in self._under_way:
                self._fail(_why(event))
                return [EndFiles(id=id)], []
            case e.FilesListed(number) if number in self._under_way.values():
                self._under_way = {k: n for k, n in self._under_way.items() if n != number}
                self._fail("they left before all of it had come; it goes on when they are back")
        return [], []

    def part(self) -> list[Command]:
        """The conversation is over: see what of it had come by then, as its end may still be under
        way; what had not is listed."""
        return [ShowFiles(number) for number in self._under_way.values()]

    def _ended(self, over: e.FilesOver) -> list[str]:
        self._under_way.pop(over.id, None)
        self._has_taken = True
        if over.why != "done":
            self._fail(in_words(over))
            return []
        if over.left_out:
            self._fail(f"{in_words(over)}, {in_words(over, 1)}")
        return [safe_line(place) for place in over.places]

    def _fail(self, text: str) -> None:
        self._failed = self._failed or ChatdError(text)


def in_words(event: e.Event, which: int = 0) -> str:
    """One of the lines that are said of it."""
    from chatd.ui.wording import lines  # with all other words

    return lines(event)[which].text


def _why(event: e.FilesNotTaken) -> str:
    from chatd.ui.wording.failures import reason  # with all other words

    return safe_line(reason(event)[0])
