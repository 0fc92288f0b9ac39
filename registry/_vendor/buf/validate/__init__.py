"""Generated from the descriptor that protovalidate embeds."""
