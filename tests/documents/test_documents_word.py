"""Text that Word documents keep in other places than plain paragraphs."""

from pathlib import Path

import pytest

from basicchat.documents import reading
from support.ooxml_files import office_file

FORMATS = reading.find_formats()


def text_of(path: Path) -> str:
    chosen = reading.choose_format(FORMATS, path, path.name, "")
    return "".join(page.text for page in reading.read_pages(chosen, path, 1_000_000))


def run(text: str) -> str:
    return f"<w:r><w:t>{text}</w:t></w:r>"


def par(*inner: str) -> str:
    return f"<w:p>{''.join(inner)}</w:p>"


def cell(*blocks: str, more: str = "") -> str:
    return f"<w:tc><w:tcPr>{more}</w:tcPr>{''.join(blocks)}</w:tc>"


def row(*cells: str) -> str:
    return f"<w:tr>{''.join(cells)}</w:tr>"


def table(*rows: str) -> str:
    return f"<w:tbl>{''.join(rows)}</w:tbl>"


def styled(style: str, text: str) -> str:
    return par(f'<w:pPr><w:pStyle w:val="{style}"/></w:pPr>', run(text))


BOX = f"<w:txbxContent>{par(run('Never feed honey.'))}</w:txbxContent>"
FIELD = (
    '<w:r><w:fldChar w:fldCharType="begin"/></w:r><w:r><w:instrText>DATE</w:instrText></w:r>'
    '<w:r><w:fldChar w:fldCharType="separate"/></w:r>{}<w:r><w:fldChar w:fldCharType="end"/></w:r>'
)
ROOT_OF_X = "<m:rad><m:deg/><m:e><m:r><m:t>x+1</m:t></m:r></m:e></m:rad>"
SQUARE = "<m:sSup><m:e><m:r><m:t>c</m:t></m:r></m:e><m:sup><m:r><m:t>2</m:t></m:r></m:sup></m:sSup>"
HALF = "<m:f><m:num><m:r><m:t>a+b</m:t></m:r></m:num><m:den><m:r><m:t>2</m:t></m:r></m:den></m:f>"

