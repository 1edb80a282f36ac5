"""What a daemon says over HTTP of how it does: /metrics, /healthz and /readyz."""

from collections.abc import Callable
from io import BytesIO
from typing import Any

from twisted.internet.interfaces import ILoggingContext, IProtocolFactory
from twisted.protocols.policies import WrappingFactory
from twisted.web.resource import Resource
from twisted.web.server import Request, Site
from zope.interface import implementer

from chatd import limits
from chatd.errors import StartupError
from chatd.watch.watch import Watch


def site(watch: Watch) -> IProtocolFactory:
    """The HTTP server; raises `StartupError` where prometheus-client is missing."""
    try:
        from chatd.watch.prometheus import CONTENT_TYPE, Exposition
    except ImportError:
        raise StartupError("metrics need another package", "pip install 'chatd[metrics]'") from None
    exposition = Exposition(watch.families)
    root = Resource()
    root.putChild(b"metrics", _Page(lambda: (200, CONTENT_TYPE, exposition.text())))
    root.putChild(b"healthz", _Page(_answer(watch.health.alive)))
    root.putChild(b"readyz", _Page(_answer(watch.health.ready)))
    seconds = limits.METRICS_LINK_SECONDS
    inside = _Site(root, _Reading, timeout=seconds)  # type: ignore[no-untyped-call]
    bounded: IProtocolFactory = _Bounded(inside)  # type: ignore[no-untyped-call]
    return bounded


Said = tuple[int, str, bytes]


def _answer(wrong: Callable[[], list[str]]) -> Callable[[], Said]:
    def said() -> Said:
        found = wrong()
        text = "".join(f"{each}\n" for each in found) or "ok\n"
        return (503 if found else 200), "text/plain; charset=utf-8", text.encode()

    return said


class _Page(Resource):
    """What `said` gives: a status, a content type and a text."""

    isLeaf = True

    def __init__(self, said: Callable[[], Said]) -> None:
        super().__init__()  # type: ignore[no-untyped-call]
        self._said = said

    def render_GET(self, request: Request) -> bytes:
        status, kind, text = self._said()
        request.setResponseCode(status)
        request.setHeader("content-type", kind)
        request.setHeader("cache-control", "no-store")
        return text


class _Reading(Request):
    """The one request of a link, so that whoever sends many at once has one answered in a turn; it
    has no body: what comes as one is dropped, where Twisted would keep it."""

    def requestReceived(self, command: bytes, path: bytes, version: bytes) -> None:
        self.channel.persistent = False
        self.setHeader(b"connection", b"close")  # type: ignore[no-untyped-call]
        super().requestReceived(command, path, version)  # type: ignore[no-untyped-call]

    def gotLength(self, length: int | None) -> None:
        self.content = BytesIO()

    def handleContentChunk(self, data: bytes) -> None:
        pass


class _Site(Site):
    """Without a log of who asks."""

    noisy = False

    def log(self, request: Any) -> None:
        pass


@implementer(ILoggingContext)
class _Bounded(WrappingFactory):
    """So many connections at once; the next is closed."""

    noisy = False

    def logPrefix(self) -> str:
        """Its name in the log."""
        return "site of figures"

    def buildProtocol(self, addr: Any) -> Any:
        if len(self.protocols) >= limits.METRICS_LINKS:
            return None
        return super().buildProtocol(addr)
