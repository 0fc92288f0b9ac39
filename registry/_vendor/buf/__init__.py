"""Generated home of buf.validate for google.protobuf."""
