"""The OAuth consent page: which app wants access, to which account, to do what.

It also has the login page that comes first if the browser is not logged in.
"""

from urllib.parse import parse_qsl, urlencode, urlsplit

from starlette.requests import Request
from starlette.responses import RedirectResponse, Response

from basicchat.api import access
from basicchat.api.errors import to_wire
from basicchat.domain.errors import BasicChatError, InvalidInput, Unauthenticated
from basicchat.domain.oauth import ConsentRequest, Refusal
from basicchat.domain.values import Actor, User
from basicchat.transports import consent_page as html
from basicchat.transports.login import (
    NO_STORE,
    code_attempt,
    log_in,
)
from basicchat.transports.login_cookies import remember_device, set_login_cookie
from basicchat.transports.oauth import FORM
from basicchat.transports.requests import (
    STATUS,
    UNAUTHENTICATED_BODY_BYTES,
    body_of,
    credentials_of,
    origin_of,
)
from basicchat.transports.server_context import ServerContext

AUTHORIZE, LOGIN = "/oauth/authorize", "/oauth/login"
MAX_QUERY_LENGTH = 4096
# Marks a request to which the page itself has redirected the browser once.
RETRY_MARK = "&again=1"
QUERY_TOO_LONG = f"The app's request is longer than {MAX_QUERY_LENGTH} characters"


class ConsentPages:
    """The handlers of the pages."""

    def __init__(self, context: ServerContext) -> None:
        self._services = context.router.services

    async def ask(self, request: Request) -> Response:
        """Show the consent page, or the login page if the browser is not logged in."""
        query = request.url.query
        if len(query) > MAX_QUERY_LENGTH:
            return _refused(QUERY_TOO_LONG, 400)
        retried = query.endswith(RETRY_MARK)
        query = query.removesuffix(RETRY_MARK)
        try:
            actor = await self._actor(request)
        except Unauthenticated:
            # Browsers withhold the SameSite cookie when another site's page has led here. After a
            # redirect from this origin they send it.
            same_site = request.headers.get("sec-fetch-site") in ("same-origin", "none")
            if not retried and not same_site:
                return html.auto_redirect("One moment", f"{AUTHORIZE}?{query}{RETRY_MARK}")
            return self._login(query)
        except BasicChatError as error:
            return _refused(error.message, 403)
        if dict(parse_qsl(query)).get("prompt") == "login":
            return self._login(query)
        try:
            # Each request may make the server fetch the app's metadata, so requests are limited.
            self._charge(actor)
        except BasicChatError as error:
            return _refused(error.message, 429, error.hint)
        asked = await self._services.oauth.consent.ask(query, origin_of(request), actor.user)
        return _refusal(asked) if isinstance(asked, Refusal) else self._page(asked, actor)

    async def _actor(self, request: Request) -> Actor:
        """The user who is logged in with this browser.

        Raises:
            Unauthenticated: nobody is logged in.
            Forbidden: the user is suspended, or the cookie is an API key, which cannot consent.
        """
        token, by_cookie = credentials_of(self._services, request)
        actor = await self._services.authenticator.authenticate(token if by_cookie else None)
        access.on_own_account(actor, "secure")
        return actor

    def _charge(self, actor: Actor) -> None:
        self._services.request_limits.message(
            self._services.request_limits.budget(actor.session_id)
        )

    def _page(self, asked: ConsentRequest, actor: Actor) -> Response:
        client, user = asked.client, actor.user
        details = {"App": client.name, "Returns to": asked.host}
        if asked.before:
            more = not set(asked.scopes) <= set(asked.before)
            details["Allowed before"] = "Yes, with fewer rights" if more else "Yes"
        if not client.registered:
            details["Identified by"] = urlsplit(client.client_id).netloc
        warning = (
            "BasicChat has not verified this app. Allow it only if you started this connection."
        )
        if asked.on_this_device:
            warning += (
                " It is a program on your own device, and any program there could use this name."
            )
        may_delete = (
            [html.checkbox("Let it delete documents without asking me each time", "delete")]
            if "write" in asked.scopes
            else []
        )
        switch = urlencode([*_without_prompt(asked.query), ("prompt", "login")])
        return html.page(
            f"Connect {client.name}?",
            [
                html.paragraph(f"{client.name} wants to use BasicChat as {user.name}. It could:"),
                html.points(asked.words),
                html.facts(details | {"Account": f"{user.name} ({user.role})"}),
                html.paragraph(warning, "warning"),
                html.form(
                    AUTHORIZE,
                    html.hidden("ticket", self._services.oauth.consent.ticket(asked, actor)),
                    *may_delete,
                    html.button("Allow", "decision", "allow", "primary"),
                    html.button("Refuse", "decision", "deny"),
                ),
                html.link("Use another account", f"{AUTHORIZE}?{switch}"),
            ],
        )

    async def decide(self, request: Request) -> Response:
        """Record the decision, and send the browser back to the app."""
        fields: dict[str, str] = {}
        try:
            fields = await _form(request)
            actor = await self._actor(request)
            self._charge(actor)
            allow = {"allow": True, "deny": False}.get(fields.get("decision", ""))
            if allow is None:
                raise InvalidInput(
                    "The form has no decision", field="decision", hint="Choose Allow or Refuse."
                )
            return_url, name = await self._services.oauth.consent.decide(
                fields.get("ticket", ""),
                actor,
                origin_of(request),
                allow=allow,
                may_delete=fields.get("delete") == "on",
            )
        except BasicChatError as error:
            # The user logged out, switched accounts or took too long; the app may still wait.
            query = self._services.oauth.consent.ticket_query(fields.get("ticket", ""))
            retry = f"{AUTHORIZE}?{query}" if query is not None else None
            return _refused(error.message, 403, error.hint, retry)
        title = f"{name} is connected." if allow else f"{name} was refused."
        back = html.link(f"Back to {name}", return_url)
        done = html.paragraph("You can close this page.")
        return html.auto_redirect(title, return_url, done, back)

    def _login(
        self, query: str, problem: str | None = None, status: int = 200, name: str = ""
    ) -> Response:
        action = f"{LOGIN}?{urlencode(_without_prompt(query))}"
        body = [html.paragraph("An app wants to use BasicChat as you. Log in to see which one.")]
        if problem is not None:
            body.append(html.paragraph(problem, "problem"))
        body.append(
            html.form(
                action,
                html.field("Name", "name", "text", "username", name, first=not name),
                html.field(
                    "Password", "password", "password", "current-password", first=bool(name)
                ),
                html.button("Log in", "by", "password", "primary"),
            )
        )
        if self._services.sso is not None:
            sso = urlencode({"then": urlencode(_without_prompt(query))})
            provider = self._services.sso.provider.name
            body.append(html.link(f"Log in with {provider}", f"/api/oidc/login?{sso}"))
        body.append(
            html.form(
                action,
                html.field("Or a link printed by basicchat login", "link", "text", "off"),
                html.button("Use the link", "by", "link"),
            )
        )
        return html.page("Log in", body, status=status)

    async def login(self, request: Request) -> Response:
        """Log in by name and password, or by a printed link, and continue to the consent page."""
        query = request.url.query
        if len(query) > MAX_QUERY_LENGTH:
            return _refused(QUERY_TOO_LONG, 400)
        fields: dict[str, str] = {}
        try:
            fields = await _form(request)
            user = await self._authenticate(request, fields)
        except BasicChatError as error:
            status = STATUS.get(to_wire(error).data.kind, 400)
            return self._login(query, error.message, status, fields.get("name", ""))
        response = RedirectResponse(f"{AUTHORIZE}?{query}", 303, NO_STORE)
        token = self._services.authenticator.log_in(user)
        set_login_cookie(self._services, request, response, token)
        remember_device(self._services, request, response, user)
        return response

    async def _authenticate(self, request: Request, fields: dict[str, str]) -> User:
        if fields.get("by") == "link":
            code = dict(parse_qsl(urlsplit(fields.get("link", "").strip()).query)).get("code", "")
            async with code_attempt(self._services, request):
                return await self._services.authenticator.redeem(code)
        name, password = fields.get("name", ""), fields.get("password", "")
        return await log_in(self._services, request, name, password)


