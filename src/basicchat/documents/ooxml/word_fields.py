"""The values of Word's form fields that are not written as text (ECMA-376, part 1, 17.16)."""

from basicchat.documents.xml_tree import Element, attribute, child, children


def field_value(field: Element) -> str:
    """The chosen entry of a drop-down list, or the mark of a checkbox; empty for a text field."""
    if (choices := child(field, "ddList")) is not None:
        entries = [attribute(entry, "val") or "" for entry in children(choices, "listEntry")]
        chosen = _number(child(choices, "result"))
        if chosen is None:
            chosen = _number(child(choices, "default")) or 0
        return entries[chosen] if 0 <= chosen < len(entries) else ""
    if (box := child(field, "checkBox")) is not None:
        mark = child(box, "checked")
        mark = child(box, "default") if mark is None else mark
        is_checked = mark is not None and attribute(mark, "val") not in ("0", "false", "off")
        return "☒" if is_checked else "☐"
    return ""


def _number(element: Element | None) -> int | None:
    value = attribute(element, "val") if element is not None else None
    return int(value) if value and value.isdigit() else None
