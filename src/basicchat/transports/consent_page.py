"""The pages that ask a user about an app: plain HTML, which works without scripts."""

from collections.abc import Iterable, Mapping
from html import escape

from starlette.responses import Response

from basicchat.transports.security import HEADERS

# The page needs its own origin in the form's header, which no referrer at all would hide; and it
# may be in a window that an app's site has opened and waits for.
PAGE_HEADERS = {
    "cache-control": "no-store",
    "content-security-policy": HEADERS["content-security-policy"],
    "x-frame-options": "DENY",
    "referrer-policy": "same-origin",
    "cross-origin-opener-policy": "unsafe-none",
}
_FRAME = """<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta name="color-scheme" content="light dark">
<meta name="theme-color" content="#f7f7f5">
<meta name="robots" content="noindex">
{head}<title>{title} · BasicChat</title>
<link rel="icon" href="/favicon.svg" type="image/svg+xml">
<script src="/theme.js"></script>
<script src="/consent.js" defer></script>
<link rel="stylesheet" href="/consent.css">
</head>
<body>
<main class="consent">
<h1>{title}</h1>
{body}
</main>
</body>
</html>
"""


def page(title: str, body: Iterable[str], *, status: int = 200, head: str = "") -> Response:
    """A page; its title is text, the rest HTML."""
    html = _FRAME.format(title=escape(title), body="\n".join(body), head=head)
    return Response(html, status, PAGE_HEADERS, "text/html")


def paragraph(text: str, kind: str = "") -> str:
    """A paragraph of text; a problem is read out at once."""
    if not kind:
        return f"<p>{escape(text)}</p>"
    role = ' role="alert"' if kind == "problem" else ""
    return f'<p class="{kind}"{role}>{escape(text)}</p>'


def facts(told: Mapping[str, str]) -> str:
    """A list of names and what they are."""
    rows = (f"<dt>{escape(name)}</dt><dd>{escape(value)}</dd>" for name, value in told.items())
    return f"<dl>{''.join(rows)}</dl>"


def points(texts: Iterable[str]) -> str:
    """A list of texts."""
    return f"<ul>{''.join(f'<li>{escape(text)}</li>' for text in texts)}</ul>"


def link(text: str, to: str) -> str:
    """A link, as a paragraph of its own."""
    return f'<p><a href="{escape(to)}">{escape(text)}</a></p>'


def form(to: str, *inner: str) -> str:
    """A form that is sent to a path here."""
    return f'<form method="post" action="{escape(to)}">{"".join(inner)}</form>'


def hidden(name: str, value: str) -> str:
    """A field that nobody sees."""
    return f'<input type="hidden" name="{escape(name)}" value="{escape(value)}">'


def field(
    label: str, name: str, kind: str, autocomplete: str, value: str = "", *, first: bool = False
) -> str:
    """A field with its label; one is the first to be typed into."""
    more = f' value="{escape(value)}"' if value else ""
    more += " autofocus" if first else ""
    return (
        f'<label>{escape(label)}<input name="{escape(name)}" type="{kind}" '
        f'autocomplete="{autocomplete}"{more} required></label>'
    )


def button(text: str, name: str, value: str, kind: str = "") -> str:
    """A button that sends its form."""
    return (
        f'<button class="{kind}" type="submit" name="{escape(name)}" value="{escape(value)}">'
        f"{escape(text)}</button>"
    )


def onward(title: str, to: str, *body: str, status: int = 200) -> Response:
    """A page that goes on at once by itself.

    Not a redirect: the policy for forms (`form-action`) holds for wherever the answer to one
    leads, and where an app's address leads on to is not for us to know.
    """
    refresh = f'<meta http-equiv="refresh" content="0; url={escape(to)}">\n'
    return page(title, body, status=status, head=refresh)
