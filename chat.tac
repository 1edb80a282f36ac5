"""The daemon as `twistd -y chat.tac`, or `twistd -ny chat.tac` in the foreground.

It has the settings of `chatd --help` but no options: CHATD_PORT=1712 is --port 1712, CHATD_LISTEN
holds any number of --listen separated by spaces, CHATD_DEBUG is 1 or 0, and CHATD_CONFIG names a
file with any of them.
"""

import os
import sys

# twistd looks for modules in the current folder, not in that of this file.
sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))

from chatd.tap import application_from_environment

application = application_from_environment(os.environ, sys.argv[1:])
