"""The filters in a search's query: `in:NAME` and `in:"A NAME"` name collections."""

import re
from collections.abc import Sequence

from basicchat.api.calls import Call
from basicchat.domain.errors import Conflict, NotFound

# Stands for the actor's own documents.
OWN = "me"
MAX_FILTERS = 20
_IN = re.compile(r'(?<!\S)in:(?:"([^"]{1,200})"|([^\s"]{1,200}))(?!\S)', re.IGNORECASE)


def split(query: str) -> tuple[str, tuple[str, ...]]:
    """The words of a query without its filters, and the collections that these name."""
    names = tuple(quoted or word for quoted, word in _IN.findall(query))[:MAX_FILTERS]
    return (" ".join(_IN.sub(" ", query).split()), names) if names else (query, ())


async def collections_named(call: Call, names: Sequence[str]) -> tuple[str, ...]:
    """The ids of collections that the actor may see, by their ids or their names.

    Raises:
        NotFound: there is no such collection, or the actor may not see it.
        Conflict: several collections have this name.
    """
    store, user_id = call.services.store, call.actor.user.id
    visible = await store.collections(list(await store.collection_roles(user_id)))
    found = []
    for name in names:
        wanted = name.casefold()
        by_id = [each for each in visible if each.collection_id == name]
        matching = by_id or [each for each in visible if each.name.casefold() == wanted]
        if len(matching) > 1:
            raise Conflict(
                f"Several collections are called {name}",
                hint="Name it by its id.",
                reason="collection_name_ambiguous",
                params={"name": name},
            )
        if matching:
            found.append(matching[0].collection_id)
        elif wanted in (OWN, user_id):
            found.append(user_id)
        else:
            raise NotFound(
                f"There is no collection called {name}",
                hint='Put a name of several words in quotation marks: in:"A name".',
                reason="resource_not_found",
                params={"resource": "collection"},
            )
    return tuple(found)
