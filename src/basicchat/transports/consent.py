"""The consent page: who is it that wants access, to which account, to do what? And the login
before it, if nobody is logged in."""

from urllib.parse import parse_qsl, urlencode, urlsplit

from starlette.requests import Request
from starlette.responses import RedirectResponse, Response

from basicchat.api import access
from basicchat.api.errors import to_wire
from basicchat.domain.errors import BasicChatError, InvalidInput, Unauthenticated
from basicchat.domain.oauth import Asked, Refusal
from basicchat.domain.values import Actor, User
from basicchat.transports import consent_page as html
from basicchat.transports.login import FRESH, address_of, set_cookie
from basicchat.transports.oauth import FORM
from basicchat.transports.requests import STATUS, UNKNOWN_BODY, body_of, origin_of
from basicchat.transports.security import credentials
from basicchat.transports.server_context import ServerContext

AUTHORIZE, LOGIN = "/oauth/authorize", "/oauth/login"
LONGEST_QUERY = 4096
# Says that the page has sent the browser here once more by itself.
AGAIN = "&again=1"


class ConsentPages:
    """The handlers of the pages."""

    def __init__(self, context: ServerContext) -> None:
        self._services = context.router.services

    async def ask(self, request: Request) -> Response:
        """Ask, after having somebody log in if need be."""
        query = request.url.query
        if len(query) > LONGEST_QUERY:
            return _refused("The app asks for too much at once", 400)
        again = query.endswith(AGAIN)
        query = query.removesuffix(AGAIN)
        try:
            actor = await self._actor(request)
        except Unauthenticated:
            # The cookie stays away where another site's page has sent the browser from. Sent
            # once more from here, it comes.
            from_here = request.headers.get("sec-fetch-site") in ("same-origin", "none")
            if not again and not from_here:
                return html.onward("One moment", f"{AUTHORIZE}?{query}{AGAIN}")
            return self._login(query)
        except BasicChatError as error:
            return _refused(error.message, 403)
        if dict(parse_qsl(query)).get("prompt") == "login":
            return self._login(query)
        try:
            # Who asks again and again would have the server fetch documents again and again.
            self._charge(actor)
        except BasicChatError as error:
            return _refused(error.message, 429, error.hint)
        asked = await self._services.oauth.consent.ask(query, origin_of(request), actor.user)
        return _refusal(asked) if isinstance(asked, Refusal) else self._page(asked, actor)

    async def _actor(self, request: Request) -> Actor:
        """Who is logged in with this browser.

        Raises:
            Unauthenticated: nobody.
            Forbidden: they are suspended, or the cookie is a key, which can allow nothing.
        """
        token, by_cookie = credentials(request.headers)
        actor = await self._services.authenticator.authenticate(token if by_cookie else None)
        access.on_own_account(actor, "secure")
        return actor

    def _charge(self, actor: Actor) -> None:
        self._services.limiter.message(self._services.limiter.rate(actor.session_id))

    def _page(self, asked: Asked, actor: Actor) -> Response:
        client, user = asked.client, actor.user
        told = {"App": client.name, "Goes back to": asked.host}
        if asked.before:
            more = not set(asked.scopes) <= set(asked.before)
            told["Allowed before"] = "Yes, with fewer rights" if more else "Yes"
        if not client.registered:
            told["Known by"] = urlsplit(client.client_id).netloc
        warning = "BasicChat does not know this app. Allow it only if you have just begun this."
        if asked.on_this_device:
            warning += (
                " It is a program on your own device, and any program there could claim this name."
            )
        switch = urlencode([*_without_prompt(asked.query), ("prompt", "login")])
        return html.page(
            f"Connect {client.name}?",
            [
                html.paragraph(f"{client.name} wants to use BasicChat as {user.name}. It could:"),
                html.points(asked.words),
                html.facts(told | {"Account": f"{user.name} ({user.role})"}),
                html.paragraph(warning, "warning"),
                html.form(
                    AUTHORIZE,
                    html.hidden("ticket", self._services.oauth.consent.ticket(asked, actor)),
                    html.button("Allow", "decision", "allow", "primary"),
                    html.button("Refuse", "decision", "deny"),
                ),
                html.link("Use another account", f"{AUTHORIZE}?{switch}"),
            ],
        )

    async def decide(self, request: Request) -> Response:
        """Take the answer down, and send the browser back to the app."""
        told: dict[str, str] = {}
        try:
            told = await _form(request)
            actor = await self._actor(request)
            self._charge(actor)
            allow = {"allow": True, "deny": False}.get(told.get("decision", ""))
            if allow is None:
                raise InvalidInput("Neither allowed nor refused")
            place, name = await self._services.oauth.consent.decide(
                told.get("ticket", ""), actor, origin_of(request), allow=allow
            )
        except BasicChatError as error:
            # Logged out meanwhile, as somebody else, or gone for lunch: the app may still wait.
            query = self._services.oauth.consent.asked_before(told.get("ticket", ""))
            again = f"{AUTHORIZE}?{query}" if query is not None else None
            return _refused(error.message, 403, error.hint, again)
        said = f"{name} is connected." if allow else f"{name} was refused."
        back = html.link(f"Back to {name}", place)
        return html.onward(said, place, html.paragraph("You can close this page."), back)

    def _login(
        self, query: str, problem: str | None = None, status: int = 200, name: str = ""
    ) -> Response:
        to = f"{LOGIN}?{urlencode(_without_prompt(query))}"
        body = [html.paragraph("An app wants to use BasicChat as you. Log in to see which.")]
        if problem is not None:
            body.append(html.paragraph(problem, "problem"))
        body.append(
            html.form(
                to,
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
                to,
                html.field("Or a link that basicchat login prints", "link", "text", "off"),
                html.button("Use the link", "by", "link"),
            )
        )
        return html.page("Log in", body, status=status)

    async def login(self, request: Request) -> Response:
        """Log in by name and password, or by a printed link, and go on to the question."""
        query = request.url.query
        if len(query) > LONGEST_QUERY:
            return _refused("The app asks for too much at once", 400)
        told: dict[str, str] = {}
        try:
            told = await _form(request)
            user = await self._logged_in(request, told)
        except BasicChatError as error:
            status = STATUS.get(to_wire(error).data.kind, 400)
            return self._login(query, error.message, status, told.get("name", ""))
        response = RedirectResponse(f"{AUTHORIZE}?{query}", 303, FRESH)
        set_cookie(self._services, request, response, self._services.authenticator.log_in(user))
        return response

    async def _logged_in(self, request: Request, told: dict[str, str]) -> User:
        limiter, address = self._services.limiter, address_of(request)
        if told.get("by") == "link":
            code = dict(parse_qsl(urlsplit(told.get("link", "").strip()).query)).get("code", "")
            limiter.login(f"code {address}", address)
            user = await self._services.authenticator.redeem(code)
            limiter.logged_in(f"code {address}", address)
            return user
        name = told.get("name", "")
        limiter.login(name, address)
        user = await self._services.users.log_in(name, told.get("password", ""))
        limiter.logged_in(name, address)
        return user


