"""Real processes that send and take files, killed at any point, again and again: all arrives,
once and whole."""

import os
import socket
from pathlib import Path
from random import Random

import pytest
from ends_on_disk import End, in_child, killed_after
from losing_disk import LosingDisk
from offered import tree

from chatd import limits

KILLS = int(os.environ.get("CHATD_FILE_KILLS", "30"))


def made(folder: Path, random: Random) -> None:
    """A folder with large, small, empty, deep and hidden files."""
    (folder / "deep" / "er").mkdir(parents=True)
    (folder / "empty").mkdir()
    for name, size in [
        ("large", random.randint(1, 40) * limits.BLOCK + random.randint(0, 9)),
        ("deep/exact", 3 * limits.BLOCK),
        ("nothing", 0),
        (".hidden", 1),
        *[(f"deep/er/{n}", random.randint(0, 99)) for n in range(random.randint(1, 30))],
    ]:
        (folder / name).write_bytes(random.randbytes(size))


def played(world: Path, aside: Path, random: Random, most: int) -> bool:
    """One run of both sides, of which one or both are killed after at most so many calls to their
    disks; whether nobody was."""
    ours, theirs = socket.socketpair()
    cuts = [random.randint(1, most) if random.random() < 0.7 else 0 for _ in range(2)]
    children = []
    for link, other, is_giver, cut in (
        (ours, theirs, True, cuts[0]),
        (theirs, ours, False, cuts[1]),
    ):

        def run(link=link, other=other, is_giver=is_giver, cut=cut) -> None:  # type: ignore[no-untyped-def]
            other.close()
            with pytest.MonkeyPatch.context() as patch:
                disk = LosingDisk(aside)
                disk.step = killed_after(cut)  # type: ignore[method-assign]
                disk.under(patch)
                # Whoever is killed loses nothing that was written.
                patch.setattr(os, "fsync", lambda descriptor: None)
                end = End(world / ("giver" if is_giver else "taker"), link, is_giver=is_giver)
                if is_giver:
                    end.give(world / "sent")
                else:
                    end.take(world / "downloads")
                end.run()

        children.append(in_child(run))
    ours.close()
    theirs.close()
    ends = [os.waitpid(child, 0)[1] for child in children]
    assert all(os.WIFSIGNALED(end) or os.WEXITSTATUS(end) == 0 for end in ends)
    return not any(map(os.WIFSIGNALED, ends))


@pytest.mark.filterwarnings("ignore:.*fork:DeprecationWarning")
def test_killed_again_and_again(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Everything arrives, whatever was killed when: with its content, once; nothing of ours is
    left, and at no moment has anything its name that is not whole."""
    monkeypatch.setattr(limits, "BLOCK", 4096)
    monkeypatch.setattr(limits, "SYNC_BYTES", 20_000)
    kills = number = 0
    while kills < KILLS:
        number += 1
        random = Random(number)
        world = tmp_path / str(number)
        for name in ("giver", "taker", "aside"):
            (world / name).mkdir(parents=True, mode=0o700)
        made(world / "sent", random)
        sent = tree(world / "sent")
        while not played(world, world / "aside", random, 150):
            kills += 1
            if (world / "downloads" / "sent").exists():
                assert tree(world / "downloads" / "sent") == sent
        assert tree(world / "downloads" / "sent") == sent
        assert os.listdir(world / "downloads") == ["sent"]
