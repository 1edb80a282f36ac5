"""A release is the same bytes whoever builds it."""

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
