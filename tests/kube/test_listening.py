"""One listening socket for IPv4 and IPv6."""

import socket

import pytest

from arkrun_kube.listening import listen

FAMILIES = ["127.0.0.1", "::1"] if socket.has_dualstack_ipv6() else ["127.0.0.1"]


@pytest.mark.parametrize("address", FAMILIES)
def test_an_empty_host_is_every_address_of_both_families(address: str) -> None:
    """On one port, also if a free one is asked for."""
    with (
        listen("", 0) as listening,
        socket.create_connection((address, listening.getsockname()[1]), 5) as client,
    ):
        assert client.getpeername()[0] == address


@pytest.mark.parametrize("host", FAMILIES[1:] and ["::1", "[::1]"])
def test_an_address_of_ipv6_may_stand_in_brackets(host: str) -> None:
    """As in a URL."""
    with listen(host, 0) as listening:
        assert listening.getsockname()[0] == "::1"


@pytest.mark.parametrize(
    ("host", "where"), [("127.0.0.1", 'address "127.0.0.1"'), ("", "all addresses")], ids=["address", "all"]
)
def test_a_port_that_is_in_use_is_named(host: str, where: str) -> None:
    """With the address, which says whose port it is."""
    with listen(host, 0) as first:
        port = first.getsockname()[1]
        with pytest.raises(OSError, match="cannot listen") as caught:
            listen(host, port)

    assert str(caught.value) == f"cannot listen on {where}, port {port}: address already in use"


def test_an_address_that_does_not_exist_is_named() -> None:
    """A name that no resolver knows."""
    with pytest.raises(OSError, match="cannot listen") as caught:
        listen("not an address", 0)

    assert str(caught.value).startswith('cannot listen on address "not an address", port 0: ')
