"""What happens in a daemon, counted for its operator: plain objects that its parts call."""
