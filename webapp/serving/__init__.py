"""The server process: socket and gunicorn."""
