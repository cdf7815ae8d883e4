"""Equations of office files (Office MathML) as text on one line, for example `x=(a+b)/2`."""

from collections.abc import Callable

from basicchat.documents.xml_tree import Element, attribute, child, children, local

_SKIPPED = frozenset(("rPr", "ctrlPr", "del", "moveFrom", "fPr", "sSupPr", "sSubPr", "argPr"))


def equation(element: Element) -> str:
    """The text of an equation, or of a part of one."""
    name = local(element)
    if name == "t":
        return element.text or ""
    if name in _SKIPPED or name.endswith("Pr"):
        return ""
    shape = _SHAPES.get(name)
    return shape(element) if shape else "".join(equation(each) for each in element)


def _part(element: Element, name: str) -> str:
    found = child(element, name)
    return "" if found is None else equation(found)


def _group(text: str) -> str:
    """In brackets, unless it is a name or a number."""
    return text if text.replace(".", "").isalnum() or len(text) <= 1 else f"({text})"


def _setting(element: Element, properties: str, name: str, default: str) -> str:
    found = child(element, properties, name)
    value = None if found is None else attribute(found, "val")
    return default if value is None else value


def _fraction(element: Element) -> str:
    return f"{_group(_part(element, 'num'))}/{_group(_part(element, 'den'))}"


def _scripts(element: Element) -> str:
    low, high = _part(element, "sub"), _part(element, "sup")
    below = f"_{_group(low)}" if low else ""
    above = f"^{_group(high)}" if high else ""
    base = _part(element, "e")
    return f"{base}{below}{above}" if local(element) != "sPre" else f"{below}{above}{base}"


def _root(element: Element) -> str:
    return f"{_part(element, 'deg')}√{_group(_part(element, 'e'))}"


def _operator(element: Element) -> str:
    low, high = _part(element, "sub"), _part(element, "sup")
    below = f"_{_group(low)}" if low else ""
    above = f"^{_group(high)}" if high else ""
    sign = _setting(element, "naryPr", "chr", "∫")
    return f"{sign}{below}{above} {_part(element, 'e')}"


def _brackets(element: Element) -> str:
    parts = [equation(each) for each in children(element, "e")]
    inner = _setting(element, "dPr", "sepChr", "|").join(parts)
    begin, end = (_setting(element, "dPr", f"{side}Chr", "()"[side == "end"]) for side in _SIDES)
    return f"{begin}{inner}{end}"


_SIDES = ("beg", "end")


def _function(element: Element) -> str:
    return f"{_part(element, 'fName')} {_part(element, 'e')}"


def _limit(element: Element) -> str:
    sign = "_" if local(element) == "limLow" else "^"
    return f"{_part(element, 'e')}{sign}{_group(_part(element, 'lim'))}"


def _matrix(element: Element) -> str:
    rows = (
        ", ".join(equation(cell) for cell in children(row, "e")) for row in children(element, "mr")
    )
    return f"[{'; '.join(rows)}]"


def _lines(element: Element) -> str:
    return "; ".join(equation(each) for each in children(element, "e"))


_SHAPES: dict[str, Callable[[Element], str]] = {
    "f": _fraction,
    "sSup": _scripts,
    "sSub": _scripts,
    "sSubSup": _scripts,
    "sPre": _scripts,
    "rad": _root,
    "nary": _operator,
    "d": _brackets,
    "func": _function,
    "limLow": _limit,
    "limUpp": _limit,
    "m": _matrix,
    "eqArr": _lines,
}
