"""``python -m digitcore``."""

import sys

from digitcore.cli.main import main

sys.exit(main())
