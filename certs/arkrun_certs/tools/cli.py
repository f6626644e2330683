"""Inspect the certificates, rotate the CA or the path, and check an endpoint.

Exit codes: 0 success, 1 inconsistent certificates or a failure, 2 invalid usage.
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

from arkrun_certs.cluster.injector import bundle_injector
from arkrun_certs.cluster.state_store import Snapshot, StateStore
from arkrun_certs.errors import CertificateError, EndpointError, MaterialError
from arkrun_certs.manager import wall_clock
from arkrun_certs.metrics import CertificateMetrics
from arkrun_certs.pki.x509 import first_name, names_in
from arkrun_certs.settings import CertificateSettings
from arkrun_certs.tools.endpoint import Handshake, connect_tls, parse_endpoint
from arkrun_certs.tools.report import Row, as_json, as_table, endpoint_rows, fits, status_rows
from arkrun_certs.tools.rotate import begin_path_rotation, rotate_ca
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
    """Show the certificates in the Secret, in the configurations and of the server; exit 1 if they differ."""
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
    settle: Annotated[str, typer.Option(help="Time for API servers to see a new CA.")] = "30s",
    until_dropped: Annotated[bool, typer.Option(help="Wait until the old CA is no longer trusted.")] = False,
) -> None:
    """Rotate the CA through all phases, or continue a rotation in progress."""
    if not mutating and not validating:
        _fail(2, "name the configurations that trust the CA: they must trust the new one before it is used")
    settings = _settings(
        namespace,
        secret,
        mutating,
        validating,
        ca_validity=ca_validity,
        leaf_validity=leaf_validity,
        settle=settle,
    )

    async def work(client: Client) -> None:
        named = _with_current_names(settings, await StateStore(client, settings).read())
        await rotate_ca(named, client, clock=wall_clock, progress=_progress, until_dropped=until_dropped)

    _run(work)


@app.command("rotate-path")
def rotate_path(
    namespace: Namespace,
    path_secret: Annotated[
        str,
        typer.Option(envvar="ARKRUN_PATH_SECRET", help="Name of the Secret of the path.", show_default=False),
    ],
) -> None:
    """Replace the unguessable token of the admission paths; the running servers perform the rotation."""
    settings = _settings(namespace, "unused", (), (), path_secret=path_secret)
    _run(lambda client: begin_path_rotation(settings, client))
    _progress("begun: the servers accept the next token, then write it into the configurations")
    _progress("the old token is accepted for about two more minutes")


@app.command()
def check(
    endpoint: Annotated[str, typer.Option(help="The server, as host:port.")],
    *,
    ca_file: Annotated[
        Path | None,
        typer.Option(help="CAs to trust instead of those in the Secret.", exists=True, dir_okay=False),
    ] = None,
    server_name: Annotated[str, typer.Option(help="Name to verify instead of the host.")] = "",
    namespace: Namespace = "",
    secret: Secret = "",
    json_: AsJson = False,
) -> None:
    """Perform a TLS handshake like the API server; exit 1 if the certificate is not trusted."""
    if ca_file is None and not (namespace and secret):
        _fail(2, "name the CAs to trust: --ca-file, or --namespace and --secret")

    async def work(client: Client) -> list[Row]:
        snapshot = await StateStore(client, _settings(namespace, secret, (), ())).read()
        if not snapshot.bundle:
            raise MaterialError(snapshot.problem)
        return await _check(endpoint, snapshot.bundle, server_name)

    if ca_file is not None:
        rows = _run_or_exit(lambda: _check(endpoint, ca_file.read_bytes(), server_name))
    else:
        rows = _run(work)
    _print(rows, as_json_=json_)


def main() -> None:
    """Run the command line."""
    structlog.configure(logger_factory=structlog.ReturnLoggerFactory())
    app()


async def _status(settings: CertificateSettings, client: Client, endpoints: Sequence[str]) -> list[Row]:
    store = StateStore(client, settings)
    snapshot = await store.read()
    injector = bundle_injector(client, settings, CertificateMetrics(CollectorRegistry()))
    rows = status_rows(str(store), snapshot, injector.references, await injector.read(), wall_clock())
    if snapshot.certificates is None:
        return rows
    leaf = snapshot.certificates.pair.leaf
    results = [await _try_endpoint(each, snapshot.bundle, first_name(leaf)) for each in endpoints]
    return [*rows, *endpoint_rows(results, leaf)]


async def _check(endpoint: str, bundle: bytes, server_name: str) -> list[Row]:
    return endpoint_rows([await connect_tls(parse_endpoint(endpoint), bundle, server_name)])


async def _try_endpoint(endpoint: str, bundle: bytes, server_name: str) -> Handshake | EndpointError:
    try:
        return await connect_tls(parse_endpoint(endpoint), bundle, server_name)
    except EndpointError as error:
        return error


def _settings(
    namespace: str,
    secret: str,
    mutating: Sequence[str] | None,
    validating: Sequence[str] | None,
    **durations: str,
) -> CertificateSettings:
    try:
        return CertificateSettings.model_validate(
            {
                "namespace": namespace,
                "secret": secret,
                "dns_names": ("unnamed",),
                "mutating_configurations": mutating or (),
                "validating_configurations": validating or (),
                **durations,
            }
        )
    except ValidationError as error:
        _fail(
            2,
            "; ".join(each["msg"].removeprefix("Value error, ") for each in error.errors(include_url=False)),
        )


def _with_current_names(settings: CertificateSettings, snapshot: Snapshot) -> CertificateSettings:
    """Add the names of the current leaf: the command line does not know the names of the servers."""
    if snapshot.state is None:
        return settings
    dns, addresses = names_in(snapshot.state.pair.leaf)
    if not dns and not addresses:
        raise MaterialError("the leaf in the Secret has no names: start the server, which renews it")
    return settings.model_copy(update={"dns_names": dns, "ip_addresses": addresses})


def _own_endpoint() -> tuple[str, ...]:
    """Return the endpoint of the server in the same container, if any."""
    port = os.environ.get("ARKRUN_PORT")
    return (f"127.0.0.1:{port}",) if port else ()


def _run(work: Callable[[Client], Awaitable[T]]) -> T:
    async def run_connected() -> T:
        async with connect(agent="arkrun-certs") as client:
            return await work(client)

    return _run_or_exit(run_connected)


def _run_or_exit(work: Callable[[], Awaitable[T]]) -> T:
    async def run() -> T:
        return await work()

    try:
        return asyncio.run(run())
    except (CertificateError, KubeError) as error:
        _fail(1, str(error))


def _print(rows: Sequence[Row], *, as_json_: bool) -> None:
    now = wall_clock()
    typer.echo(json.dumps(as_json(rows, now), indent=2) if as_json_ else as_table(rows, now))
    if not fits(rows):
        raise typer.Exit(1)


def _progress(text: str) -> None:
    typer.echo(f"{wall_clock():%H:%M:%S}  {text}")


def _fail(code: int, text: str) -> NoReturn:
    typer.echo(f"arkrun-certs: {text}", err=True)
    raise typer.Exit(code)
