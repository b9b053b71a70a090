"""What to audit, as Items one by one: nothing holds the whole input."""
