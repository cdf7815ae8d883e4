import { html, useRef } from "../view.js";
import { ROLE_WORDS, ROLE_HINTS } from "../permissions.js";
import { Modal } from "./dialog.js";
import { Field, Problem, useCaret, useSubmit, valuesOf } from "./form.js";

/** An invitation, for who is logged in. */
export function InvitationOffer({ invitation, actions }) {
  const { busy, problem, submit } = useSubmit(actions.accept);
  const { room, error } = invitation;
  const close = actions.dropInvitation;
  const title = error ? "This invitation does not hold" : "You are invited";
  const known = Boolean(error) || "role" in invitation;
  return html`
    <${Modal} label=${title} onClose=${close}>
      <form class="stack" onSubmit=${submit}>
        <h2>${title}</h2>
        ${!known && html`<p class="waiting">Looking at the invitation…</p>`}
        ${error && html`<${Problem} error=${error} />`}
        ${known && !error && html`<p>${room ? words(invitation) : "This invitation makes an account, and you have one already."}</p>`}
        <${Problem} error=${problem} />
        <div class="modal-buttons">
          <button type="button" class="button" data-focus onClick=${close}>${room ? "Not now" : "Close"}</button>
          ${room && html`<button class="button primary" disabled=${busy}>Come in</button>`}
        </div>
      </form>
    <//>
  `;
}

const words = ({ inviter, room }) =>
  `${inviter ?? "Somebody"} invites you ${room ? `into the room “${room.name}”` : "to this server"}.`;

/** An invitation, for who has no login here: choose a name and a password. */
export function InvitationForm({ invitation, actions, onLogIn }) {
  const form = useRef();
  const { busy, problem, submit } = useSubmit(async () => {
    const { name, password } = valuesOf(form.current);
    await actions.acceptAsNew(name.trim(), password);
  });
  const { error, role } = invitation;
  useCaret(form, !error && Boolean(role));
  if (error) {
    const lapsed = error.kind === "not_found";
    return html`<h1>${lapsed ? "This invitation does not hold" : "You are invited"}</h1>
      <${Problem} error=${error} />
      ${
        !lapsed &&
        html`<button type="button" class="button primary wide"
        onClick=${() => actions.lookAt(invitation.code)}>Try again</button>`
      }
      <button type="button" class="button wide" onClick=${actions.dropInvitation}>Log in instead</button>`;
  }
  if (!role) return html`<h1>You are invited</h1><p class="waiting">Looking at the invitation…</p>`;
  return html`
    <h1>You are invited</h1>
    <p>${words(invitation)} You will be ${role === "admin" ? "an" : "a"} ${ROLE_WORDS[role].toLowerCase()}: you ${ROLE_HINTS[role].toLowerCase()}.</p>
    <form ref=${form} class="stack" onSubmit=${submit}>
      <${Field} label="Your name" name="name" maxlength="100" required autocomplete="username"
        hint="You log in with it, and others see it." />
      <${Field} label="Choose a password" name="password" type="password" minlength="8" required
        autocomplete="new-password" hint="At least 8 characters." />
      <${Problem} error=${problem} />
      <button class="button primary wide" disabled=${busy}>Come in</button>
    </form>
    <button type="button" class="link" onClick=${onLogIn}>I have an account here</button>
  `;
}
