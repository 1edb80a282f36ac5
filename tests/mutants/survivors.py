"""The mutants that live, as docs/mutants.md lists them with the reason for each."""

import re
from pathlib import Path
from typing import NamedTuple

LEAST_KILLED = 0.9
"""The share of all mutants that the tests have to kill."""
DOCUMENT = Path(__file__).parents[2] / "docs" / "mutants.md"


class Survivor(NamedTuple):
    """One mutant: the function that it changes, as `wire.lines.Class.function`, and the line that
    it puts there."""

    function: str
    line: str


def listed() -> set[Survivor]:
    """Those in the document: indented lines, the function before the first colon."""
    lines = re.findall(r"^    (\S+): (.+)$", DOCUMENT.read_text("utf-8"), re.M)
    return {Survivor(function, line) for function, line in lines}


def read_name(mutant: str) -> str:
    """The function in a name that mutmut gives, `chatd.wire.lines.x_encode__mutmut_1` (of a method,
    `xǁClassǁencode__mutmut_1`)."""
    module, _, mangled = mutant.rpartition("__mutmut_")[0].rpartition(".")
    function = mangled.removeprefix("x_").removeprefix("xǁ").replace("ǁ", ".")
    return f"{module.removeprefix('chatd.')}.{function}"
