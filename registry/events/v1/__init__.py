"""Generated from protos/registry/events/v1: what the log stores."""
