"""`python -m arkrun_webhook.check NAMESPACE SECONDS`: wait until the API server asks the webhook.

Ready pods are not enough: the API server must have seen the configurations, trust the certificate and
reach the Service. So a run and a team that the webhook must refuse are sent as dry runs; only its own
refusal of both, by name, is a yes.
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
CALL_SECONDS: Final = 35.0  # more than the API server gives any webhook

_ARGUMENTS: Final = 2
_FORBIDDEN, _NOT_FOUND = 403, 404


def main() -> None:
    """Run the command line; exits 1 when the time is over, 2 on wrong usage."""
    if len(sys.argv) != 1 + _ARGUMENTS or not sys.argv[2].isdecimal():
        sys.exit("usage: python -m arkrun_webhook.check NAMESPACE SECONDS")
    namespace, seconds = sys.argv[1], int(sys.argv[2])
    try:
        problem = asyncio.run(wait(namespace, seconds))
    except ConfigError as error:
        problem = str(error)
    if problem:
        sys.exit(f"arkrun: after {seconds} s the API server still does not ask the webhook: {problem}")
    print(f'arkrun: the API server asks the webhook about runs and teams in namespace "{namespace}"')


async def wait(namespace: str, seconds: float) -> str:
    """Try until both questions were answered; give the last problem when the time is over, else nothing.

    Raises arkrun_kube.ConfigError without a way to an API server.
    """
    deadline = monotonic() + seconds
    async with connect(agent="arkrun-check", timeout=CALL_SECONDS) as client:
        while problem := await _problem(client, namespace):
            if monotonic() + PAUSE_SECONDS > deadline:
                return problem
            await asyncio.sleep(PAUSE_SECONDS)
    return ""


async def _problem(client: Client, namespace: str) -> str:
    """Tell why one of the questions did not reach the webhook; nothing when both did."""
    name = f"arkrun-check-{uuid4().hex[:10]}"
    step = {"role": "a", "dependsOn": ["no-such-step"]}
    questions: tuple[tuple[str, str, str, dict[str, Any]], ...] = (
        (f"mutate.{RUN_PLURAL}.{GROUP}", RUN_PLURAL, RUN_KIND, {"teamRef": name}),
        (
            f"validate.{TEAM_PLURAL}.{GROUP}",
            TEAM_PLURAL,
            TEAM_KIND,
            {"roles": [{"name": "a"}], "pipeline": [step]},
        ),
    )
    for webhook, plural, kind, spec in questions:
        body = {"apiVersion": API_VERSION, "kind": kind, "metadata": {"name": name}, "spec": spec}
        path = Resource(GROUP, VERSION, plural).path(namespace)
        try:
            await client.create(path, body, dry_run=True)
        except ApiError as error:
            if f'"{webhook}" denied the request' not in error.message:
                return _explained(error, webhook)
        else:
            return (
                f'{webhook} was not asked about a dry run in namespace "{namespace}": its configuration is '
                "missing, ignores failures, or its namespaceSelector leaves this namespace out"
            )
    return ""


def _explained(error: ApiError, webhook: str) -> str:
    # The API server shows the URL that it could not call, and its path is a secret.
    message = re.sub(r"(https://[^/\s\"]+)/[^\s\"]*", r"\1/…", error.message)
    if error.status == _NOT_FOUND:
        return f"the API server does not know {webhook.partition('.')[2]}: {message}"
    if error.status == _FORBIDDEN:
        return f"the check itself was refused, its ServiceAccount may not create here: {message}"
    return f"HTTP {error.status}: {message}" if error.status else message


if __name__ == "__main__":
    main()
