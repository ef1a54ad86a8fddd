"""The embedded PostgreSQL: its data, its passwords, and what is left of it when we are killed."""

import os
import pwd
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path

import psycopg
import pytest

from entrepot.kit.processes import FolderHeldError, listens, running
from entrepot.store.embedded import EmbeddedPostgres, running_url

pytestmark = pytest.mark.postgres

SERVE = """
import sys, time
from pathlib import Path
from entrepot.store.embedded import EmbeddedPostgres
with EmbeddedPostgres(Path(sys.argv[1]), durable=False) as postgres:
    print(postgres.pid, postgres.port, flush=True)
    time.sleep(600)
"""


def connect(url: str) -> psycopg.Connection:
    return psycopg.connect(url.replace("+psycopg", "", 1), autocommit=True)


def eventually(check, timeout_s: float = 20) -> bool:
    deadline = time.monotonic() + timeout_s
    while not check():
        if time.monotonic() > deadline:
            return False
        time.sleep(0.02)
    return True


@pytest.fixture(scope="module")
def postgres(tmp_path_factory: pytest.TempPathFactory) -> Iterator[EmbeddedPostgres]:
    with EmbeddedPostgres(tmp_path_factory.mktemp("postgres"), durable=False) as server:
        yield server


def serve_in_another_process(folder: Path) -> tuple[subprocess.Popen[str], int, int]:
    parent = subprocess.Popen(
        [sys.executable, "-c", SERVE, str(folder)], stdout=subprocess.PIPE, text=True
    )
    assert parent.stdout is not None
    pid, port = map(int, parent.stdout.readline().split())
    parent.stdout.close()
    return parent, pid, port


def test_start_answers_as_version_18_and_keeps_promises_of_durability(tmp_path: Path) -> None:
    with EmbeddedPostgres(tmp_path) as server, connect(server.url) as session:
        assert session.info.server_version // 10_000 == 18
        for name in ("fsync", "synchronous_commit", "full_page_writes"):
            row = session.execute("SELECT current_setting(%s)", (name,)).fetchone()
            assert row == ("on",), name


def test_application_user_is_no_superuser(postgres: EmbeddedPostgres) -> None:
    with connect(postgres.url) as session:
        row = session.execute(
            "SELECT rolname, rolsuper, rolcreaterole FROM pg_roles WHERE rolname = current_user"
        ).fetchone()
        assert row == ("entrepot", False, False)
        with pytest.raises(psycopg.errors.InsufficientPrivilege):
            session.execute("COPY (SELECT 1) TO PROGRAM 'true'")


def test_connect_without_the_password_is_refused(postgres: EmbeddedPostgres) -> None:
    with pytest.raises(psycopg.OperationalError, match="password authentication failed"):
        psycopg.connect(
            host="127.0.0.1", port=postgres.port, user="entrepot", password="x", dbname="entrepot"
        )


def test_server_listens_on_the_loopback_only(postgres: EmbeddedPostgres) -> None:
    with connect(postgres.url) as session:
        row = session.execute("SELECT current_setting('listen_addresses')").fetchone()
        assert row == ("127.0.0.1",)
    others = {info[4][0] for info in socket.getaddrinfo(socket.gethostname(), None)}
    for address in others - {"127.0.0.1", "::1"}:
        family = socket.AF_INET6 if ":" in str(address) else socket.AF_INET
        with socket.socket(family) as probe:
            probe.settimeout(1)
            assert probe.connect_ex((address, postgres.port)) != 0


def test_secrets_are_for_the_owner_only(postgres: EmbeddedPostgres) -> None:
    assert (postgres.folder / "secrets.json").stat().st_mode & 0o777 == 0o600
    assert postgres.data.stat().st_mode & 0o777 == 0o700
    assert not (postgres.folder / "password.new").exists()
    password = postgres.url.split(":")[2].split("@")[0]
    assert password not in (postgres.folder / "server.log").read_text()


def test_a_failing_statement_leaves_no_values_in_the_log(postgres: EmbeddedPostgres) -> None:
    with connect(postgres.url) as session:
        session.execute("CREATE TABLE people (name text PRIMARY KEY)")
        session.execute("INSERT INTO people VALUES ('Erika Mustermann')")
        with pytest.raises(psycopg.errors.UniqueViolation):
            session.execute("INSERT INTO people VALUES ('Erika Mustermann')")
    text = (postgres.folder / "server.log").read_text()
    assert "people_pkey" in text
    assert "Mustermann" not in text


def test_create_database_from_a_template_copies_it(postgres: EmbeddedPostgres) -> None:
    with connect(postgres.create_database("migrated")) as session:
        session.execute("CREATE TABLE seven AS SELECT 7 AS n")
    with connect(postgres.create_database("copy", template="migrated")) as session:
        assert session.execute("SELECT n FROM seven").fetchone() == (7,)
        postgres.drop_database("copy")
    with pytest.raises(psycopg.OperationalError, match="does not exist"):
        connect(postgres.url_of("copy"))
    postgres.drop_database("copy")


