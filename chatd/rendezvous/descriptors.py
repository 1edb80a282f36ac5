"""What links take: a file descriptor and some memory each, and some descriptors for the rest.

A process that runs out of them accepts nobody, and Twisted then logs whom it turned away.
"""

import resource

from chatd import limits
from chatd.errors import StartupError
from chatd.log.levels import logger

OTHERS = 128
"""For listening, files, logs, and connections that are turned away."""


def make_room(least: int, most: int) -> int:
    """Allow this process as many descriptors as `most` links need, or as the machine allows, and
    log that with the memory that links take; for how many links there is room.

    Raises `StartupError` where that is not for `least`.
    """
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    allowed = most + OTHERS if hard == resource.RLIM_INFINITY else min(hard, most + OTHERS)
    if allowed < least + OTHERS:
        raise StartupError(
            f"{least} links need {least + OTHERS} file descriptors, and {hard} are allowed",
            "lower --max-clients, or allow more: ulimit -Hn",
        )
    if soft != resource.RLIM_INFINITY and soft < allowed:
        resource.setrlimit(resource.RLIMIT_NOFILE, (allowed, hard))
    _say(allowed - OTHERS, most)
    return allowed - OTHERS


def _say(links: int, most: int) -> None:
    logger().info(
        "room for {links} links: {needed} file descriptors, and about {memory} MiB of memory when "
        "all are in use",
        links=links,
        needed=links + OTHERS,
        memory=links * limits.LINK_MEMORY >> 20,
    )
    if links < most:
        logger().info(
            "with {missing} more file descriptors (ulimit -Hn) everybody could come back at once",
            missing=most - links,
        )
