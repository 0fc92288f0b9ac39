"""Published names of the industrial ecosystems: a theme that is one of them is a tag."""

import difflib
import unicodedata

# As https://clustercollaboration.eu/typology and the 2021 Eurocluster call write them.
ECOSYSTEMS = {
    "Aerospace & defence": "aerospace-defence",
    "Aerospace & Defence": "aerospace-defence",
    "Agri-food": "agri-food",
    "Construction": "construction",
    "Cultural and creative industries (CCI)": "cultural-creative",
    "Creative & Cultural Industries": "cultural-creative",
    "Digital": "digital",
    "Electronics": "electronics",
    "Energy-intensive industries (EII)": "energy-intensive",
    "Energy Intensive Industries": "energy-intensive",
    "Energy-renewables": "energy-renewables",
    "Renewable Energy": "energy-renewables",
    "Health": "health",
    "Mobility-Transport-Automotive": "mobility-transport-automotive",
    "Proximity, social economy and civil society": "proximity-social-economy",
    "Proximity & Social Economy": "proximity-social-economy",
    "Retail": "retail",
    "Textiles": "textiles",
    "Textile": "textiles",
    "Tourism": "tourism",
}


def ecosystem(theme: str) -> str | None:
    """Slug of the ecosystem whose published name the whole theme is, or none.

    Case, diacritics and surrounding or repeated spaces do not count; a part of a name is none.
    """
    return _BY_NAME.get(_folded(theme))


def closest(text: str) -> str | None:
    """Slug of the ecosystem that a person may have meant, for a hint only."""
    found = difflib.get_close_matches(_folded(text), _BY_NAME, n=1)
    return _BY_NAME[found[0]] if found else None


def _folded(text: str) -> str:
    letters = unicodedata.normalize("NFKD", text.casefold())
    return " ".join("".join(c for c in letters if not unicodedata.combining(c)).split())


_BY_NAME = {_folded(name): slug for name, slug in ECOSYSTEMS.items()} | {
    slug: slug for slug in ECOSYSTEMS.values()
}
