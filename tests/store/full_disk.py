"""A disk that can be full."""

import errno
import os


class Disk:
    """Makes every `fsync` fail for want of space, while `full`."""

    full = False

    def fsync(self, descriptor: int) -> None:
        if self.full:
            raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))
