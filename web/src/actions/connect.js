// Set-up instructions for other programs, and the apps that are connected.

export function connectActions({ client }) {
  const here = () => new URL(".", document.baseURI).href;
  return {
    listConnectors: () => client.call("connectors.list", { url: here() }),
    listApprovals: () => client.call("approvals.list").then(({ approvals }) => approvals),
    revokeApproval: ({ approval_id }) => client.call("approvals.revoke", { approval_id }),
    listGrants: () => client.call("grants.list").then(({ grants }) => grants),
    revokeGrant: ({ grant_id }) => client.call("grants.revoke", { grant_id }),
  };
}
