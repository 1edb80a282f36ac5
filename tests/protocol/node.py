"""Runs the scripts for Node in docs/protocol/vectors."""

import shutil
import subprocess

import pytest

NODE = shutil.which("node")


def node(*words: object) -> subprocess.CompletedProcess[str]:
    """Run a script with these arguments."""
    if NODE is None:
        pytest.skip("node is not installed")
    command = [NODE, *map(str, words)]
    return subprocess.run(command, capture_output=True, text=True, check=False, timeout=120)
