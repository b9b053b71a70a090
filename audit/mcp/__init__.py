"""The MCP server: look-ups for coding agents."""
