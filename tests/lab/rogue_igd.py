"""What answers to a search for a router, and is none: run inside a network namespace of the lab.

python rogue_igd.py elsewhere|endless|nonsense|silent|liar
"""

import socket
import struct
import sys
import threading
from contextlib import suppress

HERE = "192.168.1.1"
PORT = 5000
_ELSEWHERE = "http://192.168.1.2:5000/"
"""What nobody may be made to fetch: a service of the machine that asks."""
_SERVICE = "urn:schemas-upnp-org:service:WANIPConnection:1"
_DESCRIPTION = f"""<?xml version="1.0"?>
<root xmlns="urn:schemas-upnp-org:device-1-0"><device>
<deviceType>urn:schemas-upnp-org:device:InternetGatewayDevice:1</deviceType>
<friendlyName>x</friendlyName><manufacturer>x</manufacturer><modelName>x</modelName>
<UDN>uuid:1</UDN><serviceList><service>
<serviceType>{_SERVICE}</serviceType><serviceId>urn:upnp-org:serviceId:1</serviceId>
<SCPDURL>/service</SCPDURL><controlURL>/control</controlURL><eventSubURL>/event</eventSubURL>
</service></serviceList></device></root>"""
_ARGUMENT = "<argument><name>{name}</name><direction>out</direction>"
_SERVICE_DESCRIPTION = f"""<?xml version="1.0"?>
<scpd xmlns="urn:schemas-upnp-org:service-1-0"><actionList><action>
<name>GetExternalIPAddress</name><argumentList>
{_ARGUMENT.format(name="NewExternalIPAddress")}
<relatedStateVariable>Address</relatedStateVariable></argument>
</argumentList></action></actionList><serviceStateTable><stateVariable sendEvents="no">
<name>Address</name><dataType>string</dataType></stateVariable></serviceStateTable></scpd>"""
_ANSWER = f"""<?xml version="1.0"?>
<s:Envelope xmlns:s="http://schemas.xmlsoap.org/soap/envelope/"><s:Body>
<u:GetExternalIPAddressResponse xmlns:u="{_SERVICE}">
<NewExternalIPAddress>\x1b[31m 1.2.3.4</NewExternalIPAddress>
</u:GetExternalIPAddressResponse></s:Body></s:Envelope>"""


def _answer_searches(location):
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as search:
        search.bind(("", 1900))
        group = socket.inet_aton("239.255.255.250") + socket.inet_aton(HERE)
        search.setsockopt(socket.IPPROTO_IP, socket.IP_ADD_MEMBERSHIP, group)
        print("listening", flush=True)
        while True:
            _, who = search.recvfrom(2048)
            device = "urn:schemas-upnp-org:device:InternetGatewayDevice:1"
            for answer in (
                b"HTTP/1.1 200 OK\r\n\xff\xfe: \xff\r\n\r\n",
                f"HTTP/1.1 200 OK\r\nST: {device}\r\nLOCATION: {location}\r\n\r\n".encode(),
            ):
                search.sendto(answer, who)


def _serve(connection, body):
    with connection, suppress(OSError):
        request = connection.recv(4096)
        print("asked for", request.split()[1].decode(), flush=True)
        connection.sendall(b"HTTP/1.1 200 OK\r\nContent-Type: text/xml\r\n\r\n")
        for part in body(request):
            connection.sendall(part)


def _endless(_):
    while True:
        yield b"<a>" * 100_000


def _silent(_):
    threading.Event().wait()
    yield b""


def _liar(request):
    if b" /service " in request:
        yield _SERVICE_DESCRIPTION.encode()
    elif request.startswith(b"POST"):
        yield _ANSWER.encode()
    else:
        yield _DESCRIPTION.encode()


BODIES = {
    "elsewhere": lambda _: [],
    "endless": _endless,
    "nonsense": lambda _: [struct.pack("!I", 0xDEADBEEF) * 100],
    "silent": _silent,
    "liar": _liar,
}


def main(kind):
    """Answer in this way, for ever."""
    server = socket.create_server(("0.0.0.0", PORT))
    location = _ELSEWHERE if kind == "elsewhere" else f"http://{HERE}:{PORT}/"
    threading.Thread(target=_answer_searches, args=[location], daemon=True).start()
    while True:
        connection, _ = server.accept()
        threading.Thread(target=_serve, args=[connection, BODIES[kind]], daemon=True).start()


if __name__ == "__main__":
    main(sys.argv[1])
