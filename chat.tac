"""The daemon as `twistd -y chat.tac`, or `twistd -ny chat.tac` in the foreground.

Its settings are those of `twistd chatd --help`, from the environment: CHATD_PORT is --port,
CHATD_LISTEN holds any number of --listen separated by spaces, and CHATD_DEBUG is 1 or 0.
"""

import os
import sys

# twistd looks for modules in the current folder, not in that of this file.
sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))

from twisted.application.service import Application

from chatd.tap import service_from_environment

application = Application("chatd")
service_from_environment(os.environ).setServiceParent(application)
