"""Skills that mean the same count as the same: names of skills, and the reference skill each means."""
