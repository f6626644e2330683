"""Any content of a kubeconfig is either usable or a one-line error."""

import copy
from contextlib import suppress
from pathlib import Path
from typing import Any

from hypothesis import given
from hypothesis import strategies as st

from arkrun_kube import ConfigError, connect
from support.builders.kubeconfigs import document, write

USER = {
    "token": "t",
    "as": "alice",
    "as-groups": ["a"],
    "as-user-extra": {"x": ["y"]},
    "exec": {
        "apiVersion": "client.authentication.k8s.io/v1",
        "command": "p",
        "interactiveMode": "Never",
        "env": [{"name": "a", "value": "b"}],
    },
}
CLUSTER = {
    "certificate-authority": "ca.crt",
    "proxy-url": "http://x:1",
    "tls-server-name": "x",
    "extensions": [{"name": "e", "extension": {"a": 1}}],
}
KEYS = st.sampled_from(
    [
        "token",
        "tokenFile",
        "username",
        "client-certificate",
        "client-key-data",
        "auth-provider",
        "exec",
        "as-uid",
    ]
)
TEXTS = st.text(max_size=8) | st.sampled_from(["\0", "\ud800", "https://[", "http://x:99999", "/"])
VALUES: st.SearchStrategy[Any] = (
    st.none() | st.booleans() | st.integers() | TEXTS | st.builds(list) | st.builds(dict)
)


def places(value: Any, path: tuple[Any, ...] = ()) -> list[tuple[Any, ...]]:
    """List the paths of all values in a document."""
    inner = value.items() if isinstance(value, dict) else enumerate(value) if isinstance(value, list) else ()
    return [path, *(place for key, each in inner for place in places(each, (*path, key)))][not path :]


PLAIN = document(user=USER, cluster=CLUSTER)


@given(
    changes=st.lists(st.tuples(st.sampled_from(places(PLAIN)), VALUES), max_size=3), extra=KEYS, value=VALUES
)
def test_a_changed_kubeconfig_is_usable_or_a_config_error(
    changes: list[tuple[tuple[Any, ...], Any]], extra: str, value: Any, tmp_path_factory: Any
) -> None:
    """There is never a traceback."""
    folder: Path = tmp_path_factory.getbasetemp()
    content = copy.deepcopy(PLAIN)
    content["users"][0]["user"][extra] = value
    for path, changed in changes:
        holder = content
        try:
            for key in path[:-1]:
                holder = holder[key]
            holder[path[-1]] = changed
        except (KeyError, IndexError, TypeError):
            continue
    (folder / "ca.crt").touch()
    with suppress(ConfigError):
        connect(kubeconfig=str(write(folder / "fuzzed", content)))


@given(
    st.text(max_size=40)
    | st.sampled_from(["&a [*a]", "- !!python/object:os.system x", "? {a: b} : c", "<<: 1"])
)
def test_any_text_is_usable_or_a_config_error(tmp_path_factory: Any, text: str) -> None:
    """The text may be YAML that is not a kubeconfig."""
    file: Path = tmp_path_factory.getbasetemp() / "text"
    file.write_text(text)
    with suppress(ConfigError):
        connect(kubeconfig=str(file))
