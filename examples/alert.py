"""Tells somebody how full a disk is, if it is: python alert.py NAME PERCENT [options of chat]

For cron: with an agent it takes a moment, and the exit status says whether it has arrived.
"""

import asyncio
import shutil
import sys

from chatd.api import ChatdError, connect


async def main(name: str, percent: str, *options: str) -> int:
    """The exit status: 1 if it could not be told."""
    usage = shutil.disk_usage("/")
    full = 100 * usage.used / usage.total
    if full < float(percent):
        return 0
    try:
        async with connect(*options) as chat:
            await asyncio.wait_for(chat.send(name, f"the disk is {full:.0f} % full"), 120)
    except (ChatdError, TimeoutError) as error:
        print(f"alert: {error}", file=sys.stderr)
        return 1
    return 0


sys.exit(asyncio.run(main(*sys.argv[1:])))
