"""What a conversation on its links tells others: whoever talks, and whoever sends files beside."""

from typing import Protocol

from chatd.peer.ending import Ending
from chatd.peer.link import PeerLink
from chatd.peer.message import Message
from chatd.wire.codec import Body
from chatd.wire.files import FileMessage


class ConversationLinkUser(Protocol):
    """Whoever talks."""

    def met(self, link: PeerLink) -> None:
        """There is a link, and there was none."""

    def moved(self, before: PeerLink, link: PeerLink) -> None:
        """The conversation goes on on another link, without a break."""

    def meet_wanted(self) -> None:
        """The other side wants another introduction, beside the conversation."""

    def doubted(self) -> None:
        """The link in use may be dead; another one is looked for beside it."""

    def trusted(self) -> None:
        """It is not."""

    def remember(self, secrets: tuple[bytes, ...]) -> None:
        """With these (32 bytes each) it can be asked for once it is interrupted."""

    def arrived(self, number: int, message: Message) -> None:
        """The other side said something, which is acknowledged after this has returned, together
        with what came at the same time; where there is no room for another,
        `ConversationLink.hold_back` is called."""

    def delivered(self, numbers: list[int]) -> None:
        """The other side has these messages of ours."""

    def over(self, ending: Ending, detail: str, undelivered: list[Message]) -> None:
        """The other side ended it, or broke the rules."""

    def broken(self, ending: Ending, detail: str) -> None:
        """There is no link any more; the talk waits for another one, or to be given up."""

    def left(self, undelivered: list[Message]) -> None:
        """We ended it, and this is what could not be delivered."""


class Files(Protocol):
    """Whoever sends and takes files beside the talk; errors of the other side may be raised."""

    def linked(self) -> None:
        """Another link is in use, or the same anew."""

    def unlinked(self) -> None:
        """There is no link in use."""

    def heard(self, message: FileMessage) -> None:
        """One message, on the link in use."""

    def passed_over(self, message: FileMessage) -> None:
        """One message, on a link that was left."""

    def chunk(self, body: Body) -> None:
        """One chunk, on the link in use."""

    def room(self) -> None:
        """All is written that was sent on the link in use."""
