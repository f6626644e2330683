"""The sockets of closed TLS connections are closed with their event loop."""

import asyncio
import gc
import socket
import ssl
import threading

import trustme


def test_a_closed_connection_leaves_no_socket_although_its_peer_never_answers() -> None:
    """A TLS connection that was closed is gone with its loop; warnings are errors."""
    authority, over = trustme.CA(), threading.Event()
    client = ssl.create_default_context(cadata=authority.cert_pem.bytes().decode())
    with socket.create_server(("127.0.0.1", 0)) as listener:
        peer = threading.Thread(target=say_nothing, args=(listener, authority, over))
        peer.start()
        asyncio.run(open_and_close(listener.getsockname()[1], client))
        gc.collect()
        over.set()
        peer.join()


def say_nothing(listener: socket.socket, authority: trustme.CA, over: threading.Event) -> None:
    """Complete the handshake, then never read."""
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    authority.issue_cert("localhost").configure_cert(context)
    connection, _ = listener.accept()
    with context.wrap_socket(connection, server_side=True):
        over.wait()


async def open_and_close(port: int, context: ssl.SSLContext) -> None:
    """Open a TLS connection and close it."""
    _, writer = await asyncio.open_connection("127.0.0.1", port, ssl=context, server_hostname="localhost")
    writer.close()
