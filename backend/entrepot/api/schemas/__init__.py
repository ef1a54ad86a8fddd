"""What requests carry (nothing unknown, nothing coerced) and what answers look like."""
