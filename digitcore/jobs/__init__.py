"""Which run starts when, and the processes that train."""
