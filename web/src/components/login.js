import { html, useEffect, useRef, useState } from "../view.js";
import { Field, Problem, useCaret, useSubmit, valuesOf } from "./form.js";
import { Logo } from "./icons.js";
import { InvitationForm } from "./invitation.js";

const NOTES = {
  "#login-lapsed": {
    message: "This login link was used before, or is too old",
    hint: "Print a new one with `basicchat login`.",
  },
  "#sso-failed": {
    message: "Single sign-on did not work",
    hint: "Try again, or ask an administrator.",
  },
  "#sso-refused": {
    message: "Single sign-on worked, but you have no access to this server",
    hint: "Ask an administrator.",
  },
};

/** Shown to someone without a valid login. */
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
  const [note] = useState(() => NOTES[location.hash] ?? null);
  useEffect(() => {
    actions.loginOptions().then(setOptions, () => {});
  }, []);
  const ended = state.connection.status === "forbidden" || state.user !== null;
  return html`
    <h1>Log in to BasicChat</h1>
    ${note ? html`<${Problem} error=${note} />` : ended && html`<${Ended} state=${state} />`}
    <${PasswordForm} state=${state} actions=${actions} />
    ${
      options?.oidc &&
      html`<p class="or"><span>or</span></p>
      <a class="button wide" href=${options.oidc.path.replace(/^\//, "")}>Continue with ${options.oidc.name}</a>`
    }
    <${OtherWays} actions=${actions} />
  `;
}

/** Why somebody who was in is out. */
function Ended({ state }) {
  const suspended = state.connection.status === "forbidden";
  const error = suspended
    ? {
        message: "You have no access to this server any more",
        hint: "Your account is suspended. Ask an administrator.",
      }
    : { message: "You were logged out", hint: "Log in again to go on." };
  return html`<${Problem} error=${error} />`;
}

function PasswordForm({ actions }) {
  const form = useRef();
  const { busy, problem, submit } = useSubmit(async () => {
    const { name, password } = valuesOf(form.current);
    await actions.logIn(name.trim(), password);
  });
  useCaret(form);
  return html`
    <form ref=${form} class="stack" onSubmit=${submit}>
      <${Field} label="Name" name="name" required autocomplete="username" autocapitalize="none"
        spellcheck=${false} />
      <${Field} label="Password" name="password" type="password" required
        autocomplete="current-password" />
      <${Problem} error=${problem} />
      <button class="button primary wide" disabled=${busy}>${busy ? "Logging in…" : "Log in"}</button>
    </form>
  `;
}

/** For the owner of a new server, who has no password yet. */
function OtherWays({ actions }) {
  const [text, setText] = useState("");
  const { busy, problem, submit } = useSubmit(async () => {
    const code = text.match(/[?&]code=([^&\s]+)/)?.[1];
    if (code) return location.assign(`login?code=${code}`);
    try {
      await actions.logInWithToken(text.trim());
    } catch {
      throw Object.assign(new Error("This token is not valid, or no longer"), {
        hint: "Print a new one with `basicchat token`.",
      });
    }
  });
  return html`
    <details class="other-ways">
      <summary>Log in with a link or a token</summary>
      <form class="stack" onSubmit=${submit}>
        <p class="muted">Open the login link that <code>basicchat serve</code> printed when it
          started. It works once; <code>basicchat login</code> prints another.</p>
        <${Field} label="Or paste the link or a token here" name="token" required value=${text}
          autocomplete="off" spellcheck=${false} placeholder="…/login?code=…"
          onInput=${(event) => setText(event.target.value)} />
        <${Problem} error=${problem} />
        <button class="button wide" disabled=${busy}>Use it</button>
      </form>
    </details>
  `;
}
