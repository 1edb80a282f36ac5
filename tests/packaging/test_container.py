"""The container of `deploy/Containerfile`: built, run as the first process of its own, and used."""

import os
import re
import resource
import shutil
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from tempfile import TemporaryDirectory

import pytest

from tests.daemon.person import Person

TREE = Path(__file__).parents[2]
EXAMPLE = TREE / "deploy" / "Containerfile"
SYSTEM = os.environ.get("CHATD_CONTAINER", "")
"""A folder with the root of a Debian system that has pip, which is made if there is none: what the
container is built upon in place of an image that would have to be fetched."""
TOOLS = [tool for tool in ("podman", "debootstrap") if shutil.which(tool) is None]
LISTENING = re.compile(r"listening on \S+ port (\d+)")


def why_not() -> str:
    """Why none can be built here, or nothing."""
    if not SYSTEM:
        return "takes minutes; CHATD_CONTAINER=FOLDER builds upon the Debian system in that"
    if os.geteuid() != 0:
        return "only root makes a system to build upon"
    return f"there is no {' and no '.join(TOOLS)}" if TOOLS else ""


def run(*words: str | Path, folder: Path | None = None) -> str:
    """The output of a command that has to succeed."""
    done = subprocess.run(
        [str(word) for word in words], cwd=folder, capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, done.stdout + done.stderr
    return done.stdout


class Engine:
    """podman, with a store of its own."""

    def __init__(self, folder: Path) -> None:
        store = ["--root", str(folder / "store"), "--runroot", str(folder / "run")]
        # crun needs one kind of cgroups, and runc takes whatever there is.
        runtime = ["--runtime", "runc"] if shutil.which("runc") else []
        self._command = ["podman", *store, "--storage-driver", "vfs", *runtime]
        self._command += ["--cgroup-manager", "cgroupfs", "--events-backend", "file"]

    def __call__(self, *words: str | Path) -> str:
        """What it says."""
        return run(*self._command, *words)

    def take(self, system: Path) -> None:
        """Make an image called `system` of a folder."""
        with subprocess.Popen(["tar", "-C", system, "-c", "."], stdout=subprocess.PIPE) as tar:
            words = [*self._command, "import", "--change", f"ENV PATH={_PATH}", "-", "system"]
            subprocess.run(words, stdin=tar.stdout, capture_output=True, check=True)
        assert tar.returncode == 0


_PATH = "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin"


@pytest.fixture(scope="module")
def system() -> Path:
    """The folder of a Debian system whose pip installs for all of it, as that of an image does."""
    folder = Path(SYSTEM).absolute()
    if not folder.exists():
        packages = "--include=python3,python3-pip,python3-venv"
        run("debootstrap", "--variant=minbase", packages, "stable", folder)
    for mark in folder.glob("usr/lib/python3*/EXTERNALLY-MANAGED"):
        mark.unlink()
    version = f"python{sys.version_info[0]}.{sys.version_info[1]}"
    if not (folder / "usr" / "bin" / version).exists():
        pytest.skip(f"that system has no {version}, for which packages are gathered here")
    return folder


@pytest.fixture(scope="module")
def engine(system: Path) -> Iterator[Engine]:
    """podman, with an image of what the example builds."""
    with TemporaryDirectory() as temporary:
        folder = Path(temporary)
        made = Engine(folder)
        try:
            made.take(system)
            _build(made, folder)
            yield made
        finally:
            made("rm", "--all", "--force")


def _build(engine: Engine, folder: Path) -> None:
    """Build upon that system, with packages from a folder: nothing is fetched in there."""
    wheels, settings = folder / "wheels", folder / "pip.conf"
    needed = (f"{TREE}[metrics]", "setuptools>=77", "wheel")
    run(sys.executable, "-m", "pip", "wheel", "--wheel-dir", wheels, *needed)
    settings.write_text("[global]\nno-index = true\nfind-links = /wheels\n")
    lent = ["-v", f"{wheels}:/wheels:ro", "-v", f"{settings}:/etc/pip.conf:ro"]
    how = ["--isolation", "chroot", "--layers=false", "--from", "localhost/system"]
    engine("build", *how, *lent, "-f", EXAMPLE, "-t", "chatd", TREE)


@contextmanager
def running(engine: Engine, name: str) -> Iterator[int]:
    """The port of a daemon in a container that is called so; its data is kept as `chatd`."""
    # An engine would raise both, which not every machine lets it do.
    files = resource.getrlimit(resource.RLIMIT_NOFILE)[1]
    bounds = [f"--ulimit=nofile={files}:{files}", "--ulimit=nproc=1000:1000"]
    host = ["--network", "host", "-v", "chatd:/data"]
    engine("run", "-d", "--name", name, *bounds, *host, "chatd", "--host=127.0.0.1", "--port=0")
    try:
        yield int(_until(lambda: LISTENING.search(engine("logs", name)))[1])
    finally:
        engine("rm", "--force", name)


def _until(look: Callable[[], re.Match[str] | None]) -> re.Match[str]:
    deadline = time.monotonic() + 60
    while (found := look()) is None:
        assert time.monotonic() < deadline, "it did not happen"
        time.sleep(0.1)
    return found


@pytest.mark.packaging
@pytest.mark.skipif(bool(why_not()), reason=why_not())
def test_a_daemon_in_a_container(engine: Engine) -> None:
    """It is the first process there, not as root; people log in, chatctl finds it, it ends in good
    order, and another one goes on with its data."""
    with running(engine, "first") as port, Person(port) as alice:
        alice.login("alice")
        first = engine("exec", "first", "cat", "/proc/1/cmdline").split("\0")
        assert Path(first[1]).name == "chatd"
        assert engine("exec", "first", "id", "-un") == "chatd\n"
        assert engine("exec", "first", "chatctl", "status").startswith("here: 1\n")
        engine("stop", "--time", "60", "first")
        assert engine("inspect", "--format", "{{.State.ExitCode}}", "first") == "0\n"
        server, owner = alice.server_identity, alice.static
    with running(engine, "second") as port, Person(port) as bob, Person(port, owner) as alice:
        assert bob.login("alice").name is None
        assert alice.login("alice").name == "alice"
        assert alice.server_identity == server


def test_the_example_copies_what_is_built(tmp_path: Path) -> None:
    """And nothing else of a clone: each name is there, and all that the build reads is among
    them."""
    copied = re.findall(r"^COPY (.*) (/src\S*)$", EXAMPLE.read_text(), re.MULTILINE)
    names = [name for names, _ in copied for name in names.split()]
    assert [name for name in names if not (TREE / name).exists()] == []
    built = (TREE / "setup.cfg").read_text()
    files = re.findall(r"^(?:long_description = file:|license_files =) *(\S+)$", built, re.M)
    packages = re.findall(r"^    (chatd|twisted)\b", built, re.M)
    assert {*files, *packages, "setup.cfg", "pyproject.toml"} == set(names)
