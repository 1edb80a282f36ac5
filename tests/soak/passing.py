"""Bytes that two people pass to each other through a relay. Pure."""

LENGTH = 4


def framed(data: bytes) -> bytes:
    """With its length in front, so that the other side knows when it has all."""
    return len(data).to_bytes(LENGTH, "big") + data


class Passing:
    """What comes out of a relay is what the other side put into it, in order, and nothing else."""

    def __init__(self, faults: list[str]) -> None:
        self._faults = faults
        self._sent: dict[bytes, dict[str, bytes]] = {}
        self.count = 0
        """Bytes that came out."""

    def sent(self, id: bytes, who: str, data: bytes) -> None:
        """One side puts all that it has into the relay."""
        self._sent.setdefault(id, {})[who] = data

    def got(self, id: bytes, who: str, data: bytes, *, whole: bool) -> None:
        """All that one side got until the end, which came early if it is not the `whole`."""
        self.count += len(data)
        # A copy: the other side may be in another thread.
        theirs = [sent for other, sent in dict(self._sent.get(id, {})).items() if other != who]
        if not data and not whole:
            return
        if not any(sent == data if whole else sent.startswith(data) for sent in theirs):
            self._faults.append(f"{who} got other bytes from the relay than were sent")

    @staticmethod
    def is_whole(data: bytes) -> bool:
        """Whether all is there that the length in front says."""
        return len(data) >= LENGTH and len(data) >= LENGTH + int.from_bytes(data[:LENGTH], "big")
