import { html, useRef } from "../view.js";
import { mayMakeKeys, ROLE_HINTS, ROLE_WORDS } from "../permissions.js";
import { Avatar } from "./avatar.js";
import { Field, Problem, useSubmit, valuesOf } from "./form.js";
import { Icon } from "./icons.js";
import { KeyList } from "./keys.js";

/** One's own account: password, keys, logins. */
export function Account({ state, actions }) {
  const { user } = state;
  if (!user) return html`<p class="waiting view">Connecting…</p>`;
  return html`
    <div class="view-scroll" tabindex="-1"><div class="view">
      <h1>Your account</h1>
      <div class="me"><${Avatar} id=${user.id} name=${user.name} size="large" />
        <div><p class="me-name">${user.name}</p>
          <p class="muted">${ROLE_WORDS[user.role]}. ${ROLE_HINTS[user.role]}.</p></div></div>
      <${Password} actions=${actions} />
      ${
        mayMakeKeys(user) &&
        html`<section aria-labelledby="keys-title">
        <h2 id="keys-title">API keys</h2>
        <p class="muted">For programs that act as you. A key is shown once, when it is made.</p>
        <${KeyList} state=${state} actions=${actions} userId=${user.id} />
        <button type="button" class="button"
          onClick=${() => actions.openDialog({ kind: "new-key" })}><${Icon} name="plus" size=${16}
          /> New key</button>
      </section>`
      }
      <${Logins} actions=${actions} />
    </div></div>
  `;
}

function Password({ actions }) {
  const form = useRef();
  const { busy, problem, submit } = useSubmit(async () => {
    const { current, password, repeated } = valuesOf(form.current);
    if (password !== repeated) throw new Error("The two new passwords are not the same");
    await actions.changePassword(current, password);
    form.current?.reset();
  });
  return html`
    <section aria-labelledby="password-title">
      <h2 id="password-title">Password</h2>
      <form ref=${form} class="stack narrow-form" onSubmit=${submit}>
        <${Field} label="Current password" name="current" type="password"
          autocomplete="current-password"
          hint="Leave it empty if you have none yet, because you log in by a link or single sign-on." />
        <${Field} label="New password" name="password" type="password" minlength="8" required
          autocomplete="new-password" hint="At least 8 characters." />
        <${Field} label="New password again" name="repeated" type="password" required
          autocomplete="new-password" />
        <${Problem} error=${problem} />
        <div><button class="button primary" disabled=${busy}>Change the password</button></div>
      </form>
    </section>
  `;
}

function Logins({ actions }) {
  const everywhere = () =>
    actions.openDialog({
      title: "Log out everywhere?",
      text: "All your devices are logged out within a second, this one too. API keys go on.",
      verb: "Log out everywhere",
      onConfirm: () => actions.logOutEverywhere().catch(actions.fail),
    });
  return html`
    <section aria-labelledby="logins-title">
      <h2 id="logins-title">Logins</h2>
      <div class="buttons">
        <button type="button" class="button"
          onClick=${() => actions.logOut().catch(actions.fail)}><${Icon} name="out" size=${16}
          /> Log out</button>
        <button type="button" class="button danger-text" onClick=${everywhere}>Log out everywhere</button>
      </div>
    </section>
  `;
}
