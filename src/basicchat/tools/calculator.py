"""Calculator tool, because models are poor at arithmetic."""

import ast
import asyncio
import math
import operator
from collections.abc import Callable
from typing import Any

from simpleeval import SimpleEval

from basicchat.domain.chat import LOCAL_READ, ToolResult, ToolSpec
from basicchat.domain.plugins import ToolPlugin, ToolServices
from basicchat.domain.ports import Tool, ToolContext

MAX_LENGTH = 500
MAX_NODES = 200
MAX_DIGITS = 300
_LIMIT = 10**MAX_DIGITS
_TIMEOUT_SECONDS = 2.0


def _round(value: float, digits: int = 0) -> float:
    """Python's `round` with bounded digits: rounding an integer to -n digits computes 10 ** n."""
    if abs(digits) > MAX_DIGITS:
        raise ValueError
    return round(value, digits) if digits else round(value)


_FUNCTIONS: dict[str, Callable[..., Any]] = {
    "abs": abs,
    "round": _round,
    "min": min,
    "max": max,
    "sqrt": math.sqrt,
    "exp": math.exp,
    "log": math.log,
    "log2": math.log2,
    "log10": math.log10,
    "sin": math.sin,
    "cos": math.cos,
    "tan": math.tan,
    "asin": math.asin,
    "acos": math.acos,
    "atan": math.atan,
    "atan2": math.atan2,
    "hypot": math.hypot,
    "degrees": math.degrees,
    "radians": math.radians,
    "floor": math.floor,
    "ceil": math.ceil,
}
_NAMES = {"pi": math.pi, "e": math.e, "tau": math.tau}
_NODES = (
    ast.Expression,
    ast.BinOp,
    ast.UnaryOp,
    ast.Constant,
    ast.Name,
    ast.Load,
    ast.Call,
    ast.Add,
    ast.Sub,
    ast.Mult,
    ast.Div,
    ast.FloorDiv,
    ast.Mod,
    ast.Pow,
    ast.UAdd,
    ast.USub,
)

SPEC = ToolSpec(
    name="calculator",
    title="Calculator",
    description="Evaluate an arithmetic expression: + - * / // % **, parentheses, pi, e, tau, and "
    f"the functions {', '.join(_FUNCTIONS)}. Angles are in radians.",
    parameters={
        "type": "object",
        "properties": {
            "expression": {
                "type": "string",
                "description": "for example (3 + 4) * sqrt(2)",
                "maxLength": MAX_LENGTH,
            }
        },
        "required": ["expression"],
        "additionalProperties": False,
    },
    returns={
        "type": "object",
        "properties": {"value": {"type": ["number", "string"]}},
        "required": ["value"],
    },
    annotations=LOCAL_READ,
)


class Calculator:
    """Evaluates arithmetic expressions, and nothing else."""

    spec = SPEC

    async def run(self, arguments: dict[str, Any], context: ToolContext) -> ToolResult:
        """Evaluate `arguments["expression"]`."""
        del context
        expression = str(arguments.get("expression", ""))
        try:
            async with asyncio.timeout(_TIMEOUT_SECONDS):
                value = await asyncio.to_thread(evaluate, expression)
        except TimeoutError:
            return ToolResult(content="The calculation took too long.", is_error=True)
        except ValueError as error:
            return ToolResult(content=str(error), is_error=True)
        return ToolResult(content=_format(value), structured={"value": _json_number(value)})


def evaluate(expression: str) -> int | float:
    """The value of an arithmetic expression.

    Raises:
        ValueError: it is not an arithmetic expression, or too large; the message is for the user.
    """
    tree = _parse(expression)
    calculator = SimpleEval(operators=_OPERATORS, functions=_FUNCTIONS, names=_NAMES)
    try:
        value = calculator.eval(expression, previously_parsed=tree)
    except ZeroDivisionError:
        raise ValueError("Division by zero.") from None
    except OverflowError:
        raise ValueError("The result is too large.") from None
    except _TooLarge as error:
        raise ValueError(str(error)) from None
    except Exception:  # noqa: BLE001 - simpleeval and the functions raise many kinds
        raise ValueError(
            "The expression cannot be evaluated: check its names and arguments."
        ) from None
    if isinstance(value, complex) or not isinstance(value, int | float):
        raise ValueError("The result is not a real number.")
    if abs(value) >= _LIMIT if isinstance(value, int) else not math.isfinite(value):
        raise ValueError("The result is too large.")
    return value


class _TooLarge(Exception):
    pass


def _bounded(name: str) -> Callable[[Any, Any], Any]:
    """An operator that refuses results with more than MAX_DIGITS digits."""
    plain: Callable[[Any, Any], Any] = getattr(operator, name)

    def apply(left: Any, right: Any) -> Any:
        if _digits(name, left, right) > MAX_DIGITS:
            raise _TooLarge(f"The numbers exceed {MAX_DIGITS} digits.")
        return plain(left, right)

    return apply


def _digits(name: str, left: Any, right: Any) -> float:
    """An upper estimate of the decimal digits of an integer result."""
    if not (isinstance(left, int) and isinstance(right, int)):
        return 0.0
    bits = (
        left.bit_length() * abs(right) if name == "pow" else left.bit_length() + right.bit_length()
    )
    return bits * math.log10(2)


_OPERATORS: dict[type[ast.AST], Callable[..., Any]] = {
    ast.Add: _bounded("add"),
    ast.Sub: _bounded("sub"),
    ast.Mult: _bounded("mul"),
    ast.Div: operator.truediv,
    ast.FloorDiv: operator.floordiv,
    ast.Mod: operator.mod,
    ast.Pow: _bounded("pow"),
    ast.UAdd: operator.pos,
    ast.USub: operator.neg,
}


def _parse(expression: str) -> ast.expr:
    if len(expression) > MAX_LENGTH:
        raise ValueError(f"The expression is longer than {MAX_LENGTH} characters.")
    try:
        tree = ast.parse(expression.strip().replace("^", "**"), mode="eval")
    except (SyntaxError, ValueError, RecursionError, MemoryError):
        raise ValueError("This is not an arithmetic expression.") from None
    nodes = list(ast.walk(tree))
    numbers = all(
        isinstance(node.value, int | float) for node in nodes if isinstance(node, ast.Constant)
    )
    if len(nodes) > MAX_NODES or not numbers or not all(isinstance(n, _NODES) for n in nodes):
        raise ValueError("Only numbers, arithmetic and the listed functions are allowed.")
    return tree.body


def _format(value: int | float) -> str:
    return repr(value) if isinstance(value, int) else f"{value:.15g}"


def _json_number(value: int | float) -> int | float | str:
    """Integers of 2 ** 53 and more as text, because JSON numbers would lose their last digits."""
    return value if abs(value) < 2**53 or isinstance(value, float) else str(value)


def _create(services: ToolServices) -> Tool:
    del services
    return Calculator()


PLUGIN = ToolPlugin(name=SPEC.name, create=_create)
