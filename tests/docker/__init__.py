"""The image and the compose file: what they say, and what they do when they run."""
