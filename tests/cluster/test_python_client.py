"""Creation, refusals and columns in the official Python client."""

from collections.abc import Iterator
from typing import Any

import pytest
from kubernetes.client import ApiClient, ApiException, CustomObjectsApi
from kubernetes.config import new_client_from_config

from arkrun_crd.names import GROUP, RUN_PLURAL, TEAM_LABEL, TEAM_PLURAL, VERSION
from support.builders.objects import PIPELINE_TEAM, run, team
from support.cluster.installation import Installation

pytestmark = pytest.mark.cluster


@pytest.fixture
def objects(admission: Installation) -> Iterator[CustomObjectsApi]:
    """Connect the client as an administrator."""
    kubeconfig = str(admission.control_plane.kubeconfig)
    client: ApiClient = new_client_from_config(kubeconfig)  # type: ignore[no-untyped-call]
    yield CustomObjectsApi(client)
    client.close()  # type: ignore[no-untyped-call]


def test_the_python_client_sees_stamp_refusal_and_columns(objects: CustomObjectsApi, namespace: str) -> None:
    """A create returns the stamped run; a patch of its spec raises an exception with the refusal."""
    collection = (GROUP, VERSION, namespace)
    objects.create_namespaced_custom_object(*collection, TEAM_PLURAL, team())

    stored: Any = objects.create_namespaced_custom_object(*collection, RUN_PLURAL, run())

    assert stored["metadata"]["labels"] == {TEAM_LABEL: "blog"}
    assert stored["spec"] == {"teamRef": "blog", "teamGeneration": 1, **PIPELINE_TEAM}
    with pytest.raises(ApiException, match="a run is a record: its spec cannot change") as refused:
        objects.patch_namespaced_custom_object(*collection, RUN_PLURAL, "run-1", {"spec": {"maxTokens": 1}})
    assert refused.value.status == 422
