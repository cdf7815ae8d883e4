import { html, useEffect, useState } from "../preact.js";
import { describeError } from "../format.js";
import { t, variant } from "../i18n/index.js";
import { copyText } from "../clipboard.js";
import { ConnectedApps } from "./connected_apps.js";
import { Select } from "./form.js";
import { CopyField } from "./copy_field.js";
import { TextWithCode } from "./text_with_code.js";

const PLATFORMS = ["darwin", "win32", "linux"];
const HOME = { darwin: "~/", linux: "~/", win32: "%USERPROFILE%\\" };

/** Set-up instructions for MCP clients, and the apps that are connected. */
export function Connect({ actions }) {
  const [offer, setOffer] = useState(null);
  const [problem, setProblem] = useState(null);
  useEffect(() => {
    actions.listConnectors().then(setOffer, setProblem);
  }, []);
  return html`
    <div class="view-scroll" tabindex="-1"><div class="view">
      <h1>${t("connect.title")}</h1>
      <p class="muted">${t("connect.lead")}</p>
      ${problem && html`<p class="problem" role="alert">${describeError(problem).message}</p>`}
      ${!problem && !offer && html`<p class="waiting">${t("common.loading")}</p>`}
      ${offer && html`<${Address} url=${offer.url} /><${Clients} offer=${offer} />`}
      <${ConnectedApps} actions=${actions} />
    </div></div>
  `;
}

function Address({ url }) {
  return html`
    <section aria-labelledby="address-title">
      <h2 id="address-title">${t("connect.address")}</h2>
      <p class="muted">${t("connect.addressHint")}</p>
      <${CopyField} label=${t("connect.url")} value=${url} />
    </section>
  `;
}

function Clients({ offer }) {
  const [id, setId] = useState(offer.connectors[0].id);
  // If the page is served from this machine, the client most likely runs on it, too.
  const [here, setHere] = useState(isNear(location.hostname) ? "local" : "remote");
  const [platform, setPlatform] = useState(ownPlatform());
  const client = offer.connectors.find((each) => each.id === id);
  const local = here === "local" && client.local;
  const options = offer.connectors.map(({ id: value, title }) => ({ value, text: title }));
  return html`
    <section aria-labelledby="clients-title">
      <h2 id="clients-title">${t("connect.clients")}</h2>
      <div class="field-row">
        <${Select} label=${t("connect.client")} value=${id} options=${options} onPick=${setId} />
        <${Select} label=${t("connect.platform")} value=${platform} options=${PLATFORMS.map(
          (value) => ({
            value,
            text: variant("connect.platforms", value),
          }),
        )} onPick=${setPlatform} />
        ${
          client.local &&
          html`<${Select} label=${t("connect.reach")} value=${here} onPick=${setHere}
          options=${["remote", "local"].map((value) => ({
            value,
            text: variant("connect.reaches", value),
          }))} />`
        }
      </div>
      <${Steps} client=${client} url=${offer.url} platform=${platform} local=${local} />
    </section>
  `;
}

function Steps({ client, url, platform, local }) {
  const file = fileOn(client, platform);
  const text = local || client.remote;
  const server = local ? "" : ` --server ${url.replace(/\/mcp$/, "")}`;
  if (!text) return html`<${WithKey} client=${client} server=${server} url=${url} />`;
  return html`
    <p><${TextWithCode} text=${t("connect.file", { file })} codeClass="path" /></p>
    <${Code} label=${t("connect.configuration", { client: client.title })} text=${text} />
    <p>${t("connect.orCommand")}</p>
    <${Code} label=${t("connect.command")} text=${
      local ? client.install : `basicchat mcp install ${client.id}${server}`
    } />
    <p class="muted">${client.then}</p>
  `;
}

/** For clients that can only start local programs: the stdio bridge, with an API key. */
function WithKey({ client, server, url }) {
  return html`
    <p>${t("connect.withKey", { client: client.title })}</p>
    <${Code} label=${t("connect.command")}
      text=${`basicchat mcp install ${client.id}${server} --token KEY`} />
    <p class="muted">${client.then} ${url.startsWith("https:") ? t("connect.hosted") : t("connect.hostedNotHttps")}</p>
  `;
}

function Code({ label, text }) {
  const [copied, setCopied] = useState(false);
  const copy = async () => {
    await copyText(text);
    setCopied(true);
    setTimeout(() => setCopied(false), 2000);
  };
  return html`<div class="code">
    <div class="code-head"><span>${label}</span>
      <button type="button" class="copy-code" aria-label=${t("connect.copy", { label })}
        onClick=${copy}>${copied ? t("common.copied") : t("common.copy")}</button></div>
    <pre tabindex="0"><code>${text}</code></pre>
    <span class="visually-hidden" role="status">${copied ? t("common.copied") : ""}</span>
  </div>`;
}

function fileOn({ files }, platform) {
  const path = files[platform] ?? files.linux;
  return HOME[platform] + (platform === "win32" ? path.replaceAll("/", "\\") : path);
}

function isNear(host) {
  return host === "localhost" || host === "[::1]" || /^127\./.test(host);
}

function ownPlatform() {
  const said = navigator.userAgentData?.platform ?? navigator.platform ?? "";
  if (/^mac/i.test(said)) return "darwin";
  return /^win/i.test(said) ? "win32" : "linux";
}
