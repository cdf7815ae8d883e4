"""Forms of letters that readers take for the same: case, diacritics, ligatures, widths, digits."""

import re
import unicodedata

# What is written above, below and between letters without being one: diacritics, the vowel signs
# of Arabic and Hebrew, the Arabic lengthening stroke, joiners, and the soft hyphen. The marks of
# Indian and South-East Asian scripts are vowels, and stay.
_MARKS = re.compile(
    "[\u00ad\u0300-\u036f\u0483-\u0489\u0591-\u05c7\u0610-\u061a\u0640\u064b-\u065f\u0670"
    "\u06d6-\u06ed\u200b-\u200d\u2060\ufeff]+"
)
# Letters that Unicode does not decompose.
_LETTERS = str.maketrans(
    {
        "ß": "ss",
        "æ": "ae",
        "œ": "oe",
        "ø": "o",
        "ł": "l",
        "đ": "d",
        "ð": "d",
        "þ": "th",
        "ı": "i",
        "ħ": "h",
        "ς": "σ",
    }
)


def lowered(text: str) -> str:
    """A text in lower case and in composed form, with its diacritics."""
    if text.isascii():
        return text.lower()
    # The dotted capital I of Turkish becomes an i with one more dot.
    lower = unicodedata.normalize("NFC", text).lower().replace("i\u0307", "i")
    return unicodedata.normalize("NFC", lower)


def folded(text: str) -> str:
    """A text in lower case without diacritics, in composed form, with Western digits."""
    if text.isascii():
        return text.lower()
    plain = _MARKS.sub("", unicodedata.normalize("NFKD", text.lower())).translate(_LETTERS)
    return unicodedata.normalize("NFC", western_digits(plain))


def western_digits(text: str) -> str:
    """A text with Western digits instead of those of other scripts."""
    if text.isascii():
        return text
    return "".join(
        str(unicodedata.decimal(char)) if char.isdecimal() and not char.isascii() else char
        for char in text
    )
