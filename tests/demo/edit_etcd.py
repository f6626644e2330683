"""Replace a text in a stored run, directly in etcd: `edit_etcd.py URL NAMESPACE NAME TEXT OTHER`."""

import json
import sys

from support.cluster.etcd import Etcd, run_key


def main() -> None:
    """Edit the run and print its stored output."""
    url, namespace, name, text, other = sys.argv[1:]
    etcd, key = Etcd(url), run_key(namespace, name)
    run = json.loads(json.dumps(etcd.read(key)).replace(text, other))
    etcd.write(key, run)
    print(f"{key}: status.output is now {json.dumps(run['status']['output'])}")


if __name__ == "__main__":
    main()
