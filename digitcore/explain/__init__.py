"""One image's way through a network: what every layer gives, each number taken apart, and why the answer is what it is."""
