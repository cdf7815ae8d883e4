"""What a workbook shows: values, formulas, merged cells, comments and drawings."""

import io
import zipfile
from datetime import date, datetime, time
from pathlib import Path
from time import process_time

import pytest
import xlsxwriter

from basicchat.documents import reading, tables
from basicchat.documents.xml_tree import iterate_xml
from basicchat.domain.errors import BadDocument
from support.ooxml_files import office_file

FORMATS = reading.find_formats()


def text_of(path: Path) -> str:
    chosen = reading.choose_format(FORMATS, path, path.name, "")
    return "".join(page.text for page in reading.read_pages(chosen, path, 1_000_000))


def small(rows: str, *, strict: bool = False, cells: str = "") -> bytes:
    """A workbook of one sheet in a part of an unusual name."""
    return office_file(
        "book.xml",
        "s:workbook",
        '<s:sheets><s:sheet name="One" r:id="r1"/></s:sheets>',
        {
            "tab.bin": (
                "worksheet",
                f"<s:worksheet><s:sheetData>{rows}</s:sheetData>{cells}</s:worksheet>",
            ),
            "strings.xml": (
                "sharedStrings",
                "<s:sst><s:si><s:t>Town</s:t></s:si><s:si><s:r><s:t>U</s:t></s:r><s:r><s:t>lm</s:t>"
                "</s:r><s:rPh><s:t>no</s:t></s:rPh></s:si></s:sst>",
            ),
        },
        strict=strict,
    )


CELL = '<s:row r="{0}"><s:c r="A{0}" {1}</s:c></s:row>'
CELLS = [
    ("shared", 't="s"><s:v>1</s:v>', "Ulm"),
    ("inline", 't="inlineStr"><s:is><s:t>in</s:t></s:is>', "in"),
    ("text of a formula", 't="str"><s:f>A2</s:f><s:v>Bonn</s:v>', "Bonn"),
    ("formula without a value", "><s:f>SUM(B1:B3)</s:f>", "=SUM(B1:B3)"),
    ("formula with a value", "><s:f>1+1</s:f><s:v>2</s:v>", "2"),
    ("bool", 't="b"><s:v>1</s:v>', "yes"),
    ("error", 't="e"><s:v>#DIV/0!</s:v>', "#DIV/0!"),
    ("date", 't="d"><s:v>2024-05-04T00:00:00</s:v>', "2024-05-04"),
    ("number", "><s:v>0.30000000000000004</s:v>", "0.3"),
    ("escaped", 't="str"><s:v>a_x000A_b</s:v>', "a b"),
]


@pytest.mark.parametrize(("name", "cell", "wanted"), CELLS, ids=[row[0] for row in CELLS])
def test_values_of_cells(tmp_path: Path, name: str, cell: str, wanted: str) -> None:
    for strict in (False, True):
        path = tmp_path / "a.xlsx"
        path.write_bytes(small(CELL.format(1, cell), strict=strict))
        assert text_of(path) == f"Sheet: One\n{wanted}\n\n"


def test_merged_cells_and_rows_that_are_left_out(tmp_path: Path) -> None:
    rows = (
        '<s:row r="1"><s:c r="A1" t="str"><s:v>Sales</s:v></s:c></s:row>'
        '<s:row r="3"><s:c r="A3" t="s"><s:v>0</s:v></s:c>'
        '<s:c r="B3" t="str"><s:v>kg</s:v></s:c></s:row>'
        '<s:row r="4"><s:c r="A4" t="s"><s:v>1</s:v></s:c><s:c r="B4"><s:v>7</s:v></s:c></s:row>'
        '<s:row r="5"><s:c r="B5"><s:v>8</s:v></s:c></s:row>'
    )  # fmt: skip
    merged = '<s:mergeCells><s:mergeCell ref="A1:C1"/><s:mergeCell ref="A4:A5"/></s:mergeCells>'
    path = tmp_path / "a.xlsx"
    path.write_bytes(small(rows, cells=merged))
    assert text_of(path).rstrip().split("\n") == [
        "Sheet: One",
        "Sales",
        "",
        "Town | kg",
        "Town: Ulm | kg: 7",
        "Town: Ulm | kg: 8",
    ]


