"""What the gateway tells about itself: structured logs, metrics and traces. Secrets appear in none of them."""
