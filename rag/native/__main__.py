"""``python -m rag.native``: compile the kernel."""

import sys

from rag.native.build import main

if __name__ == "__main__":
    sys.exit(main())
