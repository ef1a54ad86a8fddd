"""For developers: a chain of one node, deployment, scenarios and replay on this machine."""
