"""What happens while a network is trained: one callback a file, put together by ``build``."""
