"""`python -m peerfinder`."""

import sys

from peerfinder.cli import main

sys.exit(main())
