"""Sandboxes: servers that speak a broker's wire protocol, with faults on demand. They stand on `simulator`."""
