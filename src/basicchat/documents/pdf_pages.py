"""Pages of a PDF file, and what was written on them: values of form fields, and notes."""

from collections.abc import Iterator
from typing import TYPE_CHECKING, Any

from basicchat.documents.cleaning import one_line

if TYPE_CHECKING:
    from pypdf import PageObject, PdfReader

_INHERITED = ("/Resources", "/MediaBox", "/CropBox", "/Rotate")
_MAX_FIELD_DEPTH = 30
_MAX_NODES = 200_000


def pages_of(reader: "PdfReader") -> Iterator["PageObject"]:
    """The pages in their order; a node of the tree that comes again is left out.

    A tree may contain itself, in damaged files (ISO 32000-1, 7.7.3).
    """
    root: Any = reader.root_object["/Pages"]
    seen: set[object] = set()
    stack: list[tuple[Any, dict[str, Any]]] = [(root.indirect_reference or root, {})]
    while stack and len(seen) < _MAX_NODES:
        reference, inherited = stack.pop()
        key = getattr(reference, "idnum", None) or id(reference)
        node = reference.get_object()
        if key in seen or not hasattr(node, "get"):
            continue
        seen.add(key)
        kids = node.get("/Kids")
        if kids is None:
            yield _page(reader, node, reference, inherited)
            continue
        own = {name: node[name] for name in _INHERITED if name in node}
        stack += [(kid, {**inherited, **own}) for kid in reversed(kids.get_object())]


def _page(
    reader: "PdfReader", node: Any, reference: Any, inherited: dict[str, Any]
) -> "PageObject":
    from pypdf import PageObject  # noqa: PLC0415
    from pypdf.generic import NameObject  # noqa: PLC0415

    page = PageObject(reader, reference if hasattr(reference, "idnum") else None)
    page.update(node)
    for name, value in inherited.items():
        if name not in page:
            page[NameObject(name)] = value
    return page


def written_on(page: "PageObject") -> Iterator[str]:
    """The values of a page's form fields with their names, and the texts of its notes."""
    annotations = page.get("/Annots")
    for each in annotations.get_object() if annotations is not None else ():
        annotation = each.get_object()
        if not hasattr(annotation, "get"):
            continue
        if annotation.get("/Subtype") == "/Widget":
            yield from _field(annotation)
            continue
        is_note = annotation.get("/Subtype") not in ("/Popup", "/Link")
        if is_note and (text := _text(annotation.get("/Contents"))):
            yield f"Note: {text}"


def _field(widget: Any) -> Iterator[str]:
    name, value, node = "", None, widget
    for _ in range(_MAX_FIELD_DEPTH):
        name = name or _text(node.get("/T"))
        value = node.get("/V") if value is None else value
        if "/Parent" not in node:
            break
        node = node["/Parent"].get_object()
    values = value if isinstance(value, list) else [value]
    text = ", ".join(filter(None, (_text(each) for each in values)))
    if text and text not in ("Off", "/Off"):
        yield f"{name}: {text}" if name else text


def _text(value: Any) -> str:
    if value is None:
        return ""
    value = value.get_object() if hasattr(value, "get_object") else value
    if hasattr(value, "get_data"):
        value = value.get_data().decode("utf-8", errors="replace")
    return one_line(str(value).removeprefix("/"), None) if isinstance(value, str) else ""
