case C of $" -> $'; $\\ -> "a" end.
