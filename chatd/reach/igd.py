"""A program that lets the router of this network pass a port on to this machine (UPnP-IGD).

`chat --upnp` runs it beside itself, so that what a router says, or whatever answers in its place,
is read by a process that holds no keys. Each line of its input has the ports of ours that are to be
passed on from then on, or 0 for none. Each line of its output is `PORT ADDRESS OUTER`, where others
then reach that port, or `PORT - WHY`. Its end of input is the end of all mappings.
"""

import asyncio
import random
import resource
import signal
import socket
import sys
from collections.abc import Sequence
from contextlib import suppress
from ipaddress import IPv4Address
from typing import Any
from urllib.parse import urlsplit

from async_upnp_client.aiohttp import AiohttpRequester
from async_upnp_client.client_factory import UpnpFactory
from async_upnp_client.exceptions import UpnpActionError
from async_upnp_client.search import SsdpSearchListener

from chatd import limits

_DEVICE = "urn:schemas-upnp-org:device:InternetGatewayDevice:1"
"""Those of version 2 answer to it as well (UPnP-gw-InternetGatewayDevice-v2, section 1)."""
_SERVICES = ("WANIPConnection", "WANPPPConnection")
_CONFLICT = 718
"""Another machine has that port (UPnP-gw-WANIPConnection-v2, section 2.5.16)."""


class NotMapped(Exception):
    """No port is passed on; the reason is in our own words."""


class Router:
    """The router of this network: found when it is first needed, and again after a failure."""

    def __init__(self) -> None:
        self._service: Any = None
        self._here = ""
        self._outer: dict[int, int] = {}
        """The ports that it passes on to us: those outside, by ours."""

    async def pass_on(self, ports: Sequence[int]) -> dict[int, tuple[str, int]]:
        """Let it pass these ports on to us, and no others: where each is outside.

        Raises `NotMapped`.
        """
        await self.forget(kept=ports)
        is_known = self._service is not None
        try:
            return await self._pass_on(ports)
        except NotMapped:
            raise
        except Exception:
            if not is_known:
                raise
        return await self._pass_on(ports)  # it may have begun anew, at another place

    async def _pass_on(self, ports: Sequence[int]) -> dict[int, tuple[str, int]]:
        try:
            if self._service is None:
                self._service, self._here = await _found()
            outside = await self._address()
            for port in ports:
                self._outer[port] = await self._map(port, self._outer.get(port, port))
        except BaseException:
            self._service = None
            raise
        return {port: (outside, self._outer[port]) for port in ports}

    async def forget(self, kept: Sequence[int] = ()) -> None:
        """Let it pass nothing else on to us any more, of which it may know nothing by now."""
        for port in [port for port in self._outer if port not in kept]:
            outer = self._outer.pop(port)
            where = {"NewRemoteHost": "", "NewExternalPort": outer, "NewProtocol": "TCP"}
            if self._service is not None:
                with suppress(Exception):
                    await self._call("DeletePortMapping", **where)

    async def _address(self) -> str:
        answer = await self._call("GetExternalIPAddress")
        try:
            address = IPv4Address(answer["NewExternalIPAddress"])
        except (KeyError, ValueError):
            raise NotMapped("the router does not know its own address") from None
        return str(address)

    async def _map(self, port: int, outer: int) -> int:
        for wanted in (outer, *random.sample(range(20_000, 60_000), limits.UPNP_TRIES - 1)):
            try:
                await self._call(
                    "AddPortMapping",
                    NewRemoteHost="",
                    NewExternalPort=wanted,
                    NewProtocol="TCP",
                    NewInternalPort=port,
                    NewInternalClient=self._here,
                    NewEnabled=True,
                    NewPortMappingDescription="chat",
                    NewLeaseDuration=limits.UPNP_LEASE_SECONDS,
                )
            except _Refused as refused:
                if refused.code != _CONFLICT:
                    raise
            else:
                return wanted
        raise NotMapped("the ports that were asked for belong to others")

    async def _call(self, action: str, **arguments: object) -> Any:
        try:
            return await self._service.action(action).async_call(**arguments)
        except UpnpActionError as error:
            raise _Refused(int(error.error_code or 0)) from None