def test_restart_resumes_the_data_and_stop_frees_port_and_process(tmp_path: Path) -> None:
    with EmbeddedPostgres(tmp_path, durable=False) as first:
        with connect(first.url) as session:
            session.execute("CREATE TABLE kept AS SELECT 42 AS n")
        pid, port, url = first.pid, first.port, first.url
        assert running_url(tmp_path) == url
    assert not running(pid)
    assert not listens(port)
    assert running_url(tmp_path) is None
    with EmbeddedPostgres(tmp_path, durable=False) as second, connect(second.url) as session:
        assert session.execute("SELECT n FROM kept").fetchone() == (42,)


def test_second_server_over_the_same_folder_is_refused(postgres: EmbeddedPostgres) -> None:
    with pytest.raises(FolderHeldError, match="in use"):
        EmbeddedPostgres(postgres.folder).start()
    with connect(postgres.url) as session:
        assert session.execute("SELECT 1").fetchone() == (1,)


def test_two_servers_run_side_by_side(postgres: EmbeddedPostgres, tmp_path: Path) -> None:
    with EmbeddedPostgres(tmp_path, durable=False) as other:
        assert other.port != postgres.port
        with connect(other.url) as here, connect(postgres.url) as there:
            here.execute("CREATE TABLE only_here (n int)")
            with pytest.raises(psycopg.errors.UndefinedTable):
                there.execute("SELECT * FROM only_here")


def test_killed_parent_leaves_no_server_behind_and_loses_nothing(tmp_path: Path) -> None:
    parent, pid, port = serve_in_another_process(tmp_path)
    url = running_url(tmp_path)
    assert url is not None
    with connect(url) as session:
        session.execute("CREATE TABLE kept AS SELECT 42 AS n")
    parent.kill()
    parent.wait()
    assert eventually(lambda: not running(pid))
    assert not listens(port)
    with EmbeddedPostgres(tmp_path, durable=False) as again, connect(again.url) as session:
        assert session.execute("SELECT n FROM kept").fetchone() == (42,)


def test_orphan_still_running_is_ended_before_the_next_start(tmp_path: Path) -> None:
    parent, pid, _ = serve_in_another_process(tmp_path)
    os.kill(pid, signal.SIGSTOP)  # it cannot obey its death signal yet
    parent.kill()
    parent.wait()
    os.kill(pid, signal.SIGCONT)
    with EmbeddedPostgres(tmp_path, durable=False) as again:
        assert again.pid != pid
    assert not running(pid)


def test_killed_server_recovers_although_its_pid_file_names_a_living_process(
    tmp_path: Path,
) -> None:
    with EmbeddedPostgres(tmp_path) as server:
        with connect(server.url) as session:
            session.execute("CREATE TABLE kept AS SELECT 42 AS n")
        os.kill(server.pid, signal.SIGKILL)
        assert eventually(lambda: not running(server.pid))
    file = server.data / "postmaster.pid"
    lines = file.read_text().splitlines()
    bystander = subprocess.Popen(["sleep", "60"], user=server.data.stat().st_uid)
    try:
        file.write_text("\n".join([str(bystander.pid), *lines[1:]]) + "\n")
        with EmbeddedPostgres(tmp_path) as again, connect(again.url) as session:
            assert session.execute("SELECT n FROM kept").fetchone() == (42,)
        assert bystander.poll() is None
    finally:
        bystander.kill()
        bystander.wait()


def test_cluster_half_made_by_a_killed_parent_is_made_anew(tmp_path: Path) -> None:
    nursery = tmp_path / "data.new"
    nursery.mkdir()
    (nursery / "PG_VERSION").write_text("18\n")
    with EmbeddedPostgres(tmp_path, durable=False) as server, connect(server.url) as session:
        assert session.execute("SELECT 1").fetchone() == (1,)
    assert not nursery.exists()


@pytest.mark.skipif(os.geteuid() != 0, reason="only root demotes its server")
def test_root_below_a_closed_home_runs_it_as_an_ordinary_user(tmp_path: Path) -> None:
    home = tmp_path / "home"
    home.mkdir(mode=0o700)
    folder = home / "project" / "state"
    parent, pid, port = serve_in_another_process(folder)
    try:
        status = Path(f"/proc/{pid}/status").read_text()
        assert f"Uid:\t{pwd.getpwnam('nobody').pw_uid}\t" in status
    finally:
        parent.kill()
        parent.wait()
    assert eventually(lambda: not running(pid))
    assert not listens(port)
