"""The gRPC service: servicers, interceptors and the access policy."""
