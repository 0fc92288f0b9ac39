"""From resources to files: what is asked, how a resource is a row, what a row cannot hold."""
