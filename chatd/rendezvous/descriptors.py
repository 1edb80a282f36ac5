"""What links take: a file descriptor and some memory each, and some descriptors for the rest.

A process that runs out of them accepts nobody, and Twisted then logs whom it turned away.
"""

import resource

from chatd import limits
from chatd.errors import StartupError
from chatd.log.levels import logger

OTHERS = 128
"""For listening, files, logs, and connections that are turned away."""


def make_room(links: int) -> None:
    """Allow this process as many descriptors as `links` need, and log that with the memory that
    they take when all are in use; raises `StartupError`."""
    needed = links + OTHERS
    logger().info(
        "room for {links} links: {needed} file descriptors, and about {memory} MiB of memory when "
        "all are in use",
        links=links,
        needed=needed,
        memory=links * limits.LINK_MEMORY >> 20,
    )
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    if soft == resource.RLIM_INFINITY or soft >= needed:
        return
    if hard != resource.RLIM_INFINITY and hard < needed:
        raise StartupError(
            f"{links} links need {needed} file descriptors, and {hard} are allowed",
            "lower --max-clients, or allow more: ulimit -Hn",
        )
    resource.setrlimit(resource.RLIMIT_NOFILE, (needed, hard))
