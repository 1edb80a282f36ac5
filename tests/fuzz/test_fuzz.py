"""The saved corpus, and some thousand random changes to it, through every target."""

from pathlib import Path
from random import Random

import pytest
import targets
from wire.message_samples import VALID

from chatd.wire.codec import encode

CORPUS = sorted((Path(__file__).parent / "corpus").iterdir())
MESSAGES = [encode(message) for _, message in VALID]


def changed(random: Random, data: bytes) -> bytes:
    """One input, with a few bytes, lengths or pieces of it changed."""
    some = bytearray(data[:4200])
    for _ in range(random.randint(1, 4)):
        at = random.randrange(len(some) + 1)
        match random.randrange(5):
            case 0:
                some[at:at] = random.randbytes(random.randint(1, 8))
            case 1:
                del some[at : at + random.randint(1, 16)]
            case 2:
                some[at : at + 1] = random.choice((b"\0", b"\xff", b"\x7f", b"\r\n", b"\xc1"))
            case 3:
                other = random.choice(MESSAGES)
                some[at:at] = other[: random.randint(0, 64)]
            case 4 if some:
                some[at % len(some)] ^= 1 << random.randrange(8)
    return bytes(some)


def test_there_is_a_corpus_for_every_target() -> None:
    """So that none begins with nothing."""
    seen = {path.read_bytes()[:1] for path in CORPUS}
    assert seen >= {bytes([number]) for number in range(len(targets.NAMES))}


@pytest.mark.parametrize("path", CORPUS, ids=lambda path: path.name)
def test_the_corpus(path: Path) -> None:
    """What was once found to reach something new is still read without a crash."""
    targets.run(path.read_bytes())


@pytest.mark.parametrize("name", targets.NAMES)
def test_changes_to_the_corpus(name: str) -> None:
    """The same changes at every run."""
    number = targets.NAMES.index(name)
    random = Random(number)
    seeds = [path.read_bytes() for path in CORPUS]
    seeds = [seed for seed in seeds if seed[0] % len(targets.NAMES) == number]
    for _ in range(500):
        targets.run(bytes([number]) + changed(random, random.choice(seeds)[1:]))
