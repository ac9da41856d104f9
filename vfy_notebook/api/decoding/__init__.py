"""From an answer's bytes to records.

`answers` decodes strictly and fast; what it refuses is read by `lenient`, a value at a time.
"""

from vfy_notebook.api.decoding.answers import Model, decode, decode_page

__all__ = ["Model", "decode", "decode_page"]
