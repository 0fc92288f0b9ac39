"""Names as they are compared: without case and marks (docs/finding.md)."""

import unicodedata

STROKES = str.maketrans("łŁøØ", "lLoO")


def folded(text):
    """A name as it is sorted and compared."""
    letters = unicodedata.normalize("NFKD", text.translate(STROKES).casefold())
    return "".join(letter for letter in letters if not unicodedata.combining(letter))
