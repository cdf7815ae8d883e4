"""Writes OLE compound files, and the old office files in them, as far as tests need ([MS-CFB])."""

from collections.abc import Mapping
from struct import pack

_SECTOR, _MINI_SECTOR, _CUTOFF = 512, 64, 4096
_FREE, _END, _FAT = 0xFFFFFFFF, 0xFFFFFFFE, 0xFFFFFFFD
_STREAM, _FOLDER, _ROOT = 2, 1, 5

Tree = Mapping[str, "bytes | Tree"]


class _Writer:
    def __init__(self) -> None:
        self.sectors: list[bytes] = []
        self.fat: list[int] = []
        self.mini = b""
        self.mini_fat: list[int] = []
        self.entries: list[dict] = []

    def chain(self, data: bytes) -> int:
        """Store data in sectors; the number of the first one."""
        first, count = len(self.sectors), -(-len(data) // _SECTOR)
        if not count:
            return _END
        data = data.ljust(count * _SECTOR, b"\0")
        self.sectors += [data[_SECTOR * i : _SECTOR * (i + 1)] for i in range(count)]
        self.fat += [*range(first + 1, first + count), _END]
        return first

    def stream(self, data: bytes) -> int:
        if len(data) >= _CUTOFF:
            return self.chain(data)
        first, count = len(self.mini_fat), -(-len(data) // _MINI_SECTOR)
        if not count:
            return _END
        self.mini += data.ljust(count * _MINI_SECTOR, b"\0")
        self.mini_fat += [*range(first + 1, first + count), _END]
        return first

    def folder(self, tree: Tree) -> int:
        """Store the entries of a folder, as a list that goes only to the right; the first one."""
        first = _FREE
        # In the order of their names by length, as readers may search for them.
        for name, content in sorted(tree.items(), key=lambda e: (len(e[0]), e[0]), reverse=True):
            entry = {"name": name, "right": first, "child": _FREE, "start": 0, "size": 0}
            first = len(self.entries)
            self.entries.append(entry)
            if isinstance(content, bytes):
                entry |= {"kind": _STREAM, "start": self.stream(content), "size": len(content)}
            else:
                entry |= {"kind": _FOLDER, "child": self.folder(content)}
        return first


def compound_file(tree: Tree) -> bytes:
    """A compound file with these streams (bytes) and folders."""
    writer = _Writer()
    root = {"name": "Root Entry", "kind": _ROOT, "right": _FREE, "child": _FREE}
    writer.entries.append(root)
    root["child"] = writer.folder(tree)
    root |= {"start": writer.chain(writer.mini), "size": len(writer.mini)}
    directory = writer.chain(b"".join(_entry(**each) for each in writer.entries))
    mini_fat = writer.chain(pack(f"<{len(writer.mini_fat)}I", *writer.mini_fat))
    count = -(-(len(writer.fat) + 1) // 127)
    place = len(writer.sectors)
    fat = [*writer.fat, *[_FAT] * count]
    fat += [_FREE] * (count * 128 - len(fat))
    header = pack("<8s16sHHHHH6sIIIIIIIIII", b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1", b"", 62, 3,
                  0xFFFE, 9, 6, b"", 0, count, directory, 0, _CUTOFF, mini_fat,
                  -(-len(writer.mini_fat) // 128), _END, 0, place)  # fmt: skip
    header += pack("<108I", *range(place + 1, place + count), *[_FREE] * (109 - count))
    return header + b"".join(writer.sectors) + pack(f"<{len(fat)}I", *fat)


def _entry(name: str, kind: int, right: int, child: int, start: int, size: int) -> bytes:
    text = name.encode("utf-16-le") + b"\0\0"
    return pack("<64sHBBIII36sIQ", text, len(text), kind, 1, _FREE, right, child, b"", start, size)


def word_file(
    body: str,
    footnotes: str = "",
    headers: str = "",
    *,
    deleted: tuple[int, int] | None = None,
    flags: int = 0,
) -> bytes:
    """A Word document ([MS-DOC] 2.5): its first half is stored in 8 bits, the rest in UTF-16.

    `deleted` is a range of characters in the 8-bit half that a tracked change deletes.
    """
    text, start = body + footnotes + headers, 2048
    half = len(text) // 2
    parts = text[:half].encode("cp1252"), text[half:].encode("utf-16-le")
    units = len(text.encode("utf-16-le")) // 2
    wide = start + len(parts[0])
    pieces = pack("<3I", 0, half, units)
    pieces += pack("<HIHHIH", 0, start * 2 | 1 << 30, 0, 0, wide, 0)
    clx = b"\x02" + pack("<I", len(pieces)) + pieces
    first, last = deleted or (0, 0)
    places = pack("<4I", start, start + first, start + last, start + half)
    page = (places + bytes((0, 240, 0))).ljust(480, b"\0") + b"\x03" + pack("<HB", 0x0800, 1)
    page = page.ljust(511, b"\0") + b"\x03"
    table = clx + pack("<3I", start, start + len(text), 2)
    main = bytearray(start)
    main[0:12] = pack("<HHHHHH", 0xA5EC, 0xC1, 0, 0x409, 0, 0x0200 | flags)
    stories = (body, footnotes, headers)
    lengths = [len(each.encode("utf-16-le")) // 2 for each in stories]
    main[0x4C : 0x4C + 12] = pack("<3I", *lengths)
    main[0x1A2 : 0x1A2 + 8] = pack("<II", 0, len(clx))
    main[0xFA : 0xFA + 8] = pack("<II", len(clx), 12)
    main[1024:1536] = page
    return compound_file({"WordDocument": bytes(main) + b"".join(parts), "1Table": table})


def record(kind: int, content: bytes = b"", instance: int = 0, *, container: bool = False) -> bytes:
    """A record of a presentation ([MS-PPT] 2.3.1)."""
    return pack("<HHI", instance << 4 | (0xF if container else 0), kind, len(content)) + content


def container(kind: int, *records: bytes, instance: int = 0) -> bytes:
    """A record that contains others."""
    return record(kind, b"".join(records), instance, container=True)


def string(text: str, kind: int = 0x0FA0, instance: int = 0) -> bytes:
    """A record with text."""
    return record(kind, text.encode("utf-16-le"), instance)


def slides_file(lists: Mapping[int, list[tuple[bytes, bytes, int]]], *more: bytes) -> bytes:
    """A presentation.

    `lists` has for each kind of page (0: slides, 1: masters, 2: notes) the pages, the records of
    their outline and their numbers; `more` are further records of the document.
    """
    pages = [page for each in lists.values() for page, _, _ in each]
    number, listed = 2, b""
    for instance, entries in lists.items():
        atoms = b""
        for _, outline, identity in entries:
            atoms += record(0x03F3, pack("<IIIII", number, 0, 0, identity, 0)) + outline
            number += 1
        listed += container(0x0FF0, atoms, instance=instance)
    records = [container(0x03E8, listed, *more), *pages]
    places, at = [], 0
    for each in records:
        places.append(at)
        at += len(each)
    directory = record(0x1772, pack(f"<I{len(places)}I", len(places) << 20 | 1, *places))
    edit = record(0x0FF5, pack("<IIIIIII", 0, 0, 0, at, 1, 0, 0))
    stream = b"".join(records) + directory + edit
    user = record(0x0FF6, pack("<III", 20, 0xE391C05F, at + len(directory)))
    return compound_file({"PowerPoint Document": stream, "Current User": user})


def message_tree(
    properties: Mapping[str, str | bytes], numbers: Mapping[int, int] = {}, *, inner: bool = False
) -> dict[str, "bytes | Tree"]:
    """The streams of an Outlook message ([MS-OXMSG] 2.1): text is stored in UTF-16."""
    fixed = b"".join(pack("<IIQ", tag, 6, value) for tag, value in numbers.items())
    tree: dict[str, bytes | Tree] = {
        "__properties_version1.0": bytes(24 if inner else 32) + fixed,
    }
    for tag, value in properties.items():
        data = value if isinstance(value, bytes) else value.encode("utf-16-le")
        kind = "" if len(tag) == 8 else "001F"
        tree[f"__substg1.0_{tag}{kind}"] = data
    return tree
