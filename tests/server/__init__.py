"""The service over gRPC: a real server on a free port, and real stubs."""
