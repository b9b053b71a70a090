"""From text to tokens: encodings, languages, and the lexer."""
