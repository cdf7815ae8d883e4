"""Texts in the encodings of their languages, with and without a label."""

from pathlib import Path

import pytest

from basicchat.documents import reading

FORMATS = reading.find_formats()


def text_of(path: Path) -> str:
    chosen = reading.choose_format(FORMATS, path, path.name, "")
    return "".join(page.text for page in reading.read_pages(chosen, path, 1_000_000))


RUSSIAN = "Пчёл кормят осенью, когда мёд уже собран. Матка живёт до четырёх лет."
CHINESE = "蜜蜂在秋天喂养。蜂王可以活四年，工蜂只能活几个星期。\n养蜂人每年检查蜂箱。"
TAIWAN = "蜜蜂在秋天餵養。蜂王可以活四年，工蜂只能活幾個星期。養蜂人每年檢查蜂箱。"
JAPANESE = "蜜蜂は秋に給餌されます。女王蜂は四年生きます。\n働き蜂は数週間しか生きません。"
KOREAN = "꿀벌은 가을에 먹이를 줍니다. 여왕벌은 사 년을 삽니다. 일벌은 몇 주만 삽니다."
GREEK = "Οι μέλισσες τρέφονται το φθινόπωρο. Η βασίλισσα ζει τέσσερα χρόνια."
ARABIC = "يتم تغذية النحل في الخريف. تعيش الملكة أربع سنوات، وتعيش العاملات أسابيع قليلة."
HEBREW = "הדבורים מקבלות מזון בסתיו. המלכה חיה ארבע שנים, והפועלות חיות שבועות אחדים."
POLISH = "Pszczoły karmi się jesienią, gdy miód jest już zebrany. Królowa żyje cztery łata."
TEXTS = [
    ("cp1251", RUSSIAN),
    ("koi8-r", RUSSIAN),
    ("gbk", CHINESE),
    ("gb18030", CHINESE),
    ("big5", TAIWAN),
    ("shift-jis", JAPANESE),
    ("euc-jp", JAPANESE),
    ("iso-2022-jp", JAPANESE),
    ("euc-kr", KOREAN),
    ("cp1253", GREEK),
    ("cp1256", ARABIC),
    ("cp1255", HEBREW),
    ("cp1250", POLISH),
    ("utf-16-le", CHINESE),
    ("utf-16-be", JAPANESE),
    ("utf-16-le", RUSSIAN),
    ("utf-16-be", KOREAN),
]


@pytest.mark.parametrize(("encoding", "text"), TEXTS)
def test_an_encoding_is_detected(tmp_path: Path, encoding: str, text: str) -> None:
    path = tmp_path / "a.txt"
    path.write_bytes(text.encode(encoding))
    assert text_of(path) == text


def test_one_broken_character_does_not_spoil_a_file(tmp_path: Path) -> None:
    path = tmp_path / "a.txt"
    path.write_bytes(f"{RUSSIAN}\n".encode() + b"\xff" + GREEK.encode())
    assert text_of(path) == f"{RUSSIAN}\n\ufffd{GREEK}"


def test_an_ascii_beginning_does_not_hide_the_encoding(tmp_path: Path) -> None:
    path = tmp_path / "a.txt"
    path.write_bytes(b"plain words\n" * 20_000 + RUSSIAN.encode("cp1251"))
    assert text_of(path).endswith(RUSSIAN)


LABELS = [
    ("x-sjis", "shift-jis", JAPANESE),
    ("ms_kanji", "shift-jis", JAPANESE),
    ("x-gbk", "gbk", CHINESE),
    ("ks_c_5601-1987", "euc-kr", KOREAN),
    ("latin1", "cp1252", "“café” – 5 €"),
    ("x-mac-cyrillic", "mac-cyrillic", RUSSIAN),
    ("iso-8859-1", "utf-8", RUSSIAN),
]


@pytest.mark.parametrize(("label", "encoding", "text"), LABELS)
def test_labels_mean_what_browsers_mean(
    tmp_path: Path, label: str, encoding: str, text: str
) -> None:
    path = tmp_path / "a.html"
    path.write_bytes(f"<meta charset={label}><p>".encode() + text.encode(encoding))
    assert text_of(path) == text.replace("\n", " ")


PAGES = [
    ("form", "<form><p>Thirty days of leave.</p></form>", "Thirty days of leave."),
    (
        "aside",
        "<p>a</p><aside>Note well</aside><footer>Imprint</footer>",
        "a\n\nNote well\n\nImprint",
    ),
    ("image", "<p>See<img alt='a hive'>here", "See a hive here"),
    (
        "fields",
        "<input value='Ann'><input type=hidden value=x><textarea>B</textarea>",
        "Ann\n\nB",
    ),
    ("drawing", "<svg><style>x</style><text>120 kg</text></svg>", "120 kg"),
    ("without scripts", "<noscript><p>Call us</p></noscript>", "Call us"),
]


@pytest.mark.parametrize(("name", "page", "wanted"), PAGES, ids=[row[0] for row in PAGES])
def test_text_in_all_elements_of_a_page(tmp_path: Path, name: str, page: str, wanted: str) -> None:
    path = tmp_path / "a.html"
    path.write_text(page)
    assert text_of(path) == wanted
