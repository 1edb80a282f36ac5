"""A name server that knows nobody, or that takes every question and says nothing."""

import sys
from socket import AF_INET, SOCK_DGRAM, socket

NO_SUCH_NAME = 0x8183
"""Response, recursion desired and available, NXDOMAIN (RFC 1035, 4.1.1)."""


def main(says_nothing):
    with socket(AF_INET, SOCK_DGRAM) as listening:
        listening.bind(("127.0.0.1", 53))
        print("listening", flush=True)
        while True:
            question, asker = listening.recvfrom(512)
            print("asked", flush=True)
            if not says_nothing:
                answer = question[:2] + NO_SUCH_NAME.to_bytes(2, "big") + question[4:6]
                end = question.index(b"\0", 12) + 5
                listening.sendto(answer + bytes(6) + question[12:end], asker)


if __name__ == "__main__":
    main(sys.argv[1:] == ["mute"])
