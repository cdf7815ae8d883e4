"""What a server's models support, learnt from its replies and error_mapping."""

import re
from collections import OrderedDict

from msgspec.structs import replace

from basicchat.domain.chat import ChatRequest
from basicchat.domain.values import Value
from basicchat.llm.error_reply import ErrorReply
from basicchat.llm.prompt import Template

MAX_MODELS = 256
_STATUSES = (400, 404, 422, 500, 501)
_ROLES = re.compile(
    r"system['\"` ]{0,3}(?:role|message|prompt|instruction)|role['\"`: ]{0,4}system"
    r"|does not support ['\"`]?system|developer (?:instruction|role|message)"
    r"|must alternate|only user and assistant|user and assistant roles"
    r"|(?:unexpected|unsupported|unknown|invalid) role|role.{0,30}(?:not supported|unsupported)"
    r"|after role|jinja|raise_exception|chat[ _]template|templateerror"
)
# The option with which a server has to be started to support tools is no matter of roles.
_TOOL_OPTION = re.compile(r"--jinja|--enable-auto-tool-choice|tool[ _-]?choice")


class Traits(Value, frozen=True, kw_only=True):
    """What is known of one model.

    Attributes:
        template: what its chat template supports.
        without: the parameters that it refuses.
        in_reasoning: its replies begin within reasoning.
    """

    template: Template = Template()
    without: frozenset[str] = frozenset()
    in_reasoning: bool = False


class ModelTraits:
    """The traits of one server's models; the newest 256 are remembered."""

    def __init__(self) -> None:
        self._traits: OrderedDict[str, Traits] = OrderedDict()

    def of(self, model: str) -> Traits:
        """What is known of a model."""
        return self._traits.get(model, Traits())

    def learn(self, model: str, traits: Traits) -> None:
        """Remember the traits with which a model has replied."""
        if traits == self.of(model):
            return
        self._traits[model] = traits
        self._traits.move_to_end(model)
        if len(self._traits) > MAX_MODELS:
            self._traits.popitem(last=False)


def with_simpler_template(
    refusal: ErrorReply, traits: Traits, request: ChatRequest
) -> Traits | None:
    """Traits to try after a refusal; None if the roles of the messages are not its reason."""
    if refusal.status not in _STATUSES or not _ROLES.search(refusal.text):
        return None
    if _TOOL_OPTION.search(refusal.text):
        return None
    template = traits.template
    if template.system and any(message.role == "system" for message in request.messages):
        return replace(traits, template=replace(template, system=False))
    if template.tools and any(m.role == "tool" or m.tool_calls for m in request.messages):
        return replace(traits, template=replace(template, tools=False))
    return None
