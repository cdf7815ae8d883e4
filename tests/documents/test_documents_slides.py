"""Text that presentations keep in other places than plain text boxes."""

from pathlib import Path

from basicchat.documents import reading
from support.ooxml_files import declared, kind_of, office_file, relationships

FORMATS = reading.find_formats()


def body(text: str) -> str:
    return f"<p:txBody><a:p><a:r><a:t>{text}</a:t></a:r></a:p></p:txBody>"


def shape(text: str, place: str = "", descr: str = "") -> str:
    held = f'<p:ph type="{place}"/>' if place else ""
    return (
        f'<p:sp><p:nvSpPr><p:cNvPr descr="{descr}"/><p:nvPr>{held}</p:nvPr></p:nvSpPr>'
        f"{body(text)}</p:sp>"
    )


def slide(*shapes: str, name: str = "sld") -> str:
    return f"<p:{name}><p:cSld><p:spTree>{''.join(shapes)}</p:spTree></p:cSld></p:{name}>"


def cell(text: str, more: str = "") -> str:
    return f"<a:tc {more}>{body(text).replace('p:txBody', 'a:txBody')}</a:tc>"


def test_text_of_a_slide(tmp_path: Path) -> None:
    group = f"<p:grpSp><p:grpSp>{shape('In a group')}</p:grpSp></p:grpSp>"
    rows = f"<a:tr>{cell('Town')}{cell('kg')}</a:tr><a:tr>{cell('Ulm')}{cell('7')}</a:tr>"
    table = f"<p:graphicFrame><a:graphicData><a:tbl>{rows}</a:tbl></a:graphicData></p:graphicFrame>"
    picture = '<p:pic><p:nvPicPr><p:cNvPr descr="A hive"/></p:nvPicPr></p:pic>'
    choice = (
        f"<mc:AlternateContent><mc:Choice>{shape('Once')}</mc:Choice>"
        f"<mc:Fallback>{shape('Once')}</mc:Fallback></mc:AlternateContent>"
    )
    diagram = '<p:graphicFrame><dgm:relIds r:dm="r4"/></p:graphicFrame>'
    content = slide(
        group, table, picture, choice, diagram, shape("7", "sldNum"), shape("The title", "title")
    )
    own = [("notesSlide", "n.xml"), ("comments", "c.xml"), ("slideLayout", "l.xml"),
           ("diagramData", "d.xml")]  # fmt: skip
    more = {
        "s/_rels/one.xml.rels": relationships([(kind_of(kind), f"/{part}") for kind, part in own]),
        "n.xml": slide(shape("Say hello", "body"), shape("9", "sldNum"), name="notes"),
        "c.xml": "<p:cmLst><p:cm><p:text>Too long</p:text></p:cm></p:cmLst>",
        "l.xml": slide(shape("Click to edit", "body"), shape("Confidential"), name="sldLayout"),
        "d.xml": f"<dgm:dataModel><dgm:pt><dgm:t>{body('Step 1')}</dgm:t></dgm:pt></dgm:dataModel>",
    }
    for strict in (False, True):
        path = tmp_path / "a.pptx"
        path.write_bytes(
            office_file(
                "deck.xml",
                "p:presentation",
                '<p:sldIdLst><p:sldId id="6" r:id="r2"/><p:sldId id="7" r:id="r1"/></p:sldIdLst>',
                {"s/two.xml": ("slide", slide(shape("Last"))), "s/one.xml": ("slide", content)},
                strict=strict,
                more={name: declared(xml, strict) for name, xml in more.items()},
            )
        )
        chosen = reading.choose_format(FORMATS, path, path.name, "")
        first, last = reading.read_pages(chosen, path, 10_000)
        assert first.text.strip().split("\n\n") == [
            "The title",
            "In a group",
            "Town | kg\nTown: Ulm | kg: 7",
            "Image: A hive",
            "Once",
            "Step 1",
            "Confidential",
            "Notes: Say hello",
            "Comment: Too long",
        ]
        assert (last.number, last.text) == (2, "Last\n\n")