def test_what_else_a_sheet_shows(tmp_path: Path) -> None:
    out = io.BytesIO()
    book = xlsxwriter.Workbook(out)
    sheet = book.add_worksheet("Plan")
    formats = {code: book.add_format({"num_format": code}) for code in ("0%", "00000", "[h]:mm")}
    sheet.write_row(0, 0, ["When", "Rate", "Code", "Hours"])
    sheet.write_datetime(1, 0, date(2024, 5, 4), book.add_format({"num_format": "d. mmm yyyy"}))
    sheet.write(1, 1, 0.25, formats["0%"])
    sheet.write(1, 2, 1234, formats["00000"])
    sheet.write(1, 3, 1.5, formats["[h]:mm"])
    sheet.write_datetime(2, 0, datetime(2024, 5, 4, 10, 30), book.add_format({"num_format": 22}))
    sheet.write_datetime(3, 0, time(8, 15), book.add_format({"num_format": "hh:mm"}))
    sheet.write_comment("B2", "Ask the bank")
    sheet.insert_textbox("F2", "In a box")
    sheet.set_header("&L&BConfidential&CPage &P")
    chart = book.add_chart({"type": "column"})
    chart.set_title({"name": "Yield"})
    chart.add_series({"name": "kg", "categories": "=Plan!$C$2:$C$2", "values": "=Plan!$B$2:$B$2"})
    sheet.insert_chart("H2", chart)
    book.close()
    path = tmp_path / "a.xlsx"
    path.write_bytes(out.getvalue())
    text = text_of(path)
    assert "When: 2024-05-04 | Rate: 25% | Code: 01234 | Hours: 36:00:00" in text
    for part in ("2024-05-04 10:30:00", "08:15:00", "Comment on B2: Ask the bank", "In a box",
                 "Confidential", "Yield"):  # fmt: skip
        assert part in text


def test_far_cells_cost_nothing(tmp_path: Path) -> None:
    rows = "".join(
        f'<s:row r="{n}"><s:c r="XFD{n}"><s:v>{n}</s:v></s:c></s:row>'
        for n in (1, 500_000, 1_048_576)
    )
    path = tmp_path / "a.xlsx"
    path.write_bytes(small(rows))
    assert text_of(path).split() == ["Sheet:", "One", "1", "500000", "1048576"]


def test_too_many_cells(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(tables, "MAX_CELLS", 2)
    path = tmp_path / "a.xlsx"
    path.write_bytes(small("".join(CELL.format(n, "><s:v>1</s:v>") for n in (1, 2, 3))))
    with pytest.raises(BadDocument, match="more than 2 cells") as caught:
        text_of(path)
    assert caught.value.reason == "too_many_cells"


def test_a_printed_header_does_not_keep_all_rows_in_memory(tmp_path: Path) -> None:
    cells = "".join(f'<s:c r="{column}{{0}}"><s:v>1</s:v></s:c>' for column in "ABCDEFGH")
    rows = "".join(f'<s:row r="{n}">{cells.format(n)}</s:row>' for n in range(1, 5001))
    footer = "<s:headerFooter><s:oddHeader>&amp;LTop</s:oddHeader></s:headerFooter>"
    path = tmp_path / "a.xlsx"
    path.write_bytes(small(rows, cells=footer))
    longest = 0
    with zipfile.ZipFile(path) as archive, archive.open("tab.bin") as stream:
        for element in iterate_xml(stream, "headerFooter", "row"):
            longest = max(longest, len(element.getparent()))
    # The parser is one piece of the file ahead.
    assert longest < 1000
    assert text_of(path).endswith("1 | 1\n\nTop\n\n")


def test_a_text_that_many_cells_share_counts_for_each(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(tables, "MAX_CHARACTERS", 100)
    rows = "".join(f'<s:row r="{n}"><s:c t="s"><s:v>0</s:v></s:c></s:row>' for n in range(1, 27))
    path = tmp_path / "a.xlsx"
    path.write_bytes(small(rows))
    with pytest.raises(BadDocument) as refused:
        text_of(path)
    assert refused.value.reason == "text_too_long"


def test_overlapping_merged_cells_take_no_time(tmp_path: Path) -> None:
    rows = '<s:row r="1"><s:c r="A1"><s:v>7</s:v></s:c></s:row>'
    merged = '<s:mergeCell ref="A1:XFD1048576"/>' * 50_000
    path = tmp_path / "a.xlsx"
    path.write_bytes(small(rows, cells=f"<s:mergeCells>{merged}</s:mergeCells>"))
    began = process_time()
    assert "7" in text_of(path)
    assert process_time() - began < 10
