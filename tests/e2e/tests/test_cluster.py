"""The cluster of the end-to-end tests must be given; the error explains how."""

import pytest

from e2e.cluster import HOW, Cluster, NoClusterError


@pytest.mark.parametrize("given", [{}, {"KUBECONFIG": "config"}, {"IMAGE": "arkrun:1"}])
def test_a_missing_cluster_or_image_is_an_error_with_a_remedy(
    monkeypatch: pytest.MonkeyPatch, given: dict[str, str]
) -> None:
    """The tests fail instead of being skipped."""
    for name in ("KUBECONFIG", "IMAGE"):
        monkeypatch.delenv(name, raising=False)
    for name, value in given.items():
        monkeypatch.setenv(name, value)

    with pytest.raises(NoClusterError) as caught:
        Cluster.from_environment(print)

    assert str(caught.value) == HOW
