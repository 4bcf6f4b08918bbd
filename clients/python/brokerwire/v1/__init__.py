"""Generated from proto/brokerwire/v1 by scripts/gen. Do not edit."""
