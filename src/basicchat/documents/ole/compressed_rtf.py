"""Decompresses RTF in Outlook messages ([MS-OXRTFCP] 2.2, 3.1)."""

from struct import unpack_from

_COMPRESSED, _UNCOMPRESSED = 0x75465A4C, 0x414C454D
_WINDOW = 4096
# The start of the dictionary, which the specification prescribes.
_DICTIONARY = (
    rb"{\rtf1\ansi\mac\deff0\deftab720{\fonttbl;}{\f0\fnil \froman \fswiss \fmodern \fscript "
    rb"\fdecor MS Sans SerifSymbolArialTimes New RomanCourier{\colortbl\red0\green0\blue0"
    b"\r\n"
    rb"\par \pard\plain\f0\fs20\b\i\u\tab\tx"
)


def decompress(data: bytes) -> bytes:
    """The RTF in a compressed property.

    Raises:
        ValueError: it is compressed in an unknown way.
    """
    size, raw_size, kind = unpack_from("<III", data)
    contents = data[16 : 4 + size]
    if kind == _UNCOMPRESSED:
        return contents[:raw_size]
    if kind != _COMPRESSED:
        raise ValueError("unknown compression of RTF")
    return _inflated(contents)


def _inflated(data: bytes) -> bytes:
    window = bytearray(_DICTIONARY.ljust(_WINDOW, b" "))
    write, at, out = len(_DICTIONARY), 0, bytearray()

    def put(byte: int) -> None:
        nonlocal write
        out.append(byte)
        window[write] = byte
        write = (write + 1) % _WINDOW

    while at < len(data):
        flags, at = data[at], at + 1
        for bit in range(8):
            if at >= len(data):
                break
            if not flags >> bit & 1:
                put(data[at])
                at += 1
                continue
            reference = int.from_bytes(data[at : at + 2], "big")
            at += 2
            read = reference >> 4
            if read == write:
                return bytes(out)
            for _ in range((reference & 0xF) + 2):
                put(window[read])
                read = (read + 1) % _WINDOW
    return bytes(out)
