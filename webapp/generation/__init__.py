"""Generation over HTTP: streams, models, and OpenAI's API."""
