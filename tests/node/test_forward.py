"""A port of the host is forwarded."""

import socket

from node.forward import forward


def test_bytes_are_forwarded_both_ways_until_one_side_closes() -> None:
    """What a client sends arrives, what is answered comes back, and an end is an end."""
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
