"""One module for each resource; each of them a list of what can be asked and done."""
