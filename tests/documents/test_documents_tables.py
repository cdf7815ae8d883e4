"""Tables as text: where the names of the columns are, and how plain-text tables are divided."""

from pathlib import Path

import pytest

from basicchat.documents import reading
from basicchat.documents.tables import Spanned, table_lines

FORMATS = reading.find_formats()

TABLES: list[tuple[str, list[list[str]], list[str]]] = [
    ("a header", [["Name", "Age"], ["Ann", "41"]], ["Name | Age", "Name: Ann | Age: 41"]),
    ("no header", [["1", "2"], ["3", "4"]], ["1 | 2", "3 | 4"]),
    (
        "no header, as a name comes again",
        [["Ann", "Ulm"], ["Bob", "Ulm"], ["Cid", "Bonn"]],
        ["Ann | Ulm", "Bob | Ulm", "Cid | Bonn"],
    ),
    (
        "titles and notes above",
        [["Sales", "", ""], ["as of May", "", ""], ["Town", "kg", "Price"], ["Ulm", "7", "8"]],
        ["Sales", "as of May", "Town | kg | Price", "Town: Ulm | kg: 7 | Price: 8"],
    ),
    (
        "years as names",
        [["", "2023", "2024"], ["Ulm", "120", "130"]],
        ["2023 | 2024", "Ulm | 2023: 120 | 2024: 130"],
    ),
    (
        "several tables",
        [["Town", "kg"], ["Ulm", "7"], ["", ""], ["Name", "Age"], ["Ann", "41"]],
        ["Town | kg", "Town: Ulm | kg: 7", "", "Name | Age", "Name: Ann | Age: 41"],
    ),
    (
        "an empty row within a table",
        [["Town", "Mayor"], ["Ulm", "Ann"], [], ["Bonn", "Bob"]],
        ["Town | Mayor", "Town: Ulm | Mayor: Ann", "", "Town: Bonn | Mayor: Bob"],
    ),
    (
        "tables side by side",
        [["Town", "kg", "", "Name", "Age"], ["Ulm", "7", "", "Ann", "41"]],
        ["Town | kg", "Town: Ulm | kg: 7", "Name | Age", "Name: Ann | Age: 41"],
    ),
    (
        "names in two rows",
        [
            ["Town", "2023", Spanned("2023")],
            ["", "Honey", "Wax"],
            ["Ulm", "7", "8"],
        ],
        ["Town | 2023", "Honey | Wax", "Town: Ulm | 2023 Honey: 7 | 2023 Wax: 8"],
    ),
    (
        "names and values in pairs",
        [["Name:", "Ann"], ["Town:", "Ulm"]],
        ["Name: | Ann", "Town: | Ulm"],
    ),
    ("a long cell", [["a", "b"], ["1", "x" * 9000]], ["a | b", "a: 1 | b: " + "x" * 9000]),
]


@pytest.mark.parametrize(("name", "rows", "wanted"), TABLES, ids=[row[0] for row in TABLES])
def test_lines_of_a_table(name: str, rows: list[list[str]], wanted: list[str]) -> None:
    assert list(table_lines(rows)) == wanted


def test_rows_far_below_the_header_keep_their_names() -> None:
    rows = [["Name", "Age"], *([f"n{number}", str(number)] for number in range(5000))]
    assert list(table_lines(rows))[-1] == "Name: n4999 | Age: 4999"


ANN = "Name | Amount\nName: Ann | Amount: 41"
DIALECTS = [
    ("comma", "Name,Amount\nAnn,41\n", ANN),
    ("semicolon", "Name;Amount\nAnn;41\n", ANN),
    ("tab", "Name\tAmount\nAnn\t41\n", ANN),
    ("bar", "Name|Amount\nAnn|41\n", ANN),
    ("caret", "Name^Amount\nAnn^41\n", ANN),
    ("declared", "sep=;\r\nName;Amount\r\nAnn;41\r\n", ANN),
    ("declared as in quotes", '"sep=|"\nName|Amount\nAnn|41\n', ANN),
    ("declared tab", "sep=\t\nName\tAmount\nAnn\t41\n", ANN),
    (
        "single quotes",
        "'Name','Amount'\n'Ann','41'\n'B, en','7'\n",
        f"{ANN}\nName: B, en | Amount: 7",
    ),
    (
        "escaped quotes",
        '"Name","Amount"\n"A \\"nn\\"","41"\n',
        'Name | Amount\nName: A "nn" | Amount: 41',
    ),
    ("spaces", 'Name, Amount\n"Ann", 41\n', ANN),
    (
        "title with commas",
        "Sales, costs, rest\n\nName;Amount\nAnn;41\n",
        f"Sales, costs, rest\n\n{ANN}",
    ),
    ("decimal commas", "1,5;2,5\n3,5;4,5\n", "1,5 | 2,5\n3,5 | 4,5"),
    (
        "line breaks in a value",
        'Name,Amount\n"A\nnn",41\n',
        "Name | Amount\nName: A nn | Amount: 41",
    ),
    ("one column", "Time\n10:30\n11:45\n", "Time\n10:30\n11:45"),
    ("numbers only", "1,2\n3,4\n", "1 | 2\n3 | 4"),
]


@pytest.mark.parametrize(("name", "text", "wanted"), DIALECTS, ids=[row[0] for row in DIALECTS])
def test_dialects_of_plain_text_tables(tmp_path: Path, name: str, text: str, wanted: str) -> None:
    path = tmp_path / "a.csv"
    path.write_bytes(text.encode())
    chosen = reading.choose_format(FORMATS, path, path.name, "")
    assert "".join(page.text for page in reading.read_pages(chosen, path, 10_000)) == wanted
