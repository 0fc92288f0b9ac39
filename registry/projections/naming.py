"""Naming: what a resource is and was called, and the words it is found by."""

from __future__ import annotations

from typing import TYPE_CHECKING, TypeAlias

from registry.domain.effective import BEGINNING, FOREVER
from registry.projections.folding import fold, words
from registry.projections.tables import ALIAS, IDENTIFIER, NAMED, Term, Word

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from registry.domain.cluster import Cluster
    from registry.domain.edition import Edition
    from registry.domain.identifiers import Identifier
    from registry.domain.organisation import Organisation
    from registry.domain.partnership import Partnership
    from registry.domain.spans import Span
    from registry.domain.timeline import Timeline

    TermsAndWords: TypeAlias = "tuple[Iterable[Term], Iterable[Word]]"


def cluster_names(state: Cluster) -> TermsAndWords:
    """Names, aliases and identifiers of a cluster."""
    stream = state.stream
    terms = [*_names(stream, state.name), *_identifiers(stream, state.identifiers)]
    terms += [_of_span(ALIAS, stream, alias, alias.what) for alias in state.aliases]
    return _with_words(stream, terms)


def organisation_names(state: Organisation) -> TermsAndWords:
    """Names and identifiers of an organisation."""
    names, identifiers = state.name, state.identifiers
    terms = [*_names(state.stream, names), *_identifiers(state.stream, identifiers)]
    return _with_words(state.stream, terms)


def stated_name(state: Partnership | Edition) -> TermsAndWords:
    """The name a partnership or an edition was given once for all."""
    return _with_words(state.stream, [_always(state.stream, state.terms.name)])


def _names(stream: str, names: Timeline[str]) -> Iterator[Term]:
    """The first name also stands for the time before it, as in every answer."""
    since = BEGINNING
    following = [*names.entries[1:], None]
    for entry, after in zip(names.entries, following, strict=True):
        # Of two names from one day on the earlier is in force on no day: it ends before it begins.
        until = FOREVER if after is None else after.at.first_day - 1
        ends = "" if after is None else str(after.at)
        text = entry.value
        yield Term(stream, since, until, NAMED, "", text, fold(text), str(entry.at), ends)
        since = until + 1


def _identifiers(stream: str, spans: Iterable[Span[Identifier]]) -> Iterator[Term]:
    for span in spans:
        scheme, value = span.what
        yield _of_span(IDENTIFIER, stream, span, value, scheme)


def _of_span(
    source: int, stream: str, span: Span[str] | Span[Identifier], text: str, scheme: str = ""
) -> Term:
    ends = "" if span.end is None else str(span.end)
    days = (span.first_day, span.last_day)
    return Term(stream, *days, source, scheme, text, fold(text), str(span.start), ends)


def _always(stream: str, name: str) -> Term:
    return Term(stream, BEGINNING, FOREVER, NAMED, "", name, fold(name), "", "")


def _with_words(stream: str, terms: list[Term]) -> TermsAndWords:
    found = frozenset[str]().union(*(words(term.text) for term in terms))
    return terms, [Word(stream, word) for word in found]
