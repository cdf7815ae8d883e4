"""Tools of external MCP servers, which an administrator has named in the settings."""
