"""Small office files, made of the few elements that a test is about."""

import io
import zipfile

TRANSITIONAL = "http://schemas.openxmlformats.org"
STRICT = "http://purl.oclc.org/ooxml"
_NAMES = {
    "w": "wordprocessingml/2006/main",
    "p": "presentationml/2006/main",
    "s": "spreadsheetml/2006/main",
    "a": "drawingml/2006/main",
    "c": "drawingml/2006/chart",
    "dgm": "drawingml/2006/diagram",
    "m": "officeDocument/2006/math",
    "wp": "drawingml/2006/wordprocessingDrawing",
    "xdr": "drawingml/2006/spreadsheetDrawing",
}


def office_file(
    main: str,
    root: str,
    body: str,
    parts: dict[str, tuple[str, str]] | None = None,
    *,
    strict: bool = False,
    more: dict[str, str] | None = None,
) -> bytes:
    """A package.

    Args:
        main: the name of its main part.
        root: the name of the main part's root element, with its prefix.
        body: the content of the main part.
        parts: further parts by their names, each with the kind of its relationship to the main
            part and its XML; the relationships' ids are r1, r2 and so on.
        more: further entries that are not related to the main part.
    """
    parts = parts or {}
    base = STRICT if strict else TRANSITIONAL
    kinds = f"{base}/officeDocument/{'' if strict else '2006/'}relationships"
    folder, _, name = main.rpartition("/")
    entries = {
        main: f"<{root} {namespaces(strict)}>{body}</{root}>",
        "_rels/.rels": relationships([(f"{kinds}/officeDocument", f"/{main}")]),
        f"{folder}/_rels/{name}.rels": relationships(
            [(f"{kinds}/{kind}", f"/{part}") for part, (kind, _) in parts.items()]
        ),
        **{part: declared(xml, strict) for part, (_, xml) in parts.items()},
        **{part: declared(xml, strict) for part, xml in (more or {}).items()},
    }
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w") as archive:
        for entry, text in entries.items():
            archive.writestr(entry, text)
    return out.getvalue()


def namespaces(strict: bool = False) -> str:
    """The declarations of all prefixes."""
    base = STRICT if strict else TRANSITIONAL
    found = {prefix: f"{base}/{name.replace('2006/', '') if strict else name}"
             for prefix, name in _NAMES.items()}  # fmt: skip
    found["r"] = f"{base}/officeDocument/{'' if strict else '2006/'}relationships"
    found["mc"] = f"{TRANSITIONAL}/markup-compatibility/2006"
    found["v"] = "urn:schemas-microsoft-com:vml"
    found["x"] = "urn:other"
    return " ".join(f'xmlns:{prefix}="{uri}"' for prefix, uri in found.items())


def declared(xml: str, strict: bool = False) -> str:
    """XML whose root element declares all prefixes."""
    if "xmlns" in xml[:200]:
        return xml
    at = min(index for index in (xml.find(">"), xml.find(" "), xml.find("/>")) if index > 0)
    return f"{xml[:at]} {namespaces(strict)}{xml[at:]}"


def relationships(targets: list[tuple[str, str]]) -> str:
    """A part of relationships, by their types and targets."""
    rows = "".join(
        f'<Relationship Id="r{number}" Type="{kind}" Target="{target}"/>'
        for number, (kind, target) in enumerate(targets, 1)
    )
    uri = f"{TRANSITIONAL}/package/2006/relationships"
    return f'<Relationships xmlns="{uri}">{rows}</Relationships>'


def kind_of(name: str) -> str:
    """The type of a relationship."""
    return f"{TRANSITIONAL}/officeDocument/2006/relationships/{name}"
