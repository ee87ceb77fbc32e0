"""Mail servers that do not simply take what comes, for aiosmtpd's -c."""

import asyncio
import os

from aiosmtpd.handlers import Mailbox


class Refusing:
    """Knows nobody."""

    async def handle_RCPT(self, server, session, envelope, address, options):
        return f"550 5.1.1 <{address}>: Recipient address rejected: no such user"


class Waiting(Mailbox):
    """Says nothing after the mail until there is a file `go` beside its mailbox."""

    async def handle_DATA(self, server, session, envelope):
        while not os.path.exists(os.path.join(os.path.dirname(self.mail_dir), "go")):
            await asyncio.sleep(0.02)
        return await super().handle_DATA(server, session, envelope)
