#!/usr/bin/env python3
"""Fetch TradeTrust's token registry from npm into a folder: `tradetrust.py FOLDER`.

Only to be measured beside ours (`scripts/bench gas`): it is no dependency, so it stands in no
package.json. The archive alone is taken, without what it depends on, for it ships its contracts'
bytecode; it must be the very bytes that were looked at here. Its licence is Apache-2.0.
"""

import base64
import hashlib
import subprocess
import sys
from pathlib import Path

import bootstrap

PACKAGE = "@tradetrust-tt/token-registry@5.5.1"
SHA512 = "yxOdjRLSI0fPptFbicYpnb/fn4Ngbi/LuGDCQKL0vb7PLCvhT8DLpiAFbFs0cc+QAb439lnZjhPg+UbWQHufRA=="


def main() -> None:
    """Leave FOLDER/package behind, or say why not."""
    folder = Path(sys.argv[1]).resolve()
    pack = ("pack", PACKAGE, "--silent", "--ignore-scripts", "--pack-destination", folder)
    bootstrap.run(*bootstrap.npm(), *pack, cwd=folder, what=f"npm pack {PACKAGE}")
    archive = next(folder.glob("*.tgz"))
    found = base64.b64encode(hashlib.sha512(archive.read_bytes()).digest()).decode()
    if found != SHA512:
        raise bootstrap.Problem(f"{PACKAGE} is not the archive that was looked at: {found}")
    # not tarfile's own filter: Python 3.11.0 to 3.11.3 do not know it
    subprocess.run(["tar", "xzf", archive, "-C", folder], check=True)


if __name__ == "__main__":
    try:
        main()
    except (bootstrap.Problem, subprocess.CalledProcessError) as problem:
        sys.exit(f"tradetrust: {problem}")
