"""What every partner of Google shares: keys, signing in, the shape of its answers."""
