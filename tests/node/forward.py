"""Forward a host port into the network namespace; its socket is opened outside."""

import asyncio
import socket
import threading
from contextlib import suppress

CHUNK = 65536


def forward(listener: socket.socket, port: int) -> None:
    """Accept connections in a thread and forward each to the local port."""
    threading.Thread(target=lambda: asyncio.run(_serve(listener, port)), daemon=True).start()


async def _serve(listener: socket.socket, port: int) -> None:
    async def connected(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        with suppress(OSError):
            to_server = await asyncio.open_connection("127.0.0.1", port)
            await asyncio.gather(_copy(reader, to_server[1]), _copy(to_server[0], writer))

    server = await asyncio.start_server(connected, sock=listener)
    await server.serve_forever()


async def _copy(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    with suppress(OSError):
        while data := await reader.read(CHUNK):
            writer.write(data)
            await writer.drain()
    writer.close()
