"""`python -m arkrun_webhook.check NAMESPACE SECONDS`: wait until the API server calls the webhook.

Ready pods are not enough: the API server must also have seen the configurations, trust the certificate and
reach the Service. An invalid run and an invalid team are submitted as dry runs; the check succeeds when the
webhook has refused both.
"""

from __future__ import annotations

import asyncio
import re
import sys
from time import monotonic
from typing import Any, Final
from uuid import uuid4

from arkrun_crd.names import API_VERSION, GROUP, RUN_KIND, RUN_PLURAL, TEAM_KIND, TEAM_PLURAL, VERSION
from arkrun_kube import ApiError, Client, ConfigError, Resource, connect

PAUSE_SECONDS: Final = 0.5
CALL_SECONDS: Final = 35.0  # longer than any timeoutSeconds of a webhook

_ARGUMENTS: Final = 2
_FORBIDDEN, _NOT_FOUND = 403, 404


def main() -> None:
    """Run the command line; exits with 1 and the last problem if the check fails."""
    if len(sys.argv) != 1 + _ARGUMENTS or not sys.argv[2].isdecimal():
        sys.exit("usage: python -m arkrun_webhook.check NAMESPACE SECONDS")
    namespace, seconds = sys.argv[1], int(sys.argv[2])
    try:
        problem = asyncio.run(wait(namespace, seconds))
    except ConfigError as error:
        problem = str(error)
    if problem:
        sys.exit(f"arkrun: after {seconds} s the API server still does not call the webhook: {problem}")
    print(f'arkrun: the API server calls the webhook for runs and teams in namespace "{namespace}"')


async def wait(namespace: str, seconds: float) -> str:
    """Repeat the check until it succeeds; return the last problem after `seconds`, else "".

    Raises arkrun_kube.ConfigError if no API server is configured.
    """
    deadline = monotonic() + seconds
    async with connect(agent="arkrun-check", timeout=CALL_SECONDS) as client:
        while problem := await _problem(client, namespace):
            if monotonic() + PAUSE_SECONDS > deadline:
                return problem
            await asyncio.sleep(PAUSE_SECONDS)
    return ""


async def _problem(client: Client, namespace: str) -> str:
    """Return why a dry run did not reach the webhook; "" if both did."""
    name = f"arkrun-check-{uuid4().hex[:10]}"
    step = {"role": "a", "dependsOn": ["no-such-step"]}
    dry_runs: tuple[tuple[str, str, str, dict[str, Any]], ...] = (
        (f"mutate.{RUN_PLURAL}.{GROUP}", RUN_PLURAL, RUN_KIND, {"teamRef": name}),
        (
            f"validate.{TEAM_PLURAL}.{GROUP}",
            TEAM_PLURAL,
            TEAM_KIND,
            {"roles": [{"name": "a"}], "pipeline": [step]},
        ),
    )
    for webhook, plural, kind, spec in dry_runs:
        body = {"apiVersion": API_VERSION, "kind": kind, "metadata": {"name": name}, "spec": spec}
        path = Resource(GROUP, VERSION, plural).path(namespace)
        try:
            await client.create(path, body, dry_run=True)
        except ApiError as error:
            if f'"{webhook}" denied the request' not in error.message:
                return _describe(error, webhook)
        else:
            return (
                f'{webhook} was not called for a dry run in namespace "{namespace}": its configuration is '
                "missing, ignores failures, or its namespaceSelector leaves this namespace out"
            )
    return ""


def _describe(error: ApiError, webhook: str) -> str:
    # The API server prints the URL that it could not call; its path is secret.
    message = re.sub(r"(https://[^/\s\"]+)/[^\s\"]*", r"\1/…", error.message)
    if error.status == _NOT_FOUND:
        return f"the API server does not know {webhook.partition('.')[2]}: {message}"
    if error.status == _FORBIDDEN:
        return f"the check was refused, its ServiceAccount may not create runs and teams here: {message}"
    return f"HTTP {error.status}: {message}" if error.status else message


if __name__ == "__main__":
    main()
