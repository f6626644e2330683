"""Forwarding of a host port."""

import socket

from node.forward import forward


def test_bytes_are_forwarded_both_ways_until_one_side_closes() -> None:
    """Request and response are forwarded, and closing one side closes the other."""
    with socket.create_server(("127.0.0.1", 0)) as server:
        listener = socket.create_server(("127.0.0.1", 0))
        forward(listener, server.getsockname()[1])
        with socket.create_connection(listener.getsockname()) as client:
            inside, _ = server.accept()
            client.sendall(b"question")
            assert inside.recv(100) == b"question"
            inside.sendall(b"answer")
            assert client.recv(100) == b"answer"
            inside.close()
            assert client.recv(100) == b""
