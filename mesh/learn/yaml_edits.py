"""The text of a YAML file and an entry for one of its lists → the text with the entry, and all else as it was."""

from collections.abc import Sequence

import yaml

Path = tuple[str | int, ...]


class Unfit(Exception):
    """The list is in no form to which a line can be added."""


def appended(text: str, path: Path, entry: str) -> str:
    """With an entry at the end of the list at a path; the list is made where the mapping around it has none.

    Raises Unfit. Marks of the parser say where a value ends; blocks end where their last value does, as the parser
    counts what follows them as theirs too.
    """
    newline = "\r\n" if "\r\n" in text else "\n"
    root = yaml.compose(text, Loader=yaml.SafeLoader)
    around = _at(root, path[:-1])
    values = _at(root, path)
    if isinstance(values, yaml.SequenceNode):
        return _in_flow(text, values, entry) if values.flow_style else _in_block(text, values, entry, newline)
    if not isinstance(around, yaml.MappingNode) or around.flow_style or not around.value:
        raise Unfit
    if values is not None:
        key = next(key for key, value in around.value if key.value == path[-1])
        if values.value != "":
            raise Unfit
        return _after_line(text, key.end_mark.index, f"{' ' * (key.start_mark.column + 2)}- {entry}", newline)
    indent = " " * around.value[0][0].start_mark.column
    lines = f"{indent}{path[-1]}:{newline}{indent}  - {entry}"
    return _after_line(text, _end(around), lines, newline)


def _at(node: yaml.Node | None, path: Path) -> yaml.Node | None:
    for part in path:
        if isinstance(node, yaml.MappingNode):
            node = next((value for key, value in node.value if key.value == part), None)
        elif isinstance(node, yaml.SequenceNode) and isinstance(part, int) and part < len(node.value):
            node = node.value[part]
        else:
            return None
    return node


def _in_block(text: str, values: yaml.SequenceNode, entry: str, newline: str) -> str:
    line = f"{' ' * values.start_mark.column}- {entry}"
    return _after_line(text, _end(values), line, newline)


def _in_flow(text: str, values: yaml.SequenceNode, entry: str) -> str:
    """A list in brackets. Over several lines, the entry gets one of its own, below the last."""
    closing = values.end_mark.index - 1
    if not values.value:
        return f"{text[:closing]}{entry}{text[closing:]}"
    last = values.value[-1]
    end = _end(last)
    comma = _has_comma(text[end:closing])
    is_tall = values.end_mark.line > last.end_mark.line and last.start_mark.line > values.start_mark.line
    if comma or not is_tall:
        place = end + text[end:closing].index(",") + 1 if comma else end
        between = " " if comma else ", "
        if not is_tall:
            return f"{text[:place]}{between}{entry}{text[place:]}"
        indent = " " * last.start_mark.column
        newline = "\r\n" if "\r\n" in text else "\n"
        return _after_line(text, place, f"{indent}{entry},", newline)
    indent = " " * last.start_mark.column
    newline = "\r\n" if "\r\n" in text else "\n"
    return _after_line(f"{text[:end]},{text[end:]}", end + 1, f"{indent}{entry}", newline)


def _has_comma(rest: str) -> bool:
    """Before the bracket that closes, outside comments."""
    return any("," in line.partition("#")[0] for line in rest.splitlines())


def _end(node: yaml.Node) -> int:
    """Where the last value of a node ends."""
    children: Sequence[yaml.Node] = ()
    if isinstance(node, yaml.MappingNode) and not node.flow_style:
        children = [part for pair in node.value for part in pair]
    elif isinstance(node, yaml.SequenceNode) and not node.flow_style:
        children = node.value
    return max((_end(child) for child in children), default=int(node.end_mark.index))


def _after_line(text: str, index: int, line: str, newline: str) -> str:
    """Below the line in which an index is; at the end of a block of text, which the index is behind already."""
    if index and text[index - 1 : index] == "\n":
        return f"{text[:index]}{line}{newline}{text[index:]}"
    end = text.find("\n", index)
    if end < 0:
        return f"{text}{newline}{line}{newline}"
    return f"{text[: end + 1]}{line}{newline}{text[end + 1 :]}"
