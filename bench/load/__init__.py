"""The load generator. It speaks HTTP itself, because a general client costs as much as the server it would measure."""