BODIES: list[tuple[str, str, str]] = [
    (
        "tracked changes",
        par(
            run("Notice: "),
            f"<w:del><w:r><w:delText>three</w:delText></w:r></w:del><w:ins>{run('six')}</w:ins>",
            run(" months."),
        )
        + par(f"<w:moveFrom>{run('Old place.')}</w:moveFrom>")
        + par(f"<w:moveTo>{run('New place.')}</w:moveTo>"),
        "Notice: six months.\n\nNew place.",
    ),
    (
        "deleted paragraph mark",
        par("<w:pPr><w:rPr><w:del/></w:rPr></w:pPr>", run("One ")) + par(run("sentence.")),
        "One sentence.",
    ),
    (
        "deleted row",
        table(
            row(cell(par(run("a"))), cell(par(run("b")))),
            "<w:tr><w:trPr><w:del/></w:trPr>" + cell(par(run("gone"))) + "</w:tr>",
        ),
        "a | b",
    ),
    (
        "box, once of two alternatives",
        par(
            "<w:r><mc:AlternateContent><mc:Choice Requires='wps'><w:drawing>"
            f"<x:txbx>{BOX}</x:txbx></w:drawing></mc:Choice><mc:Fallback><w:pict><v:textbox>{BOX}"
            "</v:textbox></w:pict></mc:Fallback></mc:AlternateContent></w:r>",
            run("Around."),
        ),
        "Around.\n\nNever feed honey.",
    ),
    (
        "alternative whose first choice is empty",
        par(
            "<w:r><mc:AlternateContent><mc:Choice Requires='new'><x:y/></mc:Choice><mc:Fallback>"
            "<w:t>old</w:t></mc:Fallback></mc:AlternateContent></w:r>"
        ),
        "old",
    ),
    (
        "content controls around blocks, text and cells",
        f"<w:sdt><w:sdtContent>{par(run('A block.'))}</w:sdtContent></w:sdt>"
        + par(run("For "), f"<w:sdt><w:sdtContent>{run('Ann')}</w:sdtContent></w:sdt>")
        + table(
            "<w:sdt><w:sdtContent>"
            + row(
                cell(par(run("x"))),
                f"<w:sdt><w:sdtContent>{cell(par(run('y')))}</w:sdtContent></w:sdt>",
            )
            + "</w:sdtContent></w:sdt>"
        ),
        "A block.\n\nFor Ann\n\nx | y",
    ),
    (
        "smart tags, links, simple and complex fields",
        par(
            f"<w:smartTag>{run('Ulm')}</w:smartTag>",
            run(" on "),
            FIELD.format(run("4 May")),
            f"<w:hyperlink>{run(' here')}</w:hyperlink><w:fldSimple>{run(' p. 3')}</w:fldSimple>",
        ),
        "Ulm on 4 May here p. 3",
    ),
    (
        "form fields",
        par(
            '<w:r><w:fldChar w:fldCharType="begin"><w:ffData><w:ddList><w:result w:val="1"/>'
            '<w:listEntry w:val="Mon"/><w:listEntry w:val="Tue"/></w:ddList></w:ffData></w:fldChar>'
            "</w:r>",
            run(" "),
            '<w:r><w:fldChar><w:ffData><w:checkBox><w:default w:val="0"/>'
            "<w:checked/></w:checkBox></w:ffData></w:fldChar></w:r>",
        ),
        "Tue ☒",
    ),
    (
        "equations",
        par(run("E="), f"<m:oMath><m:r><m:t>m</m:t></m:r>{SQUARE}</m:oMath>")
        + par(f"<m:oMathPara><m:oMath>{HALF}</m:oMath></m:oMathPara>")
        + par(f"<m:oMath>{ROOT_OF_X}</m:oMath>"),
        "E=mc^2\n\n(a+b)/2\n\n√(x+1)",
    ),
    (
        "nested table",
        table(
            row(
                cell(par(run("Outer"))),
                cell(par(run("See")), table(row(cell(par(run("Dose"))), cell(par(run("5 mg")))))),
            )
        ),
        "Outer | See Dose | 5 mg",
    ),
    (
        "merged cells",
        table(
            row(
                cell(par(run("Name"))), cell(par(run("Year 2024")), more='<w:gridSpan w:val="2"/>')
            ),
            row(
                cell(par(run("Ann")), more='<w:vMerge w:val="restart"/>'),
                cell(par(run("1"))),
                cell(par(run("2"))),
            ),
            row(cell(par(), more="<w:vMerge/>"), cell(par(run("3"))), cell(par(run("4")))),
        ),
        "Name | Year 2024\nName: Ann | Year 2024: 1 | Year 2024: 2\n"
        "Name: Ann | Year 2024: 3 | Year 2024: 4",
    ),
    (
        "a table that only arranges paragraphs",
        table(
            row(cell(par(run("First paragraph.")), par(run("Second.")))), row(cell(par(run("3"))))
        ),
        "First paragraph.\n\nSecond.\n\n3",
    ),
    (
        "a very long cell",
        table(row(cell(par(run("left"))), cell(par(run("word " * 3000)), par(run("the end"))))),
        "left\n\n" + ("word " * 3000).strip() + "\n\nthe end",
    ),
    (
        "characters of symbol fonts",
        par(
            '<w:r><w:sym w:font="Symbol" w:char="F061"/><w:noBreakHyphen/><w:t>b</w:t><w:tab/>'
            '<w:sym w:font="Wingdings" w:char="F0FC"/></w:r>'
        ),
        "α-b\t✓",
    ),
    (
        "ruby",
        par(
            "<w:r><w:ruby><w:rt>",
            run("かんじ"),
            "</w:rt><w:rubyBase>",
            run("漢字"),
            "</w:rubyBase></w:ruby></w:r>",
            run("を読む"),
        ),
        "漢字を読む\n\n漢字: かんじ",
    ),
    (
        "descriptions of pictures, and decorative text",
        par(
            "<w:r><w:drawing><wp:inline><wp:docPr id='1' name='Picture 1' descr='Hive'/>"
            "</wp:inline></w:drawing><w:pict><v:shape><v:textpath string='X'/></v:shape></w:pict>"
            "</w:r>"
        ),
        "Image: Hive\n\nX",
    ),
]


