"""Regions over gRPC: what a code means in a version, what is below it, what became of it."""

import pytest
from google.protobuf.json_format import MessageToDict
from grpc import StatusCode

from registry.v1.region_service_pb2 import ResolutionKind
from tests.server.client import refusal

EXACT, AMBIGUOUS, LEFT = (
    ResolutionKind.Value(f"RESOLUTION_KIND_{kind}") for kind in ("EXACT", "AMBIGUOUS", "LEFT")
)


async def test_a_code_is_described_in_the_version_asked_for(client):
    """PL32 is Podkarpackie until 2013: its name comes from the code it has today."""
    region = (await client("GetRegion", region="regions/PL32", version=2013)).region
    assert MessageToDict(region) == {
        "region": "regions/PL32",
        "code": "PL32",
        "version": 2013,
        "level": 2,
        "name": "Podkarpackie",
        "parent": "regions/PL3",
        "country": "PL",
        "versions": [2006, 2010, 2013],
    }


@pytest.mark.parametrize(
    ("said", "version", "code"),
    [
        ("pl82", 0, "PL82"),
        ("EL30", 0, "EL30"),
        ("GR30", 0, "EL30"),
        ("regions/GR", 0, "EL"),
        ("GR30", 2006, "GR30"),
        ("EL30", 2006, "GR30"),
        ("GBD", 2021, "UKD"),
        ("RS12", 2024, "RS12"),
    ],
)
async def test_a_code_is_found_as_people_write_it(client, said, version, code):
    """In any case, with ISO's letters of a country or Eurostat's, as that version has it."""
    assert (await client("GetRegion", region=said, version=version)).region.code == code


@pytest.mark.parametrize(
    ("code", "says"),
    [
        ("PL32", "it is in 2006, 2010, 2013; in 2024 its territory lies in PL82"),
        ("PL12", "in 2024 its territory lies in PL92, PL91"),
        ("UKD", "in 2024 its territory is outside NUTS"),
        ("XX99", "it is in no version"),
    ],
)
@pytest.mark.parametrize("rpc", ["GetRegion", "GetRegionSummary"])
async def test_a_code_of_another_version_is_refused_and_what_became_of_it_said(
    client, rpc, code, says
):
    """Whoever has an old code reads which one to ask for."""
    refused = await refusal(client(rpc, region=code))
    assert refused.code is StatusCode.NOT_FOUND
    assert refused.ResourceInfo.resource_name == f"regions/{code}"
    assert refused.message.endswith(says)


@pytest.mark.parametrize("region", ["regions/PL82", "pl82"])
async def test_a_summary_takes_the_name_and_the_code_of_a_region(client, region):
    """As every request that names a resource."""
    assert (await client("GetRegionSummary", region=region)).summary.region == "PL82"


@pytest.mark.parametrize(
    ("rpc", "subject"),
    [
        ("GetRegionSummary", {"region": "PL82"}),
        ("GetEcosystemSummary", {"ecosystem": "digital"}),
        ("GetEditionSummary", {"edition": "editions/e"}),
    ],
)
async def test_a_summary_is_counted_by_a_version_that_there_is(client, rpc, subject):
    """The refusal names the field and the versions."""
    refused = await refusal(client(rpc, **subject, byVersion=2019))
    assert refused.code is StatusCode.INVALID_ARGUMENT
    (violation,) = refused.BadRequest.field_violations
    assert violation.field == "by_version"
    assert "expected 2006, 2010, 2013, 2016, 2021, 2024" in violation.description


async def test_what_became_of_a_territory_is_resolved_with_shares(client):
    """Recoded: one region; split: all of them, largest first; gone: said."""
    podkarpackie = (await client("ResolveRegion", region="PL32")).resolution
    assert (podkarpackie.from_version, podkarpackie.to_version) == (2013, 2024)
    assert (podkarpackie.kind, podkarpackie.resolved) == (EXACT, "regions/PL82")

    mazovia = (await client("ResolveRegion", region="PL12", fromVersion=2013)).resolution
    assert (mazovia.kind, mazovia.resolved) == (AMBIGUOUS, "")
    shares = {c.region: (c.share_area, c.share_population) for c in mazovia.candidates}
    assert list(shares) == ["regions/PL92", "regions/PL91"]
    assert sum(area for area, _ in shares.values()) == pytest.approx(1)

    assert (await client("ResolveRegion", region="UKD")).resolution.kind == LEFT
    back = (await client("ResolveRegion", region="PL91", toVersion=2013)).resolution
    assert (back.kind, back.resolved) == (EXACT, "regions/PL12")


async def test_a_code_that_its_version_has_not_is_not_resolved(client):
    """Another territory may have had it in another version."""
    refused = await refusal(client("ResolveRegion", region="PL32", fromVersion=2016))
    assert refused.code is StatusCode.NOT_FOUND
    assert "is not in NUTS 2016" in refused.message


async def listed(client, **fields):
    """Codes of all pages."""
    codes, token = [], ""
    while True:
        page = await client("ListRegions", **fields, pageToken=token)
        codes += [region.code for region in page.regions]
        assert page.next_page_token != token or not token, "a page that leads to itself"
        token = page.next_page_token
        if not token:
            return codes


async def test_regions_are_listed_below_another(client):
    """Directly below it, or of a level."""
    assert await listed(client, parent="PL8") == ["PL81", "PL82", "PL84"]
    polish = await listed(client, parent="regions/pl", level=2)
    assert len(polish) == 17
    assert await listed(client, parent="PL82", level=1) == []
    assert await listed(client, parent="PL", version=2013) == [f"PL{n}" for n in range(1, 7)]


async def test_all_countries_and_all_regions_of_a_level_are_listed_page_by_page(client):
    """Every region once, whatever the size of the pages."""
    countries = await listed(client)
    assert "PL" in countries
    assert "EL" in countries
    assert "UK" not in countries
    assert "UK" in await listed(client, version=2016)
    whole = await listed(client, level=2, pageSize=500)
    assert await listed(client, level=2, pageSize=37) == whole == sorted(set(whole))
    assert len(whole) > 240


@pytest.mark.parametrize(
    ("rpc", "fields", "field"),
    [
        ("GetRegion", {"region": "P"}, "region"),
        ("GetRegion", {"region": "PL82", "version": 2015}, "version"),
        ("ListRegions", {"parent": "nowhere"}, "parent"),
        ("ListRegions", {"level": 4}, "level"),
        ("ListRegions", {"pageToken": "x"}, "page_token"),
        ("ResolveRegion", {"region": "PL82", "toVersion": 1}, "to_version"),
    ],
)
async def test_a_wrong_field_is_named(client, rpc, fields, field):
    """Also where no log is read."""
    refused = await refusal(client(rpc, **fields))
    assert (refused.code, refused.fields) == (StatusCode.INVALID_ARGUMENT, [field])


async def test_a_token_of_another_list_is_refused(client):
    """It would begin at a place that means nothing there."""
    token = (await client("ListRegions", parent="PL", level=2, pageSize=2)).next_page_token
    refused = await refusal(client("ListRegions", parent="DE", level=2, pageToken=token))
    assert refused.fields == ["page_token"]
