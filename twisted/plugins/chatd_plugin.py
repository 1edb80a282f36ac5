"""Makes `twistd chatd` known to Twisted; the daemon is imported only when it is asked for."""

from twisted.application.service import ServiceMaker

chatd = ServiceMaker(
    "chatd", "chatd.tap", "A rendezvous daemon that introduces people to each other.", "chatd"
)
