"""What editors and coding agents ask: a language server (LSP) and a tool server (MCP)."""