def _without_prompt(query: str) -> list[tuple[str, str]]:
    pairs = parse_qsl(query, keep_blank_values=True)
    return [(name, value) for name, value in pairs if (name, value) != ("prompt", "login")]


async def _form(request: Request) -> dict[str, str]:
    media_type = request.headers.get("content-type", "").partition(";")[0].strip().lower()
    if media_type != FORM:
        raise InvalidInput(
            "This form was not submitted by this page",
            hint="Open the page again and use its buttons.",
        )
    body = await body_of(request, UNAUTHENTICATED_BODY_BYTES)
    return dict(parse_qsl(body.decode("utf-8", "replace"), keep_blank_values=True))


def _refusal(refusal: Refusal) -> Response:
    """The page that says why an app cannot be connected.

    It never redirects by itself: anybody can register an app, so its redirect URI must not be
    opened without the user's choice (RFC 9700, 4.11.2).
    """
    body = [html.paragraph(refusal.message, "problem")]
    if refusal.back is None:
        body.append(html.paragraph(refusal.hint))
    else:
        body.append(html.link(f"Return to the app at {refusal.host}", refusal.back))
    body.append(html.paragraph(f"Error code for the app's developer: {refusal.error}.", "muted"))
    return html.page("This app cannot be connected", body, status=400)


def _refused(
    message: str, status: int, hint: str | None = None, retry: str | None = None
) -> Response:
    body = [html.paragraph(message, "problem"), *([html.paragraph(hint)] if hint else [])]
    if retry is not None:
        body.append(html.link("Show the request again", retry))
    return html.page("This did not work", body, status=status)
