"""`make bench`: the gateway against its floors and against a usual REST service, in one run."""
