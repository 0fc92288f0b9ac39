"""The grammar of filters: what it reads, and that it says where it cannot."""

import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from registry.errors import InvalidField
from registry.projections.fields import FIELDS, Context, conditions, ordering
from registry.projections.filters import MAX_COMPARISONS, AllOf, AnyOf, Comparison, Not, parse

names = st.sampled_from(["name", "country", "x1"])
operators = st.sampled_from(["=", "!=", "<", "<=", ">", ">=", ":"])
comparisons = st.builds(Comparison, names, operators, st.text(max_size=8), st.just(0), st.just(0))


def several(inner):
    return st.lists(inner, min_size=2, max_size=3).map(tuple)


trees = st.recursive(
    comparisons,
    lambda inner: st.one_of(
        st.builds(Not, inner), st.builds(AllOf, several(inner)), st.builds(AnyOf, several(inner))
    ),
    max_leaves=12,
)


def written(tree):
    """A filter as a person writes it."""
    match tree:
        case Comparison(field, operator, value):
            quoted = value.replace("\\", "\\\\").replace('"', '\\"')
            return f'{field} {operator} "{quoted}"'
        case Not(of):
            return f"NOT ({written(of)})"
        case AllOf(of):
            return " AND ".join(f"({written(each)})" for each in of)
        case AnyOf(of):
            return " OR ".join(f"({written(each)})" for each in of)


def changed(tree, change):
    """The tree with its comparisons changed."""
    match tree:
        case Comparison():
            return change(tree)
        case Not(of):
            return Not(changed(of, change))
        case _:
            return type(tree)(tuple(changed(each, change) for each in tree.of))


def without_columns(tree):
    return changed(tree, lambda each: each._replace(column=0, value_column=0))


@given(trees)
def test_what_is_written_is_read_as_it_was_meant(tree):
    """Any text may be a value, whatever marks are in it."""
    assert without_columns(parse(written(tree))) == tree


@given(st.text(alphabet="ab =<!>:()\"'\\ANDORT \n", max_size=30))
def test_any_text_is_read_or_refused_at_a_column_of_it(text):
    """Nothing else happens, however broken it is."""
    try:
        parse(text)
    except InvalidField as error:
        column = int(re.search(r"at column (\d+)", str(error)).group(1))
        assert 1 <= column <= len(text.rstrip()) + 1


MARKS = "zq; DROP"


@given(trees.map(lambda tree: changed(tree, lambda each: each._replace(value=MARKS + each.value))))
def test_no_text_of_a_value_is_in_a_statement(tree):
    """A condition has marks; values go beside it."""
    context = Context("1 = 1")
    try:
        sql = conditions(parse(written(tree)), "organisations", context)
    except InvalidField:
        return
    assert MARKS not in sql


@pytest.mark.parametrize(
    ("text", "column", "why"),
    [
        ("country", 8, "expected one of"),
        ("country = ", 10, "expected a value"),
        ('country = "PL', 11, "not closed"),
        ("(country = PL", 14, "not closed"),
        ("country = PL name = x", 14, "expected AND, OR or the end"),
        ("a = 1 AND b = 2 OR c = 3", 17, "in parentheses"),
        ("colour = red", 1, "fields: name, country, ecosystem"),
        ("country < PL", 1, "= !="),
        ("country = Q1", 11, "Q1"),
        ("established > soon", 15, "YYYY-MM-DD"),
        ("established = 2010-13", 15, "YYYY-MM-DD"),
        ("life = dead", 8, "live, ended, not-yet"),
        ("ecosystem = planes", 13, "planes"),
        ("region = PL99", 10, "PL99"),
        ("NOT", 4, "expected a field"),
        ("= x", 1, "expected a field"),
        ("(" * 21 + "country = PL", 21, "20 deep"),
        (" AND ".join(["country = PL"] * (MAX_COMPARISONS + 1)), 851, "at most 50"),
    ],
)
def test_what_is_wrong_is_said_with_its_column(text, column, why):
    """And with what would be right."""
    with pytest.raises(InvalidField, match=re.escape(f"at column {column}: ")) as refused:
        conditions(parse(text), "clusters", Context("1 = 1"))
    assert why in str(refused.value)
    assert str(refused.value).startswith("filter")


@pytest.mark.parametrize(
    "text", ["colour", "name sideways", "name,", "name, name desc", ",", "life"]
)
def test_an_order_that_is_none_is_refused(text):
    """Naming the fields that there are."""
    with pytest.raises(InvalidField, match="order_by"):
        ordering(text, "clusters")


def test_every_kind_that_is_listed_has_fields():
    """None is forgotten when one is added."""
    assert set(FIELDS) == {
        *("clusters", "organisations", "partnerships", "editions"),
        "participations",
    }
