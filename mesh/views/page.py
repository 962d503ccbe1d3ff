"""Sheets, as one HTML page that needs nothing else, in light and in dark."""

from html import escape

from mesh.views.tables import Sheet

_STYLE = """
:root { color-scheme: light dark; }
body { margin: 2rem; font: 15px/1.45 system-ui, sans-serif; color: #1c2127; background: #fff; }
h1 { font-size: 1.4rem; }
h2 { font-size: 1.1rem; margin-top: 2rem; }
div { overflow: auto; max-height: 85vh; }
table { border-collapse: separate; border-spacing: 0; font-size: 13px; }
th, td { padding: .3rem .6rem; border-bottom: 1px solid #d5dae0; text-align: left; vertical-align: top; }
td { white-space: pre-line; max-width: 32rem; }
td + td { border-left: 1px solid #e8ebee; }
thead th { position: sticky; top: 0; z-index: 1; background: #eef1f4; white-space: nowrap; }
tbody th { position: sticky; left: 0; background: #f7f8fa; white-space: nowrap; font-weight: 600; }
tbody tr:hover td { background: #eaf3ff; }
@media (prefers-color-scheme: dark) {
  body { color: #e3e7ec; background: #14181d; }
  th, td { border-color: #333b45; }
  td + td { border-color: #262d35; }
  thead th { background: #222932; }
  tbody th { background: #1a2027; }
  tbody tr:hover td { background: #1d2b3d; }
}
""".strip()


def page(title: str, notes: tuple[str, ...], sheets: dict[str, Sheet]) -> str:
    """Each sheet under its heading, if it has one."""
    said = "".join(f"<p>{escape(note)}</p>\n" for note in notes)
    parts = "".join(
        (f"<h2>{escape(heading)}</h2>\n" if heading else "") + _table(sheet) for heading, sheet in sheets.items()
    )
    return (
        f'<!doctype html>\n<html lang="en">\n<head>\n<meta charset="utf-8">\n<title>{escape(title)}</title>\n'
        '<meta name="viewport" content="width=device-width, initial-scale=1">\n'
        f"<style>\n{_STYLE}\n</style>\n</head>\n<body>\n<h1>{escape(title)}</h1>\n{said}{parts}</body>\n</html>\n"
    )


def _table(sheet: Sheet) -> str:
    heads = "".join(f'<th scope="col">{escape(column)}</th>' for column in sheet.columns)
    rows = "".join(f"<tr>{_row(row)}</tr>\n" for row in sheet.rows)
    return f"<div><table>\n<thead><tr>{heads}</tr></thead>\n<tbody>\n{rows}</tbody>\n</table></div>\n"


def _row(row: tuple[str, ...]) -> str:
    first, *rest = map(escape, row)
    return f'<th scope="row">{first}</th>' + "".join(f"<td>{value}</td>" for value in rest)
