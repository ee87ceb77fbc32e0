"""Mail servers that do not simply take what comes, for aiosmtpd's -c."""

import asyncio
import signal

from aiosmtpd.handlers import Mailbox


class Refusing:
    """Knows nobody."""

    async def handle_RCPT(self, server, session, envelope, address, options):
        return f"550 5.1.1 <{address}>: Recipient address rejected: no such user"


class Waiting(Mailbox):
    """Says nothing after a mail until it is told to go on (SIGUSR1), and from then on nothing waits."""

    def __init__(self, mail_dir):
        super().__init__(mail_dir)
        self.goes_on = asyncio.Event()
        self.loop = None
        signal.signal(signal.SIGUSR1, self.go_on)

    def go_on(self, *_):
        if self.loop:
            self.loop.call_soon_threadsafe(self.goes_on.set)
        else:
            self.goes_on.set()

    async def handle_DATA(self, server, session, envelope):
        self.loop = asyncio.get_running_loop()
        await self.goes_on.wait()
        return await super().handle_DATA(server, session, envelope)
