import { html, useEffect, useRef, useState } from "../preact.js";
import { t, variant } from "../i18n/index.js";
import { Field, FormError, formValues, useAutofocus, useSubmit } from "./form.js";
import { Logo } from "./icons.js";
import { InvitationForm } from "./invitation.js";
import { TextWithCode } from "./text_with_code.js";

/** The message for a failed login, by the URL fragment that the server redirected to. */
function noteOf(hash) {
  const reason = hash.slice(1);
  const message = variant("login.note", reason);
  return message && { message, hint: variant("login.noteHint", reason) };
}

/** The login page, or the form to accept an invitation. */
export function Login({ state, actions }) {
  const { invitation } = state;
  const [hasAccount, setHasAccount] = useState(false);
  const invited = invitation && !hasAccount;
  return html`
    <main class="login">
      <div class="login-card">
        <${Logo} size=${40} />
        ${
          invited
            ? html`<${InvitationForm} invitation=${invitation} actions=${actions}
              onLogIn=${() => setHasAccount(true)} />`
            : html`<${LoginForm} state=${state} actions=${actions} />`
        }
      </div>
    </main>
  `;
}

function LoginForm({ state, actions }) {
  const [options, setOptions] = useState(null);
  const [note] = useState(() => noteOf(location.hash));
  useEffect(() => {
    actions.loginOptions().then(setOptions, () => {});
  }, []);
  const ended = state.connection.status === "forbidden" || state.user !== null;
  return html`
    <h1>${t("login.title")}</h1>
    ${note ? html`<${FormError} error=${note} />` : ended && html`<${Ended} state=${state} />`}
    <${PasswordForm} state=${state} actions=${actions} />
    ${
      options?.oidc &&
      html`<p class="or"><span>${t("login.or")}</span></p>
      <a class="button wide"
        href=${options.oidc.path.replace(/^\//, "")}>${t("login.sso", { name: options.oidc.name })}</a>`
    }
    <${OtherWays} actions=${actions} />
  `;
}

/** Why a user who was logged in is not any more. */
function Ended({ state }) {
  const suspended = state.connection.status === "forbidden";
  const error = suspended
    ? { message: t("login.suspended"), hint: t("login.suspendedHint") }
    : { message: t("login.ended"), hint: t("login.endedHint") };
  return html`<${FormError} error=${error} />`;
}

function PasswordForm({ actions }) {
  const form = useRef();
  const { busy, problem, submit } = useSubmit(async () => {
    const { name, password } = formValues(form.current);
    await actions.logIn(name.trim(), password);
  });
  useAutofocus(form);
  return html`
    <form ref=${form} class="stack" onSubmit=${submit}>
      <${Field} label=${t("common.name")} name="name" required autocomplete="username"
        autocapitalize="none"
        spellcheck=${false} />
      <${Field} label=${t("common.password")} name="password" type="password" required
        autocomplete="current-password" />
      <${FormError} error=${problem} />
      <button class="button primary wide"
        disabled=${busy}>${busy ? t("login.busy") : t("login.submit")}</button>
    </form>
  `;
}

/** Login by link or token, for the owner of a new server, who has no password yet. */
function OtherWays({ actions }) {
  const [text, setText] = useState("");
  const { busy, problem, submit } = useSubmit(async () => {
    const code = text.match(/[?&]code=([^&\s]+)/)?.[1];
    if (code) return location.assign(`login?code=${code}`);
    try {
      await actions.logInWithToken(text.trim());
    } catch {
      throw Object.assign(new Error(t("login.badToken")), {
        hint: t("login.badTokenHint"),
      });
    }
  });
  return html`
    <details class="other-ways">
      <summary>${t("login.other")}</summary>
      <form class="stack" onSubmit=${submit}>
        <p class="muted"><${TextWithCode} text=${t("login.otherHint")} /></p>
        <${Field} label=${t("login.otherLabel")} name="token" required value=${text}
          autocomplete="off" spellcheck=${false} placeholder="…/login?code=…"
          onInput=${(event) => setText(event.target.value)} />
        <${FormError} error=${problem} />
        <button class="button wide" disabled=${busy}>${t("login.otherSubmit")}</button>
      </form>
    </details>
  `;
}
