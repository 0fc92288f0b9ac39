"""Generated from protos/registry/v1: services, requests, resources."""
