"""A release is the same bytes whoever builds it, and one file of it runs by itself."""

import importlib.util
import os
import shutil
import subprocess
from collections.abc import Iterator
from pathlib import Path
from types import ModuleType

import pytest

pytestmark = pytest.mark.packaging

TREE = Path(__file__).parents[2]


@pytest.fixture(scope="module")
def release() -> ModuleType:
    """The program that builds releases; it builds from git."""
    if not (TREE / ".git").exists() or shutil.which("git") is None:
        pytest.skip("not a checkout of git")
    path = TREE / "deploy" / "release.py"
    spec = importlib.util.spec_from_file_location("release", path)
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


@pytest.fixture
def umask() -> Iterator[None]:
    """Puts the umask back."""
    before = os.umask(0o022)
    yield
    os.umask(before)


@pytest.mark.usefixtures("umask")
def test_two_builds_are_the_same_bytes(
    release: ModuleType, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Built in two folders, under two umasks, zones and dates of files, nothing differs."""
    built = []
    for name, mask, zone in (("one", 0o022, "UTC"), ("another", 0o077, "Asia/Tokyo")):
        os.umask(mask)
        monkeypatch.setenv("TZ", zone)
        clone = tmp_path / name / "a folder"
        subprocess.run(["git", "clone", "-q", TREE, clone], check=True)
        os.utime(clone / "README.md", (1e9, 1e9))
        out = tmp_path / f"{name} dist"
        out.mkdir()
        release.distributions(clone, out)
        built.append({path.name: path.read_bytes() for path in out.iterdir()})
    assert len(built[0]) == 2
    assert built[0] == built[1]


def test_the_single_file_runs(release: ModuleType, tmp_path: Path) -> None:
    """`chat.pyz` alone shows a whole conversation, with nothing installed beside it."""
    release.single_file(release.distributions(TREE, tmp_path), tmp_path)
    home = tmp_path / "home"
    home.mkdir()
    environment = {"HOME": str(home), "PATH": os.environ["PATH"]}
    for words, shown in (("--version", "chat 0."), ("demo", "echo")):
        done = subprocess.run(
            [tmp_path / "chat.pyz", words],
            cwd=home,
            env=environment,
            stdin=subprocess.DEVNULL,
            capture_output=True,
            text=True,
            check=False,
        )
        assert done.returncode == 0, done.stdout + done.stderr
        assert shown in done.stdout
