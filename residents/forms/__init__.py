"""What the registry's pages ask for. Forms look at shape and scope only; whether it may be done, the actions say."""
