"""All that is offered, before it is served."""

from dataclasses import dataclass

from basicchat.mcp.offers import Offer
from basicchat.mcp.prompt_offers import PromptOffer
from basicchat.mcp.resource_offers import ResourceOffer


@dataclass(kw_only=True)
class Catalogue:
    """Tools by name, kinds of resources, and prompts."""

    tools: dict[str, Offer]
    resources: list[ResourceOffer]
    prompts: list[PromptOffer]
