"""Look at the certificates, roll the CA now, try an endpoint.

Exit codes: 0 all is well, 1 something does not fit or cannot be done, 2 wrong usage.
"""

from __future__ import annotations

import asyncio
import json
import os
from collections.abc import Awaitable, Callable, Sequence
from pathlib import Path
from typing import Annotated, NoReturn, TypeVar

import structlog
import typer
from prometheus_client import CollectorRegistry
from pydantic import ValidationError

from arkrun_certs.endpoint import Presented, handshake, parse_endpoint
from arkrun_certs.errors import CertificateError, EndpointError, MaterialError
from arkrun_certs.inject import bundle_configurations
from arkrun_certs.keeper import wall_clock
from arkrun_certs.metrics import CertificateMetrics
from arkrun_certs.path import begin_now
from arkrun_certs.report import Row, as_json, as_table, fits, presented_rows, rows_of
from arkrun_certs.rotate import rotate_now
from arkrun_certs.settings import CertificateSettings
from arkrun_certs.store import SecretStore, Stored
from arkrun_certs.x509 import first_name, names_in
from arkrun_kube import Client, KubeError, connect

__all__ = ["app", "main"]

T = TypeVar("T")

app = typer.Typer(no_args_is_help=True, add_completion=False, help=__doc__)

Namespace = Annotated[
    str, typer.Option(envvar="ARKRUN_CERT_NAMESPACE", help="Namespace of the Secret.", show_default=False)
]
Secret = Annotated[
    str, typer.Option(envvar="ARKRUN_CERT_SECRET", help="Name of the Secret.", show_default=False)
]
Mutating = Annotated[
    list[str] | None,
    typer.Option("--mutating-configuration", envvar="ARKRUN_MUTATING_CONFIGURATION", help="May be repeated."),
]
Validating = Annotated[
    list[str] | None,
    typer.Option(
        "--validating-configuration", envvar="ARKRUN_VALIDATING_CONFIGURATION", help="May be repeated."
    ),
]
Endpoints = Annotated[
    list[str] | None, typer.Option("--endpoint", help="A server as host:port; may be repeated.")
]
AsJson = Annotated[bool, typer.Option("--json", help="Print JSON instead of a table.")]


@app.command()
def status(
    namespace: Namespace,
    secret: Secret,
    *,
    mutating: Mutating = None,
    validating: Validating = None,
    endpoint: Endpoints = None,
    json_: AsJson = False,
) -> None:
    """Show what is served, what is in the Secret and what the configurations trust; 1 if they do not fit."""
    settings = _settings(namespace, secret, mutating, validating)
    rows = _run(lambda client: _status(settings, client, endpoint or _own_endpoint()))
    _print(rows, as_json_=json_)


@app.command()
def rotate(
    namespace: Namespace,
    secret: Secret,
    *,
    mutating: Mutating = None,
    validating: Validating = None,
    ca_validity: Annotated[str, typer.Option(envvar="ARKRUN_CERT_CA_VALIDITY")] = "365d",
    leaf_validity: Annotated[str, typer.Option(envvar="ARKRUN_CERT_LEAF_VALIDITY")] = "30d",
    settle: Annotated[str, typer.Option(help="How long API servers may take to learn of a CA.")] = "30s",
    until_dropped: Annotated[bool, typer.Option(help="Wait until the old CA is trusted no more.")] = False,
) -> None:
    """Roll the CA now, through all phases; a roll that is underway is carried on."""
    if not mutating and not validating:
        _fail(2, "name the configurations that trust the CA: they must know the new one before it is used")
    settings = _settings(
        namespace,
        secret,
        mutating,
        validating,
        ca_validity=ca_validity,
        leaf_validity=leaf_validity,
        settle=settle,
    )

    async def roll(client: Client) -> None:
        seen = await _store(settings, client).read()
        await rotate_now(
            _named_as_before(settings, seen), client, clock=wall_clock, say=_say, until_dropped=until_dropped
        )

    _run(roll)


@app.command("rotate-path")
def rotate_path(
    namespace: Namespace,
    path_secret: Annotated[
        str,
        typer.Option(envvar="ARKRUN_PATH_SECRET", help="Name of the Secret of the path.", show_default=False),
    ],
) -> None:
    """Replace the unguessable part of the admission paths now; the running servers do it, in two phases."""
    settings = _settings(namespace, "unused", (), (), path_secret=path_secret)
    _run(lambda client: begin_now(settings, client))
    _say("begun: the servers accept the next token, then write it into the configurations")
    _say("the old one is accepted for some two minutes more")


