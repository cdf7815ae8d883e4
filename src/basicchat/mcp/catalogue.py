"""All that is offered, before it is served."""

from dataclasses import dataclass

from basicchat.mcp.features.prompt_types import PromptDefinition
from basicchat.mcp.features.resource_types import ResourceDefinition
from basicchat.mcp.features.tool_types import McpTool


@dataclass(kw_only=True)
class Catalogue:
    """Tools by name, kinds of resources, and prompts."""

    tools: dict[str, McpTool]
    resources: list[ResourceDefinition]
    prompts: list[PromptDefinition]
