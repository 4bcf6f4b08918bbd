"""The doors: gRPC and HTTP, each a thin adapter around the same API in the same event loop."""
