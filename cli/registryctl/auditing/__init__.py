"""What the commands of `registryctl audit` stand on: trust, bundles."""
