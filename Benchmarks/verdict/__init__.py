"""What the figures of contenders say of each other."""
