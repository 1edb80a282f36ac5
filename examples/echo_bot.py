"""Says everything back, to everybody who asks: python echo_bot.py [options of chat]"""

import asyncio
import sys

from chatd.api import ChatdError, commands, connect, events


async def main() -> None:
    """Until somebody ends it; whoever has left meanwhile hears nothing more."""
    async with connect(*sys.argv[1:]) as chat:
        print("whoever asks from now on is answered", flush=True)
        async for event in chat:
            if isinstance(event, events.RequestArrived):
                await chat.attempt(commands.Accept(event.name))
            elif isinstance(event, events.Heard):
                await chat.attempt(commands.Say(event.message.text, event.conversation))


try:
    asyncio.run(main())
except ChatdError as error:
    sys.exit(f"echo_bot: {error}")
