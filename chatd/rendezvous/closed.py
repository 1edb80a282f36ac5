"""A daemon whose memory is closed to others."""

from twisted.application.service import Service

from chatd.memory import close_memory


class Closed(Service):
    """Closes it when the process has the account that it will keep."""

    def startService(self) -> None:
        """Close it, before anything else is begun."""
        close_memory()
        super().startService()  # type: ignore[no-untyped-call]
