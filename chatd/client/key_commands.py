"""`chat key`: shows, seals, exports and imports identities, while no client uses them."""

import argparse
import shutil
from collections.abc import Sequence
from pathlib import Path
from typing import NoReturn

from chatd.client import passphrase
from chatd.client.moving import ProfileThere, export, read_export, unpack
from chatd.client.profile import Profile
from chatd.client.profiles import Profiles, Summary, default_folder
from chatd.client.sealed import Sealed
from chatd.errors import ChatdError, Usage
from chatd.files import shown
from chatd.noise.keys import encode_identity, fingerprint, private_bytes


class _Parser(argparse.ArgumentParser):
    def error(self, message: str) -> NoReturn:
        raise Usage(message.replace("\n", " "), "chat key --help shows what there is")


def main(argv: Sequence[str]) -> int:
    """Run `chat key` and return its exit status; raises `ChatdError`."""
    options = _parser().parse_args(argv)
    return int(options.run(Profiles(default_folder(), unlock=_ask), options))


def _parser() -> _Parser:
    parser = _Parser(prog="chat key", description="Your identities on this machine.")
    commands = parser.add_subparsers(required=True, metavar="COMMAND")
    for name, run, words, arguments in (
        ("show", _show, "list them, or one", ["[NAME]"]),
        ("passphrase", _passphrase, "set, change or remove the passphrase", ["NAME"]),
        ("export", _export, "write one to a file, to take it to another machine", ["NAME", "FILE"]),
        ("import", _import, "take one from such a file", ["FILE"]),
    ):
        command = commands.add_parser(name, help=words)
        for argument in arguments:
            optional = "?" if argument.startswith("[") else None
            command.add_argument(argument.strip("[]").lower(), nargs=optional)
        command.set_defaults(run=run)
    return parser


def _ask(sealed: Sealed) -> bytes:
    return passphrase.unlocked(sealed, fingerprint(encode_identity(sealed.public)))


def _show(profiles: Profiles, options: argparse.Namespace) -> int:
    wanted = profiles.summaries() if options.name is None else [_find(profiles, options.name)]
    for each in wanted:
        names = [f"{name} on {server}" for server, held in each.names.items() for name in held]
        print(fingerprint(each.identity))
        print(f"  {', '.join(names) or 'no name yet'}")
        print(f"  {'with' if each.is_sealed else 'without'} a passphrase")
        print(f"  {shown(each.folder)}")
    if not wanted:
        print("no identities yet: chat makes one with your first name")
    return 0


def _passphrase(profiles: Profiles, options: argparse.Namespace) -> int:
    profile = profiles.open(_find(profiles, options.name))
    try:
        word = passphrase.new(options.name)
        if (
            not word
            and passphrase.ask("no passphrase: whoever gets the file is you. yes? ") != "yes"
        ):
            raise ChatdError("nothing is changed")
        profile.seal(word)
    finally:
        profile.close()
    print(f"the key of {options.name} is now {'sealed' if word else 'without a passphrase'}")
    return 0


def _export(profiles: Profiles, options: argparse.Namespace) -> int:
    profile = profiles.open(_find(profiles, options.name))
    try:
        export(profile.folder, profile.static, _required(options.file), Path(options.file))
    finally:
        profile.close()
    print(f"{options.name} is in {shown(Path(options.file))}, under the passphrase")
    print("take it to the other machine: chat key import FILE; two clients cannot use it at once")
    return 0


def _required(whose: str) -> str:
    word = passphrase.new(whose)
    if not word:
        raise ChatdError("an export needs a passphrase", "it is a whole identity in one file")
    return word


def _import(profiles: Profiles, options: argparse.Namespace) -> int:
    sealed = read_export(Path(options.file))
    if any(each.identity[1:] == sealed.public for each in profiles.summaries()):
        raise ProfileThere
    folder = profiles.new_folder()
    try:
        word = passphrase.ask(f"passphrase of {options.file}: ")
        keypair = unpack(sealed, word, folder)
        # Whatever cannot be read again is found now.
        Profile(folder, profiles.dh, profiles.clock, lambda _: private_bytes(keypair)).close()
    except BaseException:
        shutil.rmtree(folder, ignore_errors=True)
        raise
    print(f"{fingerprint(encode_identity(keypair.public))} is here, under the same passphrase")
    return 0


def _find(profiles: Profiles, name: str) -> Summary:
    """The one that held this name, or that has this fingerprint; raises `ChatdError`."""
    found = [
        each
        for each in profiles.summaries()
        if fingerprint(each.identity) == name
        or any(name.lower() in held for held in each.names.values())
    ]
    if len(found) == 1:
        return found[0]
    if not found:
        raise ChatdError(f"no identity here has had the name {name!a}", "chat key show lists them")
    raise ChatdError(
        f"several identities have had the name {name!a}",
        "give the fingerprint instead: chat key show lists them",
    )
