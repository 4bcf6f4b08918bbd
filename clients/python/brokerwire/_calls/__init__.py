"""What a client can ask, as data: requests out of arguments and values out of answers, free of any I/O."""