@app.command()
def check(
    endpoint: Annotated[str, typer.Option(help="The server, as host:port.")],
    *,
    ca_file: Annotated[
        Path | None, typer.Option(help="CAs to trust; else those of the Secret.", exists=True, dir_okay=False)
    ] = None,
    server_name: Annotated[str, typer.Option(help="Name to expect; else the host.")] = "",
    namespace: Namespace = "",
    secret: Secret = "",
    json_: AsJson = False,
) -> None:
    """Make a TLS handshake as the API server does; 1 if the certificate is not trusted."""
    if ca_file is None and not (namespace and secret):
        _fail(2, "say whom to trust: --ca-file, or --namespace and --secret")

    async def trusting(client: Client) -> list[Row]:
        stored = await _store(_settings(namespace, secret, (), ()), client).read()
        if not stored.bundle:
            raise MaterialError(stored.problem)
        return await _check(endpoint, stored.bundle, server_name)

    if ca_file is not None:
        rows = _guarded(lambda: _check(endpoint, ca_file.read_bytes(), server_name))
    else:
        rows = _run(trusting)
    _print(rows, as_json_=json_)


def main() -> None:
    """Run the command line."""
    structlog.configure(logger_factory=structlog.ReturnLoggerFactory())
    app()


async def _status(settings: CertificateSettings, client: Client, endpoints: Sequence[str]) -> list[Row]:
    store = _store(settings, client)
    stored = await store.read()
    configurations = bundle_configurations(client, settings, CertificateMetrics(CollectorRegistry()))
    lives = await configurations.read()
    rows = rows_of(str(store), stored, configurations.references, lives, wall_clock())
    if stored.found is None:
        return rows
    leaf = stored.found.pair.leaf
    presented = [await _present(each, stored.bundle, first_name(leaf)) for each in endpoints]
    return [*rows, *presented_rows(presented, leaf)]


async def _check(endpoint: str, bundle: bytes, server_name: str) -> list[Row]:
    return presented_rows([await handshake(parse_endpoint(endpoint), bundle, server_name)])


async def _present(endpoint: str, bundle: bytes, server_name: str) -> Presented | EndpointError:
    try:
        return await handshake(parse_endpoint(endpoint), bundle, server_name)
    except EndpointError as error:
        return error


def _settings(
    namespace: str,
    secret: str,
    mutating: Sequence[str] | None,
    validating: Sequence[str] | None,
    **lives: str,
) -> CertificateSettings:
    try:
        return CertificateSettings.model_validate(
            {
                "namespace": namespace,
                "secret": secret,
                "dns_names": ("unnamed",),
                "mutating_configurations": mutating or (),
                "validating_configurations": validating or (),
                **lives,
            }
        )
    except ValidationError as error:
        _fail(
            2,
            "; ".join(each["msg"].removeprefix("Value error, ") for each in error.errors(include_url=False)),
        )


def _named_as_before(settings: CertificateSettings, stored: Stored) -> CertificateSettings:
    """Keep the names of the present leaf: whoever rolls a CA does not know what its servers are called."""
    if stored.state is None:
        return settings
    dns, addresses = names_in(stored.state.pair.leaf)
    if not dns and not addresses:
        raise MaterialError("the leaf in the Secret names nobody: start the server, which renews it")
    return settings.model_copy(update={"dns_names": dns, "ip_addresses": addresses})


def _own_endpoint() -> tuple[str, ...]:
    """Inside the server's own container, the server is next door."""
    port = os.environ.get("ARKRUN_PORT")
    return (f"127.0.0.1:{port}",) if port else ()


def _store(settings: CertificateSettings, client: Client) -> SecretStore:
    return SecretStore(client, settings)


def _run(work: Callable[[Client], Awaitable[T]]) -> T:
    async def connected() -> T:
        async with connect(agent="arkrun-certs") as client:
            return await work(client)

    return _guarded(connected)


def _guarded(work: Callable[[], Awaitable[T]]) -> T:
    async def awaited() -> T:
        return await work()

    try:
        return asyncio.run(awaited())
    except (CertificateError, KubeError) as error:
        _fail(1, str(error))


def _print(rows: Sequence[Row], *, as_json_: bool) -> None:
    now = wall_clock()
    typer.echo(json.dumps(as_json(rows, now), indent=2) if as_json_ else as_table(rows, now))
    if not fits(rows):
        raise typer.Exit(1)


def _say(text: str) -> None:
    typer.echo(f"{wall_clock():%H:%M:%S}  {text}")


def _fail(code: int, text: str) -> NoReturn:
    typer.echo(f"arkrun-certs: {text}", err=True)
    raise typer.Exit(code)
