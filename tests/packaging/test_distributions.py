"""What is built holds what it must, installs beside Twisted, and leaves it whole."""

import re
import subprocess
import sys
import tarfile
from pathlib import Path
from zipfile import ZipFile

import pytest

pytestmark = pytest.mark.packaging

TREE = Path(__file__).parents[2]


def run(*words: str | Path, folder: Path) -> str:
    """The output of a command that has to succeed."""
    done = subprocess.run(
        [str(word) for word in words], cwd=folder, capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, done.stdout + done.stderr
    return done.stdout


@pytest.fixture(scope="module")
def dist(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with the sdist, and the wheel that is made from it."""
    folder = tmp_path_factory.mktemp("dist")
    run(sys.executable, "-m", "build", "-o", folder, TREE, folder=folder)
    return folder


@pytest.fixture(scope="module")
def wheel_names(dist: Path) -> list[str]:
    """The files in the wheel."""
    (path,) = dist.glob("*.whl")
    with ZipFile(path) as wheel:
        return wheel.namelist()


@pytest.fixture(scope="module")
def sdist_names(dist: Path) -> list[str]:
    """The files in the sdist, without the folder that all are in."""
    (path,) = dist.glob("*.tar.gz")
    with tarfile.open(path) as sdist:
        return [name.partition("/")[2] for name in sdist.getnames()]


@pytest.fixture
def venv(tmp_path: Path) -> Path:
    """The programs of a new virtual environment."""
    run(sys.executable, "-m", "venv", tmp_path / "venv", folder=tmp_path)
    return tmp_path / "venv" / "bin"


def test_the_wheel_holds_the_code_and_nothing_else(wheel_names: list[str]) -> None:
    """Our packages, their types and the plugin are in the wheel; tests and documents are not."""
    for name in ("chatd/py.typed", "chatd/tap.py", "chatd/ui/terminal/__init__.py"):
        assert name in wheel_names
    ours = [name for name in wheel_names if not re.search(r"\.(dist-info|data)/", name)]
    assert {name for name in ours if not name.startswith("chatd/")} == {
        "twisted/plugins/chatd_plugin.py"
    }
    assert any(name.endswith(".dist-info/licenses/LICENSE") for name in wheel_names)


def test_the_wheel_has_pages_and_completions(
    wheel_names: list[str], venv: Path, dist: Path
) -> None:
    """The manual and what shells complete are in it, and stand below the prefix when installed."""
    files = {str(path.relative_to(TREE)) for path in (TREE / "share").rglob("*") if path.is_file()}
    assert len(files) == 12
    assert files == {name.partition(".data/data/")[2] for name in wheel_names if ".data/" in name}
    (wheel,) = dist.glob("*.whl")
    run(venv / "pip", "install", "-q", "--no-deps", wheel, folder=dist)
    assert [name for name in files if not (venv.parent / name).exists()] == []


def test_the_wheel_has_every_module(wheel_names: list[str]) -> None:
    """No package of the tree is forgotten."""
    modules = {str(path.relative_to(TREE)) for path in (TREE / "chatd").rglob("*.py")}
    assert modules <= set(wheel_names)


def test_the_sdist_holds_all_that_belongs_to_the_project(sdist_names: list[str]) -> None:
    """What an operator, a packager or a reader needs is in the sdist, the tests included."""
    for name in (
        "chat.tac",
        "README.md",
        "LICENSE",
        "CHANGELOG.md",
        "SECURITY.md",
        "setup.cfg",
        "pyproject.toml",
        "chatd/py.typed",
        "twisted/plugins/chatd_plugin.py",
        "tests/test_imports.py",
        "tests/daemon/daemon_process.py",
        "tests/vectors/chatd-noise.json",
        "docs/protocol/README.md",
        "docs/protocol/vectors/handshakes.json",
        "docs/protocol/vectors/check.mjs",
    ):
        assert name in sdist_names
    assert not [name for name in sdist_names if name.endswith((".pyc", "dropin.cache"))]


def test_a_wheel_installs_and_leaves_twisted_whole(dist: Path, venv: Path, tmp_path: Path) -> None:
    """Installed, all programs know chatd; uninstalled, twistd works and has forgotten it."""
    (path,) = dist.glob("*.whl")
    run(venv / "pip", "install", "-q", path, folder=tmp_path)
    assert "usage: chat" in run(venv / "chat", "--help", folder=tmp_path)
    assert "Usage: chatd" in run(venv / "chatd", "--help", folder=tmp_path)
    assert "usage: chatctl" in run(venv / "chatctl", "--help", folder=tmp_path)
    assert "A rendezvous daemon" in run(venv / "twistd", "--help", folder=tmp_path)
    assert "--max-clients" in run(venv / "twistd", "chatd", "--help", folder=tmp_path)
    run(venv / "pip", "check", folder=tmp_path)
    run(venv / "pip", "uninstall", "-q", "-y", "chatd", folder=tmp_path)
    left = run(venv / "twistd", "--help", folder=tmp_path)
    assert "ftp" in left
    assert "A rendezvous daemon" not in left


def test_an_editable_install_finds_the_plugin(venv: Path, tmp_path: Path) -> None:
    """Whoever works on the tree starts the daemon from it."""
    run(venv / "pip", "install", "-q", "-e", TREE, folder=tmp_path)
    assert "A rendezvous daemon" in run(venv / "twistd", "--help", folder=tmp_path)
    assert "--max-clients" in run(venv / "twistd", "chatd", "--help", folder=tmp_path)
