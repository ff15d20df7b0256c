"""How ``pdf_process.py`` and ``pdf_child.py`` begin a message: the lengths of its JSON and of the bytes after it."""

import struct

HEAD = struct.Struct(">II")
