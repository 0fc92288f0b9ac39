"""Location quotients over gRPC: what is asked, what is refused, and what each number counts."""

import pytest
from grpc import StatusCode

from tests.server.client import refusal
from tests.server.story import on


async def clusters(client):
    """Two of Podkarpackie, one of them digital, and one of Prague; the position."""
    for each, code, slug in (
        ("aa", "PL82", "digital"),
        ("bb", "PL82", "health"),
        ("cc", "CZ01", ""),
    ):
        fields = {"clusterId": each, "name": each, "country": code[:2], "options": on(2010)}
        await client("RegisterCluster", **fields)
        regions = [{"code": code, "classificationVersion": 2024, "role": "ROLE_SEAT"}]
        await client("LocateCluster", cluster=f"clusters/{each}", regions=regions, options=on(2010))
        tags = [{"ecosystem": slug or "digital"}]
        answer = await client("SetClusterEcosystems", cluster=f"clusters/{each}", ecosystems=tags)
    return answer.recorded.position


async def test_a_region_and_an_ecosystem_have_the_same_quotient(any_client):
    """Whichever was asked about, at every level; where there is none the field is absent."""
    seen = {"minPosition": str(await clusters(any_client))}
    region = await any_client("GetSpecialisation", region="regions/pl82", options=seen)
    digital = await any_client("GetSpecialisation", ecosystem="digital", options=seen)
    rows = {row.ecosystem: row for row in region.specialisation.rows}
    assert rows["digital"] in list(digital.specialisation.rows)
    assert rows["digital"].quotient == pytest.approx((1 / 2) / (2 / 3))
    assert rows["digital"].small_numbers
    assert not rows["retail"].HasField("quotient")
    countries = await any_client("GetSpecialisation", ecosystem="digital", level=0, options=seen)
    assert [row.region for row in countries.specialisation.rows] == ["regions/CZ", "regions/PL"]
    assert (countries.specialisation.level, digital.specialisation.level) == (0, 2)


async def test_each_number_is_explained_by_the_clusters_it_counts(client):
    """Of the region and of the ecosystem, by the names that the reference gives."""
    seen = {"minPosition": str(await clusters(client))}

    async def counted(figure, **of):
        answer = await client(
            "ExplainFigure", figure=f"specialisation.{figure}", options=seen, **of
        )
        assert all(each.evidence for each in answer.contributions)
        return [each.resource[-2:] for each in answer.contributions]

    assert await counted("clusters.digital", region="PL82") == ["aa"]
    assert await counted("inRegion", region="PL82") == ["aa", "bb"]
    assert await counted("inEcosystem.digital", region="PL82") == ["aa", "cc"]
    assert await counted("total", region="PL82") == ["aa", "bb", "cc"]
    assert await counted("clusters.CZ", ecosystem="digital") == ["cc"]
    assert await counted("inRegion.PL8", ecosystem="digital") == ["aa", "bb"]
    assert await counted("coarser.2", ecosystem="digital") == []


@pytest.mark.parametrize(
    ("asked", "field"),
    [
        ({}, "of"),
        ({"region": "PL82", "level": 1}, "level"),
        ({"ecosystem": "digital", "level": 3}, "level"),
        ({"ecosystem": "digital", "byVersion": 2019}, "by_version"),
        ({"region": "PL82", "version": 2019}, "version"),
        ({"region": "Podkarpackie"}, "region"),
    ],
)
async def test_what_cannot_be_asked_is_refused(client, asked, field):
    """The refusal names the field."""
    refused = await refusal(client("GetSpecialisation", **asked))
    assert refused.code is StatusCode.INVALID_ARGUMENT
    assert refused.fields == [field]


@pytest.mark.parametrize("asked", [{"region": "PL32"}, {"ecosystem": "metallurgy"}])
async def test_what_is_not_there_is_not_found(client, asked):
    """A code outside its version, a slug that is none."""
    assert (await refusal(client("GetSpecialisation", **asked))).code is StatusCode.NOT_FOUND