class _Refused(NotMapped):
    """The router says no, with a number of the standard."""

    def __init__(self, code: int) -> None:
        super().__init__(f"the router refuses (UPnP error {code})")
        self.code = code


async def _found() -> tuple[Any, str]:
    """The service of the router that answers first, and our own address as it sees us."""
    location = await _location()
    device = await UpnpFactory(AiohttpRequester()).async_create_device(location)
    for service in device.all_services:
        if any(f":{name}:" in service.service_type for name in _SERVICES):
            return service, _own_address(location)
    raise NotMapped("what answers is no router")


async def _location() -> str:
    first: asyncio.Future[str] = asyncio.get_running_loop().create_future()

    def answered(headers: Any) -> None:
        location = str(headers.get("location", ""))
        if not first.done() and _is_of(location, str(headers.get("_host", ""))):
            first.set_result(location)

    search = SsdpSearchListener(
        callback=answered,
        search_target=_DEVICE,
        timeout=1,
        connect_callback=lambda: search.async_search(),
    )
    await search.async_start()
    try:
        return await first
    finally:
        search.async_stop()


def _is_of(location: str, responder: str) -> bool:
    """Whether a description is at the private address that names it, so that nobody makes us
    fetch something from elsewhere."""
    try:
        url = urlsplit(location)
        address = IPv4Address(responder)
    except ValueError:
        return False
    return url.scheme == "http" and url.hostname == str(address) and address.is_private


def _own_address(location: str) -> str:
    """Our address on the way there."""
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as trial:
        trial.connect((urlsplit(location).hostname, 9))
        return str(trial.getsockname()[0])


async def _answers(router: Router, ports: Sequence[int]) -> list[str]:
    try:
        async with asyncio.timeout(limits.UPNP_SECONDS):
            if ports:
                outside = await router.pass_on(ports)
                return [f"{port} {address} {outer}" for port, (address, outer) in outside.items()]
            await router.forget()
            return ["0 - nothing is passed on"]
    except NotMapped as error:
        why = str(error)
    except TimeoutError:
        why = "no router answers"
    except Exception:  # whatever the library makes of nonsense
        why = "the router answers nonsense"
    return [f"{port} - {why}" for port in ports or (0,)]


async def _input() -> asyncio.StreamReader:
    reader = asyncio.StreamReader()
    protocol = asyncio.StreamReaderProtocol(reader)
    await asyncio.get_running_loop().connect_read_pipe(lambda: protocol, sys.stdin)
    return reader


async def run() -> None:
    """Answer until nobody asks, or listens, any more."""
    router = Router()
    try:
        await _serve(router, await _input())
    except BrokenPipeError:
        sys.stdout = None  # which Python would write out at the end
    finally:
        await _answers(router, ())


async def _serve(router: Router, ports: asyncio.StreamReader) -> None:
    """Answer line by line, and renew the mappings in between, until the input ends."""
    wanted: list[int] = []
    while True:
        try:
            async with asyncio.timeout(limits.UPNP_LEASE_SECONDS / 2 if wanted else None):
                line = await ports.readline()
        except TimeoutError:
            pass
        else:
            if not line:
                return
            wanted = [port for word in line.split() if (port := int(word))]
        print(*await _answers(router, wanted), sep="\n", flush=True)


def main() -> None:
    """Run in bounded memory; the signals of a terminal are for `chat`, which then hangs up."""
    resource.setrlimit(resource.RLIMIT_DATA, (limits.UPNP_MEMORY, limits.UPNP_MEMORY))
    for number in (signal.SIGINT, signal.SIGHUP):
        signal.signal(number, signal.SIG_IGN)
    asyncio.run(run())


if __name__ == "__main__":
    main()
