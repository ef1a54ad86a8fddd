"""Small things without a business word: what every other floor may lean on."""
