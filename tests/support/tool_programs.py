"""Programs that are MCP servers, as commands."""

import sys
from pathlib import Path

NOTES = (sys.executable, str(Path(__file__).parent / "mcp/notes_program.py"))
