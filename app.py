"""Starts the web page, and does nothing else: ``python app.py`` is ``raadwijzer app``."""

import sys

from rag.cli import main

if __name__ == "__main__":
    sys.exit(main(["app", *sys.argv[1:]]))
