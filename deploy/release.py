"""Builds what is released from a commit: sdist, wheel and `chat.pyz`, into a new folder.

    pip install 'chatd[dev]' && python deploy/release.py FOLDER

Sdist and wheel are the same bytes wherever and whenever they are built from one commit: the tree
is that of git, in one mode and with the date of the commit, and the sdist is packed anew, since
setuptools leaves the owners and dates of its own files in it. `chat.pyz` runs with the Python
version and on the kind of machine that built it, and holds the libraries that the index has today.
"""

import argparse
import gzip
import io
import os
import subprocess
import sys
import tarfile
from pathlib import Path
from tempfile import TemporaryDirectory

TREE = Path(__file__).parents[1]
EXTRAS = "tor,upnp"
"""What `chat.pyz` brings along beside what it needs."""


def run(*words: str | Path, folder: Path, environment: dict[str, str]) -> None:
    """Run a command that has to succeed, and show its output only if it does not."""
    done = subprocess.run(
        [str(word) for word in words],
        cwd=folder,
        env=environment,
        umask=0o022,
        capture_output=True,
        text=True,
        check=False,
    )
    if done.returncode != 0:
        sys.exit(f"release: error: {words[0]} {words[1]} failed\n{done.stdout}{done.stderr}")


def from_git(*words: str, tree: Path) -> bytes:
    """The output of a git command in the tree."""
    return subprocess.run(["git", *words], cwd=tree, stdout=subprocess.PIPE, check=True).stdout


def check_out(tree: Path, folder: Path) -> int:
    """Write the files of the newest commit to `folder`; its date, in seconds since 1970."""
    with tarfile.open(fileobj=io.BytesIO(from_git("archive", "HEAD", tree=tree))) as files:
        files.extractall(folder, filter="data")
    return int(from_git("log", "-1", "--format=%ct", tree=tree))


def pack_anew(sdist: Path, date: int) -> None:
    """Leave nothing in an sdist but names, contents and whether a file is executable."""
    with tarfile.open(sdist) as before:
        members = [
            (member, before.extractfile(member) if member.isfile() else None)
            for member in sorted(before.getmembers(), key=lambda member: member.name)
        ]
        with (
            sdist.with_suffix(".new").open("wb") as raw,
            gzip.GzipFile("", "wb", fileobj=raw, mtime=date) as packed,
            tarfile.open(fileobj=packed, mode="w", format=tarfile.PAX_FORMAT) as after,
        ):
            for member, content in members:
                after.addfile(plain(member, date), content)
    sdist.with_suffix(".new").replace(sdist)


def plain(member: tarfile.TarInfo, date: int) -> tarfile.TarInfo:
    """The entry of a file or folder as anybody would have made it at that date."""
    runs = member.isdir() or member.mode & 0o100
    entry = member.replace(
        mtime=date, mode=0o755 if runs else 0o644, uid=0, gid=0, uname="", gname=""
    )
    entry.pax_headers = {}  # fractions of a second are there, and would win
    return entry


def distributions(tree: Path, out: Path) -> Path:
    """Build sdist and wheel from the newest commit of `tree` into `out`; the wheel's path."""
    with TemporaryDirectory() as temporary:
        work = Path(temporary)
        date = check_out(tree, work / "tree")
        environment = {**os.environ, "SOURCE_DATE_EPOCH": str(date)}
        build = (sys.executable, "-m", "build", "-o", out, work / "tree")
        run(*build, folder=work, environment=environment)
    (sdist,), (wheel,) = out.glob("*.tar.gz"), out.glob("*.whl")
    pack_anew(sdist, date)
    return wheel


def single_file(wheel: Path, out: Path) -> None:
    """Build `chat.pyz` from a wheel and the libraries that it needs into `out`."""
    with TemporaryDirectory() as temporary:
        work = Path(temporary)
        collect = (sys.executable, "-m", "pip", "wheel", "-w", "wheels", f"{wheel}[{EXTRAS}]")
        run(*collect, folder=work, environment=dict(os.environ))
        # From the folder alone, so that nothing in the file says where it was built; -E for the
        # program that talks to a router.
        pyz = (sys.executable, "-m", "shiv", "-c", "chat", "-E", "-o", out / "chat.pyz")
        first = ("--preamble", TREE / "deploy" / "alone.py")
        found = ("--no-index", "--find-links", "wheels", f"chatd[{EXTRAS}]")
        run(*pyz, *first, *found, folder=work, environment=dict(os.environ))


def main() -> None:
    """The command line."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").partition("\n\n")[0])
    parser.add_argument("folder", type=Path, help="a folder that is made; it must not be there yet")
    folder = parser.parse_args().folder.resolve()
    try:
        folder.mkdir(parents=True)
    except FileExistsError:
        parser.error(f"{folder} is there already")
    single_file(distributions(TREE, folder), folder)
    for path in sorted(folder.iterdir()):
        print(f"{path.stat().st_size:>10} {path.name}")


if __name__ == "__main__":
    main()
