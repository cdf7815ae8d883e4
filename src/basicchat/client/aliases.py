"""camelCase aliases, the names of the JavaScript client."""

from collections.abc import Callable
from functools import wraps
from typing import Any, TypeVar

Class = TypeVar("Class", bound=type)


def camel(name: str) -> str:
    """`send_query` → `sendQuery`."""
    first, *more = name.split("_")
    return first + "".join(word.capitalize() for word in more)


def snake(name: str) -> str:
    """`sendQuery` → `send_query`."""
    return "".join(f"_{letter.lower()}" if letter.isupper() else letter for letter in name)


def with_aliases(cls: Class) -> Class:
    """Add a camelCase alias of every public method, which takes camelCase keywords too."""
    for name, method in tuple(vars(cls).items()):
        if "_" in name and not name.startswith("_") and callable(method):
            setattr(cls, camel(name), _alias(method))
    return cls


def _alias(method: Callable[..., Any]) -> Callable[..., Any]:
    @wraps(method)
    def call(self: Any, *args: Any, **options: Any) -> Any:
        return method(self, *args, **{snake(name): value for name, value in options.items()})

    return call
