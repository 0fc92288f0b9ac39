"""From resources to files: what is asked, how a resource is a row, what a row cannot hold."""

KINDS = (
    "organisations",
    "clusters",
    "partnerships",
    "partnership_members",
    "editions",
    "participations",
)
"""Names of the files, without their endings, in the order in which an import reads them."""
FORMS = ("csv", "ndjson")
MANIFEST = "export.json"
"""File that says what the others hold; an import passes it over."""
