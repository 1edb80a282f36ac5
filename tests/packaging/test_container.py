"""The container of `deploy/Containerfile`: built, run as the first process of its own, and used."""

import os
import re
import resource
import shlex
import shutil
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import pytest
from person import Person
from test_operating import block

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


def run(*words: str | Path, **more: Any) -> str:
    """The output of a command that has to succeed."""
    done = subprocess.run(
        [str(word) for word in words], capture_output=True, text=True, check=False, **more
    )
    assert done.returncode == 0, done.stdout + done.stderr
    return done.stdout


class Engine:
    """podman, with a store of its own, and nothing that not every machine lets it do."""

    def __init__(self, folder: Path) -> None:
        engine, store = folder / "containers.conf", folder / "storage.conf"
        # crun needs one kind of cgroups, and runc takes whatever there is.
        runtime = "runc" if shutil.which("runc") else "crun"
        files = resource.getrlimit(resource.RLIMIT_NOFILE)[1]
        engine.write_text(
            f"[engine]\nruntime = '{runtime}'\ncgroup_manager = 'cgroupfs'\n"
            "events_logger = 'file'\n"
            f"[containers]\ndefault_ulimits = ['nofile={files}:{files}', 'nproc=1000:1000']\n"
        )
        store.write_text(
            f"[storage]\ndriver = 'vfs'\ngraphroot = '{folder / 'store'}'\n"
            f"runroot = '{folder / 'run'}'\n"
        )
        conf = {"CONTAINERS_CONF": str(engine), "CONTAINERS_STORAGE_CONF": str(store)}
        self._environment = {**os.environ, **conf}

    def __call__(self, *words: str | Path) -> str:
        """What podman says."""
        return run("podman", *words, env=self._environment)

    def as_written(self, command: str) -> str:
        """The same, for a command as the documents have it."""
        podman, *words = shlex.split(command)
        assert podman == "podman"
        return self(*words)

    def take(self, system: Path) -> None:
        """Make an image called `system` of a folder."""
        with subprocess.Popen(["tar", "-C", system, "-c", "."], stdout=subprocess.PIPE) as tar:
            words = ["podman", "import", "--change", f"ENV PATH={_PATH}", "-", "system"]
            taking = {"stdin": tar.stdout, "env": self._environment}
            subprocess.run(words, capture_output=True, check=True, **taking)
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


def port_of(engine: Engine) -> int:
    """The port of the daemon, once it listens."""
    return int(_until(lambda: LISTENING.search(engine("logs", "chatd")))[1])


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
    order, and another one goes on with its data: by the commands of docs/operating.md."""
    _, start, status, stop = block("container")
    start += " --host=127.0.0.1 --port=0"
    engine.as_written(start)
    with Person(port_of(engine)) as alice:
        alice.login("alice")
        words = engine("exec", "chatd", "cat", "/proc/1/cmdline").split("\0")
        assert Path(words[1]).name == "chatd"
        assert engine("exec", "chatd", "id", "-un") == "chatd\n"
        assert engine.as_written(status).startswith("here: 1\n")
        engine.as_written(stop)
        assert engine("inspect", "--format", "{{.State.ExitCode}}", "chatd") == "0\n"
        server, owner = alice.server_identity, alice.static
    engine("rm", "chatd")
    engine.as_written(start)
    port = port_of(engine)
    with Person(port) as bob, Person(port, owner) as alice:
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
    data = re.findall(r"^\S+ = (share)/", built, re.M)
    assert {*files, *packages, *data, "setup.cfg", "pyproject.toml"} == set(names)
