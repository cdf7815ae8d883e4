"""HTML building blocks of the consent pages, which work without scripts."""

from collections.abc import Iterable, Mapping
from html import escape

from starlette.responses import Response

from basicchat.transports.security import HEADERS

# `no-referrer` would hide the page's own origin from its form requests, which need it. The page may
# also run in a window that the app's site has opened and waits for, hence no opener policy.
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
    """A page; the title is plain text, the body HTML."""
    html = _FRAME.format(title=escape(title), body="\n".join(body), head=head)
    return Response(html, status, PAGE_HEADERS, "text/html")


def paragraph(text: str, kind: str = "") -> str:
    """A paragraph of text; screen readers announce one of kind `problem` at once."""
    if not kind:
        return f"<p>{escape(text)}</p>"
    role = ' role="alert"' if kind == "problem" else ""
    return f'<p class="{kind}"{role}>{escape(text)}</p>'


def facts(details: Mapping[str, str]) -> str:
    """A description list of names and values."""
    rows = (f"<dt>{escape(name)}</dt><dd>{escape(value)}</dd>" for name, value in details.items())
    return f"<dl>{''.join(rows)}</dl>"


def points(texts: Iterable[str]) -> str:
    """A bullet list."""
    return f"<ul>{''.join(f'<li>{escape(text)}</li>' for text in texts)}</ul>"


def link(text: str, url: str) -> str:
    """A link in a paragraph of its own."""
    return f'<p><a href="{escape(url)}">{escape(text)}</a></p>'


def form(action: str, *inner: str) -> str:
    """A form that posts to a path of this server."""
    return f'<form method="post" action="{escape(action)}">{"".join(inner)}</form>'


def hidden(name: str, value: str) -> str:
    """A hidden field."""
    return f'<input type="hidden" name="{escape(name)}" value="{escape(value)}">'


def field(
    label: str, name: str, kind: str, autocomplete: str, value: str = "", *, first: bool = False
) -> str:
    """A labelled input field; `first` gives it the focus."""
    attributes = f' value="{escape(value)}"' if value else ""
    attributes += " autofocus" if first else ""
    return (
        f'<label>{escape(label)}<input name="{escape(name)}" type="{kind}" '
        f'autocomplete="{autocomplete}"{attributes} required></label>'
    )


def checkbox(label: str, name: str) -> str:
    """A box that is not checked; its field is `on` if the user checks it."""
    return (
        f'<label class="check"><input name="{escape(name)}" type="checkbox">'
        f"<span>{escape(label)}</span></label>"
    )


def button(text: str, name: str, value: str, kind: str = "") -> str:
    """A submit button."""
    return (
        f'<button class="{kind}" type="submit" name="{escape(name)}" value="{escape(value)}">'
        f"{escape(text)}</button>"
    )


def auto_redirect(title: str, url: str, *body: str, status: int = 200) -> Response:
    """A page that leads on to a URL at once.

    It is not an HTTP redirect, because the `form-action` policy also applies to the redirects that
    answer a form, and the app's URL may redirect further to an unknown place.
    """
    refresh = f'<meta http-equiv="refresh" content="0; url={escape(url)}">\n'
    return page(title, body, status=status, head=refresh)
