import { html, useState } from "../view.js";
import { Logo } from "./icons.js";
import { Words } from "./words.js";

const LAPSED =
  "This login link was used before, or is too old. Print a new one with `basicchat login`.";

/** Shown to someone without a valid login. */
export function Login({ actions, error }) {
  const [text, setText] = useState("");
  const [problem, setProblem] = useState(location.hash === "#login-lapsed" ? LAPSED : null);
  const submit = async (event) => {
    event.preventDefault();
    const code = text.match(/[?&]code=([^&\s]+)/)?.[1];
    if (code) return location.assign(`login?code=${code}`);
    if (!text.trim()) return setProblem("Paste the login link or a token first.");
    try {
      await actions.logIn(text.trim());
    } catch {
      setProblem("This token is not valid, or no longer. Print a new one with `basicchat token`.");
    }
  };
  return html`
    <main class="login">
      <form class="login-card" onSubmit=${submit}>
        <${Logo} size=${40} />
        <h1>Log in to BasicChat</h1>
        <p>
          Open the login link that <code>basicchat serve</code> printed when it started. It works
          once; to print a new one, run <code>basicchat login</code>.
        </p>
        <label class="field">
          <span>Or paste the link or a token here</span>
          <input value=${text} autocomplete="off" spellcheck=${false}
            aria-invalid=${Boolean(problem)} aria-describedby="login-problem"
            placeholder="…/login?code=…" onInput=${(event) => setText(event.target.value)} />
        </label>
        <p id="login-problem" class="problem" role="alert"><${Words}
          text=${problem ?? (error?.kind === "forbidden" ? error.message : "")} /></p>
        <button class="button primary wide">Log in</button>
      </form>
    </main>
  `;
}
