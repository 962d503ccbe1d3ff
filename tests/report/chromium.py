"""A headless Chromium out of the npm packages that `mesh lab test-parts` installs."""

import os
import subprocess
import tarfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from playwright.sync_api import Browser, sync_playwright

from mesh.lab import paths
from mesh.lab.parts import npm

_PACKED = paths.lab().root / "npm/node_modules/@sparticuz/chromium/bin"
_UNPACK = """
import {createReadStream, createWriteStream} from 'node:fs';
import {pipeline} from 'node:stream/promises';
import {createBrotliDecompress} from 'node:zlib';
const [packed, folder] = process.argv.slice(1);
for (const name of ['chromium', 'al2023.tar', 'fonts.tar', 'swiftshader.tar'])
  await pipeline(createReadStream(`${packed}/${name}.br`), createBrotliDecompress(),
    createWriteStream(`${folder}/${name}`));
"""

_FONTS = """<?xml version="1.0"?>
<!DOCTYPE fontconfig SYSTEM "fonts.dtd">
<fontconfig><dir>{folder}/fonts</dir><cachedir>{folder}/fonts-cache</cachedir></fontconfig>
"""


@contextmanager
def running(folder: Path) -> Iterator[Browser]:
    """The browser, unpacked into the folder; no test goes on without one."""
    assert _PACKED.exists(), "Chromium is not installed: .venv/bin/mesh lab test-parts"
    subprocess.run([npm.node(), "--input-type=module", "-e", _UNPACK, _PACKED, folder], check=True)
    for name in ("al2023.tar", "fonts.tar", "swiftshader.tar"):
        with tarfile.open(folder / name) as packed:
            packed.extractall(folder, filter="data")
    (folder / "chromium").chmod(0o755)
    (folder / "fonts.conf").write_text(_FONTS.format(folder=folder))
    environment = {
        **os.environ,
        "LD_LIBRARY_PATH": str(folder / "lib"),
        "FONTCONFIG_FILE": str(folder / "fonts.conf"),
        "HOME": str(folder),
    }
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(
            executable_path=folder / "chromium",
            env=environment,
            args=["--headless", "--no-sandbox", "--disable-gpu", "--disable-dev-shm-usage"],
        )
        try:
            yield browser
        finally:
            browser.close()
