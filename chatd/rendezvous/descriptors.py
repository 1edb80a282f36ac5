"""File descriptors: one for each link, and some for everything else.

A process that runs out of them accepts nobody, and Twisted then logs whom it turned away.
"""

import resource

from chatd.errors import StartupError

OTHERS = 128
"""For listening, files, logs, and connections that are turned away."""


def make_room(links: int) -> None:
    """Allow this process as many descriptors as `links` need; raises `StartupError`."""
    needed = links + OTHERS
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    if soft == resource.RLIM_INFINITY or soft >= needed:
        return
    if hard != resource.RLIM_INFINITY and hard < needed:
        raise StartupError(
            f"{links} links need {needed} file descriptors, and {hard} are allowed",
            "lower --max-clients, or allow more: ulimit -Hn",
        )
    resource.setrlimit(resource.RLIMIT_NOFILE, (needed, hard))
