"""What the revisions of MCP ask of a server, as data; the tests of `mcp/requirements` prove each.

Sources are pages of the specification, below its revision. What is of one transport alone, of
authorisation, or wants more than one user has tests of its own, which are named here too.
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
    ("utf-8", BOTH, "basic/transports", "Messages are UTF-8, texts come back letter by letter."),
    ("directions", OLD, "basic#requests", "Ids of client and server are apart."),
    ("error-codes", NEW, "basic#error-codes", "No code is used that is reserved, or withdrawn."),
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
    ("stateless", NEW, "basic#statelessness", "No request rests on what another one said."),
    ("extension-undeclared", NEW, "basic/versioning#extensions",
     "Who does not know an extension gets along without it."),
    ("capabilities-served", BOTH, "basic/lifecycle#capability-negotiation",
     "What is declared is there."),
    # tools
    ("tools-list", BOTH, "server/tools#listing-tools", "Tools have a name, words and a schema."),
    ("schemas-whole", BOTH, "basic#json-schema-usage",
     "Schemas are valid, and refer to nothing outside themselves."),
    ("tool-names", BOTH, "server/tools#tool-names", "Names are unique, of few characters."),
    ("tools-order", NEW, "server/tools#listing-tools",
     "Lists are the same on every connection, in the same order."),
    ("task-ignored", OLD, "basic/utilities/tasks#capabilities",
     "Where tasks are not declared, a call that wants one is answered as any other."),
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
    ("resource-uris", BOTH, "server/resources#common-uri-schemes", "Addresses are URIs."),
    ("subscribe-missing", OLD, "server/resources#subscriptions",
     "What is not there cannot be subscribed to."),
    ("resource-subscribe", OLD, "server/resources#subscriptions", "Updates can be subscribed to."),
    # prompts, completion, paging
    ("prompts-list", BOTH, "server/prompts#listing-prompts", "Prompts tell of their arguments."),
    ("prompts-get", BOTH, "server/prompts#getting-a-prompt", "Arguments go into the messages."),
    ("prompt-content", BOTH, "server/prompts#promptmessage",
     "Pictures and resources in prompts are whole, with their types."),
    ("prompt-arguments", BOTH, "server/prompts#error-handling", "What is missing gets -32602."),
    ("unknown-prompt", BOTH, "server/prompts#error-handling", "An unknown prompt gets -32602."),
    ("completion", BOTH, "server/utilities/completion", "At most 100 values, and how many more."),
    ("completion-unknown", BOTH, "server/utilities/completion", "Of nothing known: -32602."),
    ("cursor-invalid", BOTH, "server/utilities/pagination", "A made-up cursor gets -32602."),
    ("cache-hints", NEW, "server/utilities/caching", "Lists and texts say how long they keep."),
    # progress, cancellation, logging
    ("progress", BOTH, "basic/utilities/progress", "Progress has its token, grows, comes before."),
    ("progress-tokens", BOTH, "basic/utilities/progress", "A token is a string or an integer."),
    ("progress-ends", BOTH, "basic/utilities/progress", "No progress after the answer."),
    ("progress-wanted", BOTH, "basic/utilities/progress", "No progress without a token."),
    ("cancelled", BOTH, "basic/utilities/cancellation", "Nothing follows for what is cancelled."),
    ("cancel-late", BOTH, "basic/utilities/cancellation",
     "Cancelling what has been answered does no harm."),
    ("cancel-malformed", BOTH, "basic/utilities/cancellation", "Nor does what names no request."),
    ("cancel-taken-back", OLD, "basic/utilities/cancellation",
     "What a cancelled request had asked is taken back."),
    ("cancel-from-client", NEW, "basic/patterns/cancellation", "Servers cancel no requests."),
    ("cancel-unknown", BOTH, "basic/utilities/cancellation", "Cancelling nothing does no harm."),
    ("log-level", OLD, "server/utilities/logging", "Only what is as severe as was asked for."),
    ("log-level-invalid", OLD, "server/utilities/logging", "An unknown level gets -32602."),
    ("log-wanted", NEW, "server/utilities/logging", "No log for requests that name no level."),
    ("log-request-invalid", NEW, "server/utilities/logging", "An unknown level gets -32602."),
    ("log-request", NEW, "server/utilities/logging", "The log of a request that names one."),
    # asking the client
    ("elicitation", OLD, "client/elicitation", "The user can be asked, in a request."),
    ("sampling", OLD, "client/sampling", "The client's model can be asked, in a request."),
    ("roots", OLD, "client/roots", "The client's roots can be asked for, in a request."),
    ("sampling-plain", BOTH, "client/sampling",
     "The client's model is asked without tools, and without context of others."),
    ("elicitation-mode", BOTH, "client/elicitation", "Who fills in no forms gets none."),
    ("elicitation-schema", BOTH, "client/elicitation", "Forms are flat."),
    ("elicitation-checked", OLD, "client/elicitation", "What does not fit the form is refused."),
    ("undeclared", BOTH, "basic/lifecycle#operation", "A client is asked only what it can answer."),
    ("input-required", NEW, "basic/patterns/mrtr", "A result says what input is needed."),
    ("input-given", NEW, "basic/patterns/mrtr", "The same call with the input completes."),
    ("input-missing", NEW, "basic/patterns/mrtr", "What is missing is asked for again."),
    ("input-unknown", NEW, "basic/patterns/mrtr", "Answers to nothing are passed over."),
    ("input-malformed", NEW, "basic/patterns/mrtr", "What are no answers gets -32602."),
    ("input-state", NEW, "basic/patterns/mrtr", "A state that was changed is refused."),
    ("no-requests", NEW, "basic/patterns", "Servers send no requests."),
    # subscriptions
    ("listen-ack", NEW, "basic/patterns/subscriptions", "First comes what will be delivered."),
    ("listen-tagged", NEW, "basic/patterns/subscriptions", "All that comes names its stream."),
    ("listen-filter", NEW, "basic/patterns/subscriptions", "Nothing else than asked for comes."),
    ("listen-ended", NEW, "basic/patterns/subscriptions", "One that is given up is over."),
    ("list-changed", OLD, "server/tools#list-changed-notification", "Changed lists are told of."),
)  # fmt: skip


@dataclass(frozen=True)
class Elsewhere:
    """A requirement that a test of another file proves.

    Attributes:
        test: its file and name.
    """

    source: str
    text: str
    test: str


_HTTP, _OAUTH = "basic/transports/streamable-http", "basic/authorization"
PROVEN_ELSEWHERE = tuple(
    Elsewhere(*row)
    for row in (
        # Streamable HTTP
        (_HTTP, "The origin is checked.", "mcp/test_mcp_http.py::test_authentication_and_origins"),
        (_HTTP, "A session that has ended gets 404.",
         "mcp/test_mcp_http.py::test_sessions_belong_to_their_owner"),
        (_HTTP, "A request without its session gets 400.",
         "mcp/test_mcp_http_streams.py::test_requests_need_their_session"),
        (_HTTP, "Sessions can be ended.",
         "mcp/test_mcp_http_streams.py::test_deleting_a_session_cancels_its_requests"),
        (_HTTP, "Streams can be resumed, each where it broke.",
         "mcp/test_mcp_http_streams.py::test_a_stream_can_be_resumed"),
        (_HTTP, "Since 2026-07-28, a stream cannot be had again.",
         "mcp/test_mcp_http_streams.py::test_a_stream_of_2026_cannot_be_resumed"),
        (_HTTP, "Event ids are of one session.",
         "mcp/test_mcp_http_streams.py::test_event_ids_of_other_sessions_are_ignored"),
        (_HTTP, "An answer is JSON or a stream.",
         "mcp/test_mcp_http_streams.py::test_notifications_make_the_response_a_stream"),
        (_HTTP, "What belongs to a request comes by its stream.",
         "mcp/test_mcp_http_streams.py::test_requests_to_the_client_use_the_requests_stream"),
        (_HTTP, "Closing the stream cancels, since 2026-07-28.",
         "mcp/test_mcp_http_streams.py::test_closing_the_answer_cancels_a_request_of_2026"),
        (_HTTP, "Headers say what the body says; wrong ones get 400.",
         "mcp/test_mcp_http_streams.py::test_refused_http_requests"),
        (_HTTP, "What a client did not declare gets 400.",
         "mcp/test_mcp_http.py::test_an_undeclared_capability_is_a_bad_request"),
        # subscriptions
        ("basic/patterns/subscriptions", "A stream that the server ends has a result.",
         "mcp/test_mcp_endings.py::test_subscriptions_end_with_a_result_when_the_server_stops"),
        ("basic/patterns/subscriptions", "Over stdio, too.",
         "mcp/test_mcp_endings.py::test_subscriptions_end_with_a_result_when_the_program_ends"),
        (_HTTP, "Headers for a tool's arguments are checked.",
         "mcp/test_conformance.py::test_conformance_to_a_revision"),
        # stdio
        ("basic/transports/stdio", "Only messages are on stdout.",
         "mcp/test_mcp_stdio.py::test_both_eras_over_stdio"),
        ("basic/transports/stdio", "It ends with its input.",
         "mcp/test_mcp_stdio.py::test_requests_before_the_end_of_input_are_answered"),
        # authorisation
        (_OAUTH, "401 names the metadata of the resource.",
         "transports/test_oauth.py::test_a_client_finds_its_way"),
        (_OAUTH, "Tokens are for this resource alone.",
         "transports/test_oauth.py::test_connecting_an_app"),
        (_OAUTH, "A used refresh token ends its grant.",
         "transports/test_oauth.py::test_refreshing"),
        (_OAUTH, "Answers to apps name the issuer.",
         "transports/test_oauth_attacks.py::test_mix_up"),
        (_OAUTH, "A token that has expired, or was revoked, ends what is open.",
         "mcp/test_mcp_renewal.py::test_connections_that_an_expiry_ends"),
        (_OAUTH, "403 names the scope that lacks.",
         "mcp/test_mcp_oauth.py::test_the_challenge_for_a_scope"),
        (_OAUTH, "Metadata documents of clients are read.",
         "mcp/test_mcp_oauth.py::test_a_client_with_a_metadata_document"),
        # what takes more than one user, or more than a little
        ("server/tools#security-considerations", "Calls are limited.",
         "mcp/test_mcp_http.py::test_requests_are_limited"),
        ("server/tools#security-considerations", "Everybody has their own.",
         "mcp/test_mcp_privacy.py::test_no_access_to_other_users_data"),
        ("server/utilities/completion#security", "Completion tells nothing of others.",
         "mcp/test_mcp_privacy.py::test_no_access_to_other_users_data"),
        ("basic/patterns/mrtr", "A state is its user's own.",
         "mcp/test_mcp_privacy.py::test_no_client_can_answer_for_another"),
        ("client/elicitation", "A question is its user's own.",
         "mcp/test_mcp_privacy.py::test_no_client_can_answer_for_another"),
        ("client/elicitation", "Declining, cancelling and failing are borne.",
         "mcp/test_mcp_deleting.py::test_only_a_confirmation_deletes"),
        ("server/tools#output-schema", "All results fit their schemas.",
         "mcp/test_mcp_schemas.py::test_results_match_their_schemas"),
        ("server/utilities/pagination", "Cursors lead from page to page.",
         "mcp/test_mcp_resources.py::test_lists_are_paged"),
        ("server/utilities/logging#security", "Nothing internal is told.",
         "mcp/test_mcp_faults.py::test_no_exception_text_is_revealed"),
        # the tasks extension
        ("extensions/tasks", "A task can be got.",
         "mcp/test_mcp_tasks.py::test_a_detached_answer_is_a_task"),
        ("extensions/tasks", "It can be cancelled.",
         "mcp/test_mcp_tasks.py::test_cancelling_a_task_stops_the_model"),
        ("extensions/tasks", "It can ask.",
         "mcp/test_mcp_tasks.py::test_a_task_asks_for_input_and_continues"),
        ("extensions/tasks", "It can be followed.",
         "mcp/test_mcp_tasks.py::test_subscribers_are_notified_of_tasks"),
        ("extensions/tasks", "It is only for those that declare it.",
         "mcp/test_mcp_tasks.py::test_clients_without_the_extension_get_no_tasks"),
    )
)  # fmt: skip
# What a server is asked for, and no test shows.
NOT_PROVEN = (
    ("client/elicitation", "Forms ask for no passwords.",
     "The one form of this server asks yes or no; third parties have to heed it themselves."),
    ("client/elicitation", "URL mode.", "This server sends nobody to a URL by elicitation."),
    ("basic#json-schema-usage", "No $ref is fetched, schemas of others are bounded.",
     "No schema of a client's is taken; those of its forms are the server's own, and hold no $ref "
     "to elsewhere."),
    ("basic/patterns/cancellation", "A server that ends a stream of changes cancels it.",
     "The page on subscriptions, which is younger, has it answered with a result instead. Both "
     "official libraries do that, and take a cancellation for a broken connection; the "
     "specification's issue 3348 asks for the two pages to agree."),
    ("basic#icons", "Icons.", "None are offered."),
    ("basic/utilities/ping", "Pings from the server.",
     "WebSocket's own are sent, streams have signs of life; pipes tell of their end."),
)  # fmt: skip