def _without_prompt(query: str) -> list[tuple[str, str]]:
    pairs = parse_qsl(query, keep_blank_values=True)
    return [(name, value) for name, value in pairs if (name, value) != ("prompt", "login")]


async def _form(request: Request) -> dict[str, str]:
    kind = request.headers.get("content-type", "").partition(";")[0].strip().lower()
    if kind != FORM:
        raise InvalidInput("This is no form of the page")
    body = await body_of(request, UNKNOWN_BODY)
    return dict(parse_qsl(body.decode("utf-8", "replace"), keep_blank_values=True))


def _refusal(refusal: Refusal) -> Response:
    """Why nothing is asked. The browser is never sent on by itself: where an app that anybody can
    register wants it is not a place to be led to unasked (RFC 9700, 4.11.2)."""
    body = [html.paragraph(refusal.message, "problem")]
    if refusal.back is None:
        body.append(html.paragraph(refusal.hint))
    else:
        body.append(html.link(f"Tell the app, at {refusal.host}", refusal.back))
    body.append(html.paragraph(f"To whoever makes the app, this is {refusal.error}.", "muted"))
    return html.page("This app cannot be connected", body, status=400)


def _refused(
    message: str, status: int, hint: str | None = None, again: str | None = None
) -> Response:
    body = [html.paragraph(message, "problem"), *([html.paragraph(hint)] if hint else [])]
    if again is not None:
        body.append(html.link("Show the question once more", again))
    return html.page("This did not work", body, status=status)