@pytest.mark.parametrize(("name", "body", "wanted"), BODIES, ids=[row[0] for row in BODIES])
def test_text_of_a_body(tmp_path: Path, name: str, body: str, wanted: str) -> None:
    for strict in (False, True):
        path = tmp_path / "a.docx"
        inner = f"<w:body>{body}</w:body>"
        path.write_bytes(office_file("word/document.xml", "w:document", inner, strict=strict))
        assert text_of(path) == wanted


CHART = (
    "<c:chartSpace><c:chart><c:title><a:p><a:r><a:t>Yield</a:t></a:r></a:p></c:title><c:plotArea>"
    "<c:ser><c:tx><c:v>kg</c:v></c:tx><c:cat><c:strCache><c:pt idx='0'><c:v>Ulm</c:v></c:pt>"
    "</c:strCache></c:cat><c:val><c:numCache><c:pt idx='0'><c:v>120</c:v></c:pt>"
    "</c:numCache></c:val></c:ser></c:plotArea></c:chart></c:chartSpace>"
)
DIAGRAM = (
    "<dgm:dataModel><dgm:ptLst><dgm:pt><dgm:t><a:p><a:r><a:t>Plan</a:t></a:r></a:p></dgm:t>"
    "</dgm:pt>"
    "</dgm:ptLst></dgm:dataModel>"
)


def test_text_of_other_parts(tmp_path: Path) -> None:
    """Parts are found by their relationships, so their names do not matter."""
    body = (
        par(
            run("Fed in autumn."),
            '<w:r><w:footnoteReference w:id="2"/></w:r>',
            '<w:r><w:commentReference w:id="7"/></w:r>',
        )
        + par('<w:r><w:drawing><c:chart r:id="r6"/><dgm:relIds r:dm="r7"/></w:drawing></w:r>')
        + styled("berschrift1", "Ein Titel")
        + styled("Liste", "ein Punkt")
        + '<w:sectPr><w:headerReference r:id="r1"/><w:footerReference r:id="r2"/></w:sectPr>'
    )
    parts = {
        "stuff/top.bin": ("header", f"<w:hdr>{par(run('Sonnenfeld GmbH'))}</w:hdr>"),
        "stuff/bottom.xml": ("footer", f"<w:ftr>{par(run('RE-2024'))}</w:ftr>"),
        "notes.xml": (
            "footnotes",
            f"<w:footnotes><w:footnote w:id='2'>{par(run('Or later.'))}</w:footnote>"
            f"<w:footnote w:id='3'>{par(run('Not referenced.'))}</w:footnote></w:footnotes>",
        ),
        "c.xml": (
            "comments",
            f"<w:comments><w:comment w:id='7' w:author='Bob'>{par(run('Check it.'))}</w:comment>"
            "</w:comments>",
        ),
        "styles.xml": (
            "styles",
            "<w:styles><w:style w:styleId='berschrift1'><w:name w:val='heading 1'/></w:style>"
            "<w:style w:styleId='Liste'><w:name w:val='List Bullet'/></w:style></w:styles>",
        ),
        "chart.xml": ("chart", CHART),
        "diagram.xml": ("diagramData", DIAGRAM),
    }
    path = tmp_path / "a.docx"
    path.write_bytes(office_file("main.xml", "w:document", f"<w:body>{body}</w:body>", parts))
    assert text_of(path).split("\n\n") == [
        "Sonnenfeld GmbH",
        "Fed in autumn.",
        "Footnote: Or later.",
        "Comment (Bob): Check it.",
        "Yield\nUlm | kg: 120",
        "Plan",
        "# Ein Titel",
        "- ein Punkt",
        "Footnote: Not referenced.",
        "RE-2024",
    ]


def test_a_document_without_properties_has_no_title(tmp_path: Path) -> None:
    path = tmp_path / "a.docx"
    body = f"<w:body>{par(run('x'))}</w:body>"
    path.write_bytes(office_file("word/document.xml", "w:document", body))
    chosen = reading.choose_format(FORMATS, path, path.name, "")
    assert chosen.title is not None
    assert chosen.title(path) is None
