"""Where code is written: a language server for editors, a tool server for coding agents.

    lsp_*      `whence lsp`: findings of open documents as diagnostics, hovers and code actions
    tool_*     `whence mcp`: look-ups and searches as tools, over the Model Context Protocol

pygls is imported in lsp_server.py alone and mcp in tool_server.py; all else can be tested, and
read, without either.
"""
