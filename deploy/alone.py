"""What `chat.pyz` does before anything else: its own `zope` counts, and not one that the system's
Python has put in its place when it started (as Debian's python3-zope.interface does)."""

import sys
from types import ModuleType

# shiv gives `site_packages`, the folder of what `chat.pyz` has brought along.
zope = ModuleType("zope")
zope.__path__ = [str(globals()["site_packages"] / "zope")]
sys.modules["zope"] = zope
