"""The command line of the registry: a gRPC client, never the database."""
