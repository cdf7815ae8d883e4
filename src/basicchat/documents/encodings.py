"""Finds out how a file encodes its text.

The order: a byte-order mark, UTF-16 without one, UTF-8, the label that the file declares, which
means what browsers mean by it (WHATWG, Encoding Standard), and the encoding that fits best.
"""

import re

_MARKS = (
    (b"\xef\xbb\xbf", "utf-8-sig"),
    (b"\xff\xfe\x00\x00", "utf-32"),
    (b"\x00\x00\xfe\xff", "utf-32"),
    (b"\xff\xfe", "utf-16"),
    (b"\xfe\xff", "utf-16"),
)
# Python's codecs of these names lack characters that browsers, and files, know.
_EXTENDED = {
    "shift_jis": "cp932",
    "shift-jis": "cp932",
    "shift_jis_2004": "cp932",
    "euc-kr": "cp949",
    "euc_kr": "cp949",
    "gb2312": "gb18030",
    "gbk": "gb18030",
    "big5": "big5hkscs",
    "iso-8859-1": "cp1252",
    "ascii": "cp1252",
}
# Seven-bit encodings are marked by escape sequences.
_ESCAPES = ((b"\x1b$)C", "iso2022_kr"), (b"\x1b$", "iso2022_jp_2"), (b"\x1b(J", "iso2022_jp_2"))
_MIXED_WORD = re.compile("[A-Za-z][\u0370-\u06ff]|[\u0370-\u06ff][A-Za-z]")
_HEAD_BYTES = 4096
_SAMPLE_BYTES = 100_000
_MIN_VALID_PER_BROKEN = 20
_WIDE_SHARE = 0.95
_COMMON_WIDE = re.compile(
    "[\t\n\r\x20-\u06ff\u0900-\u0e7f\u10a0-\u11ff\u2010-\u2027\u2030-\u206f\u20a0-\u22ff"
    "\u3000-\u30ff\u3400-\u9fff\uac00-\ud7a3\uff00-\uffef]"
)


def has_mark(head: bytes) -> bool:
    """Whether a file begins with a byte-order mark."""
    return head.startswith(tuple(mark for mark, _ in _MARKS))


def detect_encoding(data: bytes, label: str | None = None) -> str:
    """The name of the codec that decodes a file.

    Args:
        data: the whole file.
        label: what the file itself declares.
    """
    for mark, name in _MARKS:
        if data.startswith(mark):
            return name
    if wide := detect_wide(data[:_HEAD_BYTES]):
        return wide
    for escape, name in _ESCAPES:
        if escape in data[:_SAMPLE_BYTES] and _decodes(data, name):
            return name
    if _is_mostly_utf8(data):
        return "utf-8"
    declared = codec_of_label(label) if label else None
    if declared and declared != "utf-8" and _decodes(data, declared):
        return declared
    return _detect(data) or declared or "cp1252"


def codec_of_label(label: str) -> str | None:
    """Python's codec for a label, or None if there is no such label."""
    from webencodings import lookup  # noqa: PLC0415

    found = lookup(label)
    return _codec(found.name) if found is not None else None


def detect_wide(head: bytes) -> str | None:
    """Detect UTF-16 without a byte-order mark.

    In most scripts one byte of each pair is zero. In East Asian texts, only those of spaces, line
    breaks and the like are, but nearly all pairs are common characters in one byte order alone.
    """
    if 0 not in head:
        return None
    half = max(len(head) // 2, 1)
    if head[1::2].count(0) > half * 0.7 and head[0::2].count(0) < half * 0.1:
        return "utf-16-le"
    if head[0::2].count(0) > half * 0.7 and head[1::2].count(0) < half * 0.1:
        return "utf-16-be"
    shares = {name: _common_share(head, name) for name in ("utf-16-le", "utf-16-be")}
    best, other = sorted(shares, key=shares.__getitem__, reverse=True)
    return best if shares[best] >= _WIDE_SHARE > shares[other] + 0.05 else None


def _common_share(head: bytes, codec: str) -> float:
    text = head.decode(codec, errors="replace")
    return len(_COMMON_WIDE.findall(text)) / max(len(text), 1)


def _is_mostly_utf8(data: bytes) -> bool:
    """Whether a file is UTF-8, with a few broken characters at most."""
    if _decodes(data, "utf-8"):
        return True
    text = data.decode("utf-8", errors="replace")
    broken = text.count("\ufffd")
    valid = len(text) - len(text.encode("ascii", errors="ignore")) - broken
    return valid > broken * _MIN_VALID_PER_BROKEN


def _detect(data: bytes) -> str | None:
    """The encoding that fits the lines with other characters than those of ASCII."""
    from chardet import detect  # noqa: PLC0415

    lines = (line for line in data.split(b"\n") if not line.isascii())
    sample = b"\n".join(lines)[:_SAMPLE_BYTES]
    name = detect(sample)["encoding"]
    codec = _codec(name) if name else None
    if codec is None or not _decodes(data, codec):
        return None
    # A short text in a Latin script looks like other scripts; these have no words of both.
    return None if _MIXED_WORD.search(sample.decode(codec, errors="replace")) else codec


def _codec(name: str) -> str:
    return _EXTENDED.get(name.lower(), name)


def _decodes(data: bytes, codec: str) -> bool:
    try:
        data.decode(codec)
    except (UnicodeDecodeError, LookupError):
        return False
    return True
