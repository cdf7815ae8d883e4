"""What the revisions of MCP ask of a server, as data; `test_mcp_requirements` proves each.

Sources are pages of the specification, below its revision. What is of one transport alone, or of
authorisation, has tests of its own.
"""

from dataclasses import dataclass

LEGACY, MODERN = "2025-11-25", "2026-07-28"
BOTH = (LEGACY, MODERN)
# Of the older ones that are spoken, this alone asks for something else than those after it.
BATCHING = "2025-03-26"


@dataclass(frozen=True)
class Requirement:
    """One of them.

    Attributes:
        revisions: that ask for it.
        source: where.
        text: what, in a line.
    """

    revisions: tuple[str, ...]
    source: str
    text: str


def _rows(*rows: tuple[str, tuple[str, ...], str, str]) -> dict[str, Requirement]:
    found = {name: Requirement(revisions, source, text) for name, revisions, source, text in rows}
    assert len(found) == len(rows)
    return found


OLD, NEW, FIRST = (LEGACY,), (MODERN,), (BATCHING,)
REQUIREMENTS = _rows(
    # messages
    ("response-id", BOTH, "basic#responses", "An answer has the id of its request."),
    ("parse-error", BOTH, "basic#error-codes", "What is no JSON gets -32700."),
    ("invalid-request", BOTH, "basic#messages", "What is no message gets an error."),
    ("null-id", BOTH, "basic#requests", "An id is not null."),
    ("no-batches", BOTH, "basic#messages", "There are no batches."),
    ("batches", FIRST, "basic#batching", "Where they were, they are received, and answered."),
    ("batched-notes", FIRST, "basic/transports#sending-messages-to-the-server",
     "Notifications alone get no answer."),
    ("batched-handshake", FIRST, "basic/lifecycle#initialization", "No handshake is in a batch."),
    ("method-not-found", BOTH, "basic#error-codes", "An unknown method gets -32601."),
    ("invalid-params", BOTH, "basic#error-codes", "Wrong parameters get -32602."),
    ("no-answer-to-notifications", BOTH, "basic#notifications", "Notifications get no answer."),
    ("concurrent", BOTH, "basic#requests", "A request need not wait for another."),
    # opening
    ("initialize", OLD, "basic/lifecycle#initialization", "The handshake tells what is there."),
    ("version-agreed", OLD, "basic/lifecycle#version-negotiation", "A known revision is kept."),
    ("version-offered", OLD, "basic/lifecycle#version-negotiation", "Else the latest is offered."),
    ("ping", OLD, "basic/utilities/ping", "A ping is answered at once, with nothing."),
    ("discover", NEW, "server/discover", "Revisions and capabilities can be asked for."),
    ("server-identity", NEW, "basic#meta", "Results say which server they are from."),
    ("meta-required", NEW, "basic#meta", "A request without its metadata gets -32602."),
    ("version-unknown", NEW, "basic/versioning", "An unknown revision gets -32022 and the list."),
    ("result-type", NEW, "basic#resulttype", "Each result says what it is."),
    ("removed-methods", NEW, "changelog", "Methods of handshakes are gone."),
    ("capabilities-served", BOTH, "basic/lifecycle#capability-negotiation",
     "What is declared is there."),
    # tools
    ("tools-list", BOTH, "server/tools#listing-tools", "Tools have a name, words and a schema."),
    ("tool-names", BOTH, "server/tools#tool-names", "Names are unique, of few characters."),
    ("tools-call", BOTH, "server/tools#calling-tools", "A call gives content."),
    ("tool-content", BOTH, "server/tools#tool-result", "Content is of the kinds that there are."),
    ("structured-content", BOTH, "server/tools#output-schema",
     "With an output schema, results fit it, and say the same in text."),
    ("tool-errors", BOTH, "server/tools#error-handling", "What goes wrong in a tool is a result."),
    ("tool-arguments", BOTH, "server/tools#error-handling", "Wrong arguments are a result, too."),
    ("unknown-tool", BOTH, "server/tools#error-handling", "An unknown tool gets -32602."),
    # resources
    ("resources-list", BOTH, "server/resources#listing-resources", "Resources have URI and name."),
    ("resources-read", BOTH, "server/resources#reading-resources", "Contents have their URI."),
    ("resources-binary", BOTH, "server/resources#binary-content", "Bytes are in base64."),
    ("templates", BOTH, "server/resources#resource-templates", "Templates can be filled in."),
    ("resource-missing", BOTH, "server/resources#error-handling", "One that is not there errs."),
    ("resource-subscribe", OLD, "server/resources#subscriptions", "Updates can be subscribed to."),
    # prompts, completion, paging
    ("prompts-list", BOTH, "server/prompts#listing-prompts", "Prompts tell of their arguments."),
    ("prompts-get", BOTH, "server/prompts#getting-a-prompt", "Arguments go into the messages."),
    ("prompt-arguments", BOTH, "server/prompts#error-handling", "What is missing gets -32602."),
    ("unknown-prompt", BOTH, "server/prompts#error-handling", "An unknown prompt gets -32602."),
    ("completion", BOTH, "server/utilities/completion", "At most 100 values, and how many more."),
    ("completion-unknown", BOTH, "server/utilities/completion", "Of nothing known: -32602."),
    ("cursor-invalid", BOTH, "server/utilities/pagination", "A made-up cursor gets -32602."),
    ("cache-hints", NEW, "server/utilities/caching", "Lists and texts say how long they keep."),
    # progress, cancellation, logging
    ("progress", BOTH, "basic/utilities/progress", "Progress has its token, grows, comes before."),
    ("progress-wanted", BOTH, "basic/utilities/progress", "No progress without a token."),
    ("cancelled", BOTH, "basic/utilities/cancellation", "Nothing follows for what is cancelled."),
    ("cancel-unknown", BOTH, "basic/utilities/cancellation", "Cancelling nothing does no harm."),
    ("log-level", OLD, "server/utilities/logging", "Only what is as severe as was asked for."),
    ("log-level-invalid", OLD, "server/utilities/logging", "An unknown level gets -32602."),
    ("log-wanted", NEW, "server/utilities/logging", "No log for requests that name no level."),
    ("log-request", NEW, "server/utilities/logging", "The log of a request that names one."),
    # asking the client
    ("elicitation", OLD, "client/elicitation", "The user can be asked, in a request."),
    ("sampling", OLD, "client/sampling", "The client's model can be asked, in a request."),
    ("undeclared", BOTH, "basic/lifecycle#operation", "A client is asked only what it can answer."),
    ("input-required", NEW, "basic/patterns/mrtr", "A result says what input is needed."),
    ("input-given", NEW, "basic/patterns/mrtr", "The same call with the input completes."),
    ("input-state", NEW, "basic/patterns/mrtr", "A state that was changed is refused."),
    ("no-requests", NEW, "basic/patterns", "Servers send no requests."),
    # subscriptions
    ("listen-ack", NEW, "basic/patterns/subscriptions", "First comes what will be delivered."),
    ("listen-tagged", NEW, "basic/patterns/subscriptions", "All that comes names its stream."),
    ("listen-filter", NEW, "basic/patterns/subscriptions", "Nothing else than asked for comes."),
    ("listen-ended", NEW, "basic/patterns/subscriptions", "One that is given up is over."),
    ("list-changed", OLD, "server/tools#list-changed-notification", "Changed lists are told of."),
)  # fmt: skip
