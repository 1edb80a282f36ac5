"""`chat key`: shows, seals, exports and imports identities, while no client uses them."""

import argparse
from collections.abc import Callable
from pathlib import Path
from typing import TypeVar

from chatd.errors import ChatdError
from chatd.files import check_free, shown
from chatd.noise.keys import encode_identity, fingerprint
from chatd.store.folder import default_folder
from chatd.store.identity_export import Moved, export, read_export, unpack
from chatd.store.identity_file import IDENTITY
from chatd.store.keyring import Keyring, Summary
from chatd.store.profile import Profile
from chatd.store.sealed import Sealed, unseal
from chatd.text import safe_line
from chatd.ui import passphrase

_OPEN = "no passphrase: whoever gets the file is you. yes? "
T = TypeVar("T")


def run(options: argparse.Namespace) -> int:
    """Run `chat key` and return its exit status; raises `ChatdError`."""
    return _DO[options.do](Keyring(default_folder(), _ask), options)


def _ask(sealed: Sealed) -> bytes:
    whose = fingerprint(encode_identity(sealed.public))
    return passphrase.opened(lambda word: unseal(sealed, word, "identity"), whose)


def _show(keyring: Keyring, options: argparse.Namespace) -> int:
    if options.name is not None:
        _print(keyring.find(options.name))
        return 0
    known = keyring.summaries()
    for each in known.readable:
        _print(each)
    if known.errors:
        raise known.errors[0]
    if not known.readable:
        print("no identities yet: chat makes one with your first name")
    return 0


def _print(summary: Summary) -> None:
    # The names may come from an export that someone else has made.
    names = [f"{name} on {safe_line(at)}" for at, held in summary.names.items() for name in held]
    print(fingerprint(summary.identity))
    print(f"  {', '.join(names) or 'no name yet'}")
    print(f"  {'with' if summary.is_sealed else 'without'} a passphrase")
    print(f"  {shown(summary.folder / IDENTITY)}")


def _passphrase(keyring: Keyring, options: argparse.Namespace) -> int:
    summary = keyring.find(options.name)
    whose = options.name or fingerprint(summary.identity)

    def seal(profile: Profile) -> str:
        word = passphrase.new(whose)
        if not word and passphrase.ask(_OPEN) != "yes":
            raise ChatdError("nothing is changed", "only yes takes the passphrase away")
        passphrase.apart(lambda: profile.seal(word))
        return word

    word = _opened(keyring, summary, seal)
    print(f"the key of {whose} is now {'sealed' if word else 'without a passphrase'}")
    return 0


def _export(keyring: Keyring, options: argparse.Namespace) -> int:
    target, summary = Path(options.file), keyring.find(options.name)
    check_free(target)
    servers = keyring.servers(summary)

    def write(profile: Profile) -> None:
        word = passphrase.new(shown(target), leaves=True)
        if not word:
            raise ChatdError("an export needs a passphrase", "it is a whole identity in one file")
        parts = profile.folder, profile.static, servers
        passphrase.apart(lambda: export(*parts, word, target))

    _opened(keyring, summary, write)
    print(f"{options.name} is in {shown(target)}, under the passphrase")
    print("take it to the other machine: chat key import FILE; two clients cannot use it at once")
    return 0


def _opened(keyring: Keyring, summary: Summary, use: Callable[[Profile], T]) -> T:
    """Do something with an identity that is locked meanwhile, and closed in any case."""
    profile = keyring.open(summary)
    try:
        return use(profile)
    finally:
        profile.close()


def _import(keyring: Keyring, options: argparse.Namespace) -> int:
    source = Path(options.file)
    sealed = read_export(source)
    keyring.check_new(sealed.public)

    def unpacked(word: str) -> tuple[Moved, str]:
        return unpack(sealed, word), word

    moved, word = passphrase.opened(unpacked, shown(source))
    passphrase.apart(lambda: keyring.take(moved, word))
    identity = fingerprint(encode_identity(moved.keypair.public))
    print(f"{identity} is here, under the same passphrase")
    return 0


_DO = {"show": _show, "passphrase": _passphrase, "export": _export, "import": _import}
