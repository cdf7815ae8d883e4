import {
  Avatar,
  canListUsers,
  FormError,
  html,
  Icon,
  IconButton,
  isShared,
  Modal,
  Select,
  t,
  useEffect,
  useState,
  variant,
} from "../shared.js";

const ROLES = ["viewer", "editor", "owner"];
const EVERYONE = { kind: "group", id: "everyone" };
const MANY = 20;
const roles = () => ROLES.map((value) => ({ value, text: variant("library.role", value) }));
const keyOf = ({ kind, id }) => `${kind} ${id}`;
const nameOf = ({ kind, id, name }) => (kind === "group" ? t("library.everyone") : (name ?? id));

/** Who has access to a collection, for its owners. */
export function ShareDialog({ state, actions, collection, close }) {
  const { collection_id: id, name, role, shares } = collection;
  const [problem, setProblem] = useState(null);
  const [failures, setFailures] = useState(0);
  const attempt = async (work) => {
    setProblem(null);
    try {
      await work;
    } catch (error) {
      setProblem(error);
      // Shows the roles as they are again.
      setFailures((count) => count + 1);
    }
  };
  useEffect(() => void attempt(actions.loadShares(id)), [id]);
  useEffect(() => {
    if (canListUsers(state.user)) attempt(actions.loadDirectory());
  }, []);
  const share = (subject, picked) => attempt(actions.shareCollection(id, subject, picked));
  const remove = (subject) => attempt(actions.unshareCollection(id, subject));
  const title = t("library.shareTitle", { name });
  return html`
    <${Modal} label=${title} onClose=${close} className="sharing">
      <h2>${title}</h2>
      <${FormError} error=${problem} />
      ${!shares && !problem && html`<p class="waiting">${t("common.loading")}</p>`}
      ${
        shares &&
        html`<ul class="members" aria-label=${t("library.access")}>
        ${shares.map(
          (one) => html`<${ShareRow} key=${`${keyOf(one)} ${failures}`} share=${one}
          mine=${one.kind === "user" && one.id === state.user.id} onPick=${share}
          onRemove=${remove} />`,
        )}
      </ul>
      <${AddShare} candidates=${candidates(state, shares)} onAdd=${share} />`
      }
      <div class="modal-buttons">
        <button type="button" class="button" data-focus onClick=${close}>${t("common.done")}</button>
      </div>
    <//>
  `;
}

function ShareRow({ share, mine, onPick, onRemove }) {
  const name = nameOf(share);
  return html`
    <li class="member">
      <${Face} subject=${share} />
      <span class="member-text"><span class="member-name" title=${name}>${name}${
        mine && html` <span class="muted">${t("common.you")}</span>`
      }</span></span>
      <${Select} quiet label=${t("role.of", { name })} value=${share.role} options=${roles()}
        onPick=${(role) => onPick(share, role)} />
      <${IconButton} icon="close" label=${t("library.unshare", { name })}
        onClick=${() => onRemove(share)} />
    </li>
  `;
}

function AddShare({ candidates, onAdd }) {
  const [query, setQuery] = useState("");
  const [role, setRole] = useState("viewer");
  const wanted = query.trim().toLowerCase();
  const found = candidates.filter((one) => nameOf(one).toLowerCase().includes(wanted));
  const shows = wanted || candidates.length <= 5;
  const add = (subject) => {
    setQuery("");
    onAdd(subject, role);
  };
  return html`
    <div class="invite-row">
      <label class="field grow"><span>${t("library.shareWith")}</span>
        <input type="search" value=${query} placeholder=${t("common.name")} autocomplete="off"
          onInput=${(event) => setQuery(event.target.value)} /></label>
      <${Select} label=${t("members.as")} value=${role} options=${roles()} onPick=${setRole} />
    </div>
    <p class="muted">${variant("library.roleHint", role)}</p>
    ${
      shows &&
      html`<ul class="members found" aria-label=${t("members.found")}>
      ${found.slice(0, MANY).map(
        (one) => html`<li class="member" key=${keyOf(one)}>
        <${Face} subject=${one} />
        <span class="member-text member-name">${nameOf(one)}</span>
        <button type="button" class="button"
          aria-label=${t("members.addPerson", { name: nameOf(one) })}
          onClick=${() => add(one)}><${Icon} name="plus" size=${16} /> ${t("common.add")}</button>
      </li>`,
      )}
      </ul>`
    }
    ${shows && !found.length && html`<p class="muted">${t("library.nobody")}</p>`}
  `;
}

const Face = ({ subject }) =>
  subject.kind === "user"
    ? html`<${Avatar} id=${subject.id} name=${nameOf(subject)} />`
    : html`<span class="subject-icon"><${Icon} name=${subject.kind === "room" ? "at" : "people"}
      size=${18} /></span>`;

/** Whom the collection can still be shared with: everyone, rooms, and users. */
function candidates({ rooms, directory }, shares) {
  const present = new Set(shares.map(keyOf));
  const all = [
    EVERYONE,
    ...(rooms ?? []).filter(isShared).map(({ room_id: id, name }) => ({ kind: "room", id, name })),
    ...(directory ?? [])
      .filter((user) => user.status === "active")
      .map(({ id, name }) => ({ kind: "user", id, name })),
  ];
  return all.filter((one) => !present.has(keyOf(one)));
}
