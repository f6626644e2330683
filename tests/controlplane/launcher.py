"""Start and stop one control plane."""

import http.client
import os
import shutil
import subprocess
import tempfile
import time
from collections.abc import Callable, Sequence
from contextlib import ExitStack
from pathlib import Path
from typing import Self

from controlplane import flags
from controlplane.api import Api
from controlplane.errors import CommandError, StartError
from controlplane.kubeconfig import write_kubeconfig
from controlplane.pki import Authority, Pair, new_key, private_pem, public_pem
from controlplane.processes import Process
from controlplane.programs.binaries import find, find_helm3

# For a machine under load; on an idle one it takes about five seconds.
READY_SECONDS = 90.0
START_ATTEMPTS = 3
CRD_ATTEMPTS = 100
PORT_TAKEN = "address already in use"


def _silent(_line: str) -> None:
    """Discard a message."""


class ControlPlane:
    """Context manager for etcd and kube-apiserver; all their files are deleted at the end.

    `apiserver_args` are appended to the API server's flags, so they override; `addresses` are additional IP
    addresses in its certificate; `port` is a free one by default. Raises StartError if a process does not
    start, and the errors of `binaries.find`.
    """

    def __init__(
        self,
        *,
        progress: Callable[[str], None] = _silent,
        apiserver_args: Sequence[str] = (),
        addresses: Sequence[str] = (),
        port: int | None = None,
    ) -> None:
        self._progress = progress
        self._apiserver_args = tuple(apiserver_args)
        self._addresses = (flags.LOOPBACK, *addresses)
        self._port = port
        self._exit = ExitStack()

    def __enter__(self) -> Self:
        binaries = find(self._progress)
        started = time.monotonic()
        with ExitStack() as undo:
            self.directory = Path(tempfile.mkdtemp(prefix="arkrun-controlplane-"))
            undo.callback(shutil.rmtree, self.directory, ignore_errors=True)
            self._write_files([binaries.kubectl, binaries.helm])
            for attempt in range(1, START_ATTEMPTS + 1):
                try:
                    undo.push(self._start_processes(binaries.etcd, binaries.kube_apiserver))
                    break
                except StartError as error:
                    # Another program may have bound the port since it was chosen.
                    if PORT_TAKEN not in str(error) or attempt == START_ATTEMPTS:
                        raise
            self._exit = undo.pop_all()
        self._progress(f"control plane: ready at {self.url} in {time.monotonic() - started:.1f} s")
        return self

    def __exit__(self, *_exception: object) -> None:
        self._exit.close()

    @property
    def url(self) -> str:
        return self._ports.url

    @property
    def etcd_url(self) -> str:
        """The address of etcd; writes to it bypass admission."""
        return self._ports.etcd_url

    @property
    def ca_file(self) -> Path:
        """The CA that signed the API server's certificate."""
        return self.directory / "ca.crt"

    @property
    def programs(self) -> Path:
        """The folder with our kubectl and helm, for the PATH."""
        return self.directory / "bin"

    @property
    def pids(self) -> dict[str, int]:
        """The ids of the running processes by name."""
        running = {process.name: process.pid for process in (self._etcd, self._apiserver)}
        return {name: pid for name, pid in running.items() if pid is not None}

    def user_kubeconfig(self, user: str, groups: Sequence[str] = ()) -> Path:
        """Write a kubeconfig for any user, whose permissions are subject to RBAC."""
        return self._write_kubeconfig(user, self._authority.client(user, groups))

    def token_kubeconfig(self, user: str, token: str) -> Path:
        """Write a kubeconfig with a bearer token, such as a ServiceAccount's."""
        return self._write_kubeconfig(user, token)

    def user_api(self, user: str, groups: Sequence[str] = ()) -> Api:
        """Return a raw HTTP client of this user."""
        pair = self._authority.client(user, groups)
        return Api(self.url, self.ca_file, pair, directory=self._new_directory())

    def kubectl(
        self,
        *arguments: str,
        input: str | None = None,  # noqa: A002 - named as in subprocess.run
        kubeconfig: Path | None = None,
        check: bool = True,
    ) -> subprocess.CompletedProcess[str]:
        """Run our kubectl, by default as admin; with `check`, raises CommandError if it fails."""
        return self._run("kubectl", arguments, input, kubeconfig, check=check)

    def apply_crds(self, folder: Path) -> None:
        """Apply the CRDs of a folder and wait until they are served; raises CommandError if they are not."""
        self.kubectl("apply", "--server-side", "-f", str(folder))
        self.wait_for_crds("-f", str(folder))

    def wait_for_crds(self, *named: str) -> None:
        """Wait until CRDs, named as for `kubectl wait`, are served; raises CommandError after 30 s."""
        for _ in range(CRD_ATTEMPTS):
            done = self.kubectl("wait", "--for=condition=Established", "--timeout=30s", *named, check=False)
            if "accessor error" not in done.stderr:  # kubectl's error for a CRD without conditions
                break
            time.sleep(0.1)
        if done.returncode != 0:
            raise CommandError(["kubectl", *done.args[1:]], done.returncode, done.stdout, done.stderr)

    def helm(
        self, *arguments: str, kubeconfig: Path | None = None, check: bool = True
    ) -> subprocess.CompletedProcess[str]:
        """Run our helm, by default as admin; with `check`, raises CommandError if it fails."""
        return self._run("helm", arguments, None, kubeconfig, check=check)

    def helm3(self, *arguments: str, check: bool = True) -> subprocess.CompletedProcess[str]:
        """Run Helm 3, which is built on first use; with `check`, raises CommandError if it fails."""
        program = find_helm3(self._progress)
        return self._run(str(program), arguments, None, None, check=check)

    def environment(self, kubeconfig: Path | None = None) -> dict[str, str]:
        """Return the environment for all programs, without settings from the user's home."""
        return {
            "HOME": str(self.directory / "home"),
            "KUBECONFIG": str(kubeconfig or self.kubeconfig),
            "LANG": "C.UTF-8",
            "NO_PROXY": "127.0.0.1,localhost",
            "PATH": f"{self.programs}{os.pathsep}{os.environ.get('PATH', os.defpath)}",
        }

    def stop_apiserver(self) -> None:
        """Stop the API server, but not etcd."""
        self._apiserver.stop()

    def start_apiserver(self) -> None:
        """Start the API server again, on the same port, and wait until it is ready."""
        self._apiserver.start()
        self._apiserver.wait_until(self._is_ready, seconds=READY_SECONDS)

    def _write_files(self, programs: Sequence[Path]) -> None:
        self._authority = Authority()
        self.ca_file.write_bytes(self._authority.certificate)
        serving, service_accounts = self._authority.server("kube-apiserver", *self._addresses), new_key()
        for name, content in {
            "apiserver.crt": serving.certificate,
            "apiserver.key": serving.key,
            "sa.key": private_pem(service_accounts),
            "sa.pub": public_pem(service_accounts),
        }.items():
            (self.directory / name).write_bytes(content)
        (self.directory / "home").mkdir()
        # The PATH needs one folder, but the cache has one per program.
        self.programs.mkdir()
        for program in programs:
            (self.programs / program.name).symlink_to(program)

    def _start_processes(self, etcd: Path, apiserver: Path) -> ExitStack:
        """Start both processes on new ports; the returned stack stops them, and so does a failure."""
        self._ports = flags.Ports.free(self._port)
        self.kubeconfig = self.user_kubeconfig("admin", groups=["system:masters"])
        self.api = self.user_api("admin", groups=["system:masters"])
        server_flags = [*flags.apiserver(self.directory, self._ports), *self._apiserver_args]
        self._etcd = self._process("etcd", etcd, flags.etcd(self.directory, self._ports))
        self._apiserver = self._process("kube-apiserver", apiserver, server_flags)
        with ExitStack() as undo:
            undo.callback(self._etcd.stop)
            undo.callback(self._apiserver.stop)
            self._etcd.start()
            self._etcd.wait_until(self._etcd_answers, seconds=READY_SECONDS)
            self.start_apiserver()
            return undo.pop_all()

    def _process(self, name: str, program: Path, arguments: Sequence[str]) -> Process:
        log = self._new_directory() / f"{name}.log"
        return Process(name, [program, *arguments], log=log, environment=self.environment())

    def _etcd_answers(self) -> bool:
        connection = http.client.HTTPConnection(flags.LOOPBACK, self._ports.etcd_client, timeout=5)
        try:
            connection.request("GET", "/readyz")
            return connection.getresponse().status == http.HTTPStatus.OK
        except OSError:
            return False
        finally:
            connection.close()

    def _is_ready(self) -> bool:
        """Return True if /readyz answers 200 and the default namespace, which is created later, exists."""
        paths = ("/readyz", "/api/v1/namespaces/default")
        try:
            return all(self.api.call("GET", path).status == http.HTTPStatus.OK for path in paths)
        except OSError:
            return False

    def _write_kubeconfig(self, user: str, credential: Pair | str) -> Path:
        path = self._new_directory() / "kubeconfig"
        ca = self._authority.certificate
        return write_kubeconfig(path, url=self.url, ca=ca, user=user, credential=credential)

    def _new_directory(self) -> Path:
        return Path(tempfile.mkdtemp(dir=self.directory))

    def _run(
        self,
        program: str,
        arguments: Sequence[str],
        text: str | None,
        config: Path | None,
        *,
        check: bool,
    ) -> subprocess.CompletedProcess[str]:
        done = subprocess.run(
            [self.programs / program, *arguments],
            env=self.environment(config),
            input=text or "",  # not our stdin, where a prompt would wait forever
            capture_output=True,
            encoding="utf-8",
            errors="replace",
            check=False,
        )
        if check and done.returncode != 0:
            raise CommandError([program, *arguments], done.returncode, done.stdout, done.stderr)
        return done
