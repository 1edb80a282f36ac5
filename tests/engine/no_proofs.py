"""Proofs of somebody who has no cards."""

from chatd.engine.decisions.proofs import Proof, Proofs
from chatd.store.past import Past
from chatd.wire.proof import PROOF


class NoProofs(Proofs):
    """Nothing to prove, nothing that could be proved, and nothing that would verify."""

    def __init__(self) -> None:
        pass

    def ask(self, name: str) -> Proof | None:
        return None

    def behind(self, data: bytes, asker: bytes) -> bytes | None:
        return None

    def prove(self, secret: bytes, asked: bytes) -> bytes:
        return bytes(PROOF)

    def count(self, data: bytes, secret: bytes, asker: bytes) -> int | None:
        return None

    def farewell(self, secret: bytes, asked: bytes) -> bytes:
        return bytes(PROOF)

    def past(self, data: bytes, asker: bytes) -> Past | None:
        return None

    def cut(self) -> list[Past]:
        return []
