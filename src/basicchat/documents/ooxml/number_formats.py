"""How a workbook shows numbers: as dates, times or percentages (ECMA-376, part 1, 18.8.30)."""

import re
from datetime import datetime, timedelta

from basicchat.documents.ooxml.package import Package
from basicchat.documents.xml_tree import attribute, child, children

_LITERALS = re.compile(r'"[^"]*"|\\.|_.|\*.|\[(?!h+\]|m+\]|s+\])[^\]]*\]', re.IGNORECASE)
_BUILT_IN_DATES = frozenset((*range(14, 23), *range(27, 37), *range(45, 48), *range(50, 59)))
_BUILT_IN_SHARES = frozenset((9, 10))
_MAX_DAYS = 2_958_465
_ELAPSED = re.compile(r"\[(h+|m+|s+)\]", re.IGNORECASE)


class NumberFormats:
    """The formats of a workbook's cells, by the index of their style."""

    def __init__(self, package: Package, *, from_1904: bool) -> None:
        self._epoch = datetime(1904, 1, 1) if from_1904 else datetime(1899, 12, 30)
        self._kinds: list[str] = []
        for part in package.related(package.main, "styles"):
            root = package.parse(part.part)
            formats = child(root, "numFmts")
            codes = {
                attribute(each, "numFmtId"): attribute(each, "formatCode") or ""
                for each in (formats if formats is not None else ())
            }
            cells = child(root, "cellXfs")
            for each in children(cells, "xf") if cells is not None else ():
                number = attribute(each, "numFmtId") or "0"
                self._kinds.append(_kind(number, codes.get(number)))

    def shown(self, value: str, style: str | None) -> str:
        """A number as a user sees it.

        Args:
            value: the number as it is written in the file.
            style: the index of the cell's style.
        """
        kind = ""
        if style and style.isdigit() and int(style) < len(self._kinds):
            kind = self._kinds[int(style)]
        try:
            number = float(value)
        except ValueError:
            return value
        if kind == "date" and 0 <= number <= _MAX_DAYS:
            return self._date(number)
        if kind == "elapsed":
            seconds = round(number * 86_400)
            return f"{seconds // 3600}:{seconds // 60 % 60:02}:{seconds % 60:02}"
        if kind == "share":
            return f"{_plain(number * 100)}%"
        if kind.startswith("0") and number >= 0 and number.is_integer():
            return f"{int(number):0{len(kind)}}"
        return _plain(number)

    def _date(self, days: float) -> str:
        moment = self._epoch + timedelta(seconds=round(days * 86_400))
        if days < 1:
            return moment.time().isoformat()
        if days.is_integer():
            return moment.date().isoformat()
        return moment.isoformat(sep=" ")


def _kind(number: str, code: str | None) -> str:
    """`date`, `elapsed`, `share`, the zeros that fill a number up, or nothing."""
    if code is None:
        identity = int(number) if number.isdigit() else 0
        if identity == 46:
            return "elapsed"
        if identity in _BUILT_IN_DATES:
            return "date"
        return "share" if identity in _BUILT_IN_SHARES else ""
    plain = _LITERALS.sub("", code.partition(";")[0]).lower()
    if _ELAPSED.search(plain):
        return "elapsed"
    if "%" in plain:
        return "share"
    if set(plain) & set("ymdhs") and "general" not in plain:
        return "date"
    return plain if len(plain) > 1 and not plain.strip("0") else ""


def _plain(number: float) -> str:
    if number.is_integer() and abs(number) < 1e15:
        return str(int(number))
    return f"{number:.15g}"
