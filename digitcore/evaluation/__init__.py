"""How well models read digits, and which of them can be told apart."""
