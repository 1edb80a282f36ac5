"""The list of mutants that live (docs/mutants.md) speaks of code that is there."""

from importlib import import_module

import pytest
from mutants.survivors import listed, read_name


@pytest.mark.parametrize(
    ("mutant", "function"),
    [
        ("chatd.wire.lines.x_encode__mutmut_1", "wire.lines.encode"),
        ("chatd.wire.seeds.x__mac__mutmut_12", "wire.seeds._mac"),
        ("chatd.noise.keys.xǁX25519ǁ__init____mutmut_3", "noise.keys.X25519.__init__"),
    ],
)
def test_the_names_of_mutants_are_read(mutant: str, function: str) -> None:
    """Of functions, and of methods of a class."""
    assert read_name(mutant) == function


@pytest.mark.parametrize("function", sorted({each.function for each in listed()}))
def test_every_function_in_the_list_exists(function: str) -> None:
    """A survivor of code that is gone goes as well."""
    package, module, *path = function.split(".")
    found: object = import_module(f"chatd.{package}.{module}")
    for part in path:
        found = getattr(found, part)
    assert callable(found)
