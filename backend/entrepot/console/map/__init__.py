"""A voyage as a small map: the outline of the world, the ports that are known, the way between."""
