"""Countries by ISO 3166 alpha-2 code, in ISO's and in Eurostat's spelling."""

from iso3166 import countries_by_alpha2

_EUROSTAT = {"GR": "EL", "GB": "UK"}
_ISO = {eurostat: iso for iso, eurostat in _EUROSTAT.items()}


class UnknownCountry(LookupError):
    """The value names no country."""

    def __init__(self, value: str) -> None:
        super().__init__(
            f"{value!r} is no country: expected an ISO 3166 alpha-2 code, or EL, UK or XK"
        )
        self.value = value


def iso(code: str) -> str:
    """ISO 3166 alpha-2 code of a country given in either spelling and any case (XK for Kosovo).

    Raises: UnknownCountry.
    """
    written = code.upper()
    found = _ISO.get(written, written)
    if not code.isascii() or found not in countries_by_alpha2:
        raise UnknownCountry(code)
    return found


def eurostat(code: str) -> str:
    """Code of a country as Eurostat writes it: EL for Greece, UK for the United Kingdom.

    Raises: UnknownCountry.
    """
    found = iso(code)
    return _EUROSTAT.get(found, found)


def other_spelling(letters: str) -> str:
    """The other of the two spellings of a country's code; the same where there is one only."""
    return _EUROSTAT.get(letters) or _ISO.get(letters) or letters


def name(code: str) -> str:
    """Short English name of a country.

    Raises: UnknownCountry.
    """
    return countries_by_alpha2[iso(code)].apolitical_name
