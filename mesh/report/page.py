"""What the page shows, as plain data → one file of HTML that needs no server and asks nobody for anything.

Data goes into the page as JSON in which no tag can end or begin, and the page's script puts it on the screen as text
only. A policy in the page's head lets run what stands here and nothing else, known by its digest.
"""

import base64
import hashlib
import html
import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any

_HERE = Path(__file__).parent


def page(contents: Mapping[str, Any]) -> str:
    scripts = [_file("vendor/cytoscape.min.js"), _file("page.js")]
    parts = {
        "TITLE": html.escape(str(contents["title"])),
        "POLICY": _policy(scripts),
        "STYLE": _file("page.css"),
        "DATA": _as_json(contents),
        "SCRIPTS": "\n".join(f"<script>{script}</script>" for script in scripts),
    }
    # Split and joined, not replaced one after the other: a value that looks like a placeholder stays a value.
    first, *others = _file("page.html").split("{{")
    return first + "".join(parts[name] + rest for name, _, rest in (other.partition("}}") for other in others))


def _as_json(contents: Mapping[str, Any]) -> str:
    text = json.dumps(contents, ensure_ascii=False, separators=(",", ":"))
    for character in ("<", ">", "&", "\u2028", "\u2029"):
        text = text.replace(character, f"\\u{ord(character):04x}")
    return text


def _policy(scripts: list[str]) -> str:
    digests = (hashlib.sha256(script.encode()).digest() for script in scripts)
    allowed = " ".join(f"'sha256-{base64.b64encode(digest).decode()}'" for digest in digests)
    return f"default-src 'none'; script-src {allowed}; style-src 'unsafe-inline'; img-src data:; base-uri 'none'"


def _file(name: str) -> str:
    return (_HERE / name).read_text(encoding="utf-8")
