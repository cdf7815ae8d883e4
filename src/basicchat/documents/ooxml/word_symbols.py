"""Characters of Word that are given by their number in a symbol font."""

from basicchat.documents.xml_tree import Element, attribute

_GREEK_CAPITALS = "ΑΒΧΔΕΦΓΗΙϑΚΛΜΝΟΠΘΡΣΤΥςΩΞΨΖ"
_GREEK = "αβχδεφγηιϕκλμνοπθρστυϖωξψζ"
_SYMBOL = {
    **{0x41 + index: letter for index, letter in enumerate(_GREEK_CAPITALS)},
    **{0x61 + index: letter for index, letter in enumerate(_GREEK)},
    0xA3: "≤", 0xA5: "∞", 0xAB: "↔", 0xAC: "←", 0xAD: "↑", 0xAE: "→", 0xAF: "↓", 0xB0: "°",
    0xB1: "±", 0xB3: "≥", 0xB4: "×", 0xB5: "∝", 0xB6: "∂", 0xB7: "•", 0xB8: "÷", 0xB9: "≠",
    0xBA: "≡", 0xBB: "≈", 0xC5: "⊕", 0xC6: "∅", 0xC7: "∩", 0xC8: "∪", 0xCE: "∈", 0xD1: "∇",
    0xD6: "√", 0xD7: "⋅", 0xDE: "⇒", 0xDB: "⇔", 0xE5: "∑", 0xF2: "∫",
}  # fmt: skip
_WINGDINGS = {
    0xA8: "☐",
    0x6F: "☐",
    0xFB: "✗",
    0xFC: "✓",
    0xFD: "☒",
    0xFE: "☑",
    0xE0: "→",
    0xA7: "▪",
}


def symbol(element: Element) -> str:
    """The character of a `w:sym`; a space if it has no equivalent (ECMA-376, 17.3.3.30)."""
    try:
        code = int(attribute(element, "char") or "20", 16)
    except ValueError:
        return " "
    if not 0xF000 <= code <= 0xF0FF:
        return chr(code) if 0x20 <= code < 0xD800 or 0xE000 <= code < 0x110000 else " "
    font = (attribute(element, "font") or "").lower()
    if font.startswith("wingdings"):
        return _WINGDINGS.get(code - 0xF000, " ")
    return _SYMBOL.get(code - 0xF000, chr(code - 0xF000) if code < 0xF07F else " ")
