"""Result objects drawn as figures; nothing is computed here."""
