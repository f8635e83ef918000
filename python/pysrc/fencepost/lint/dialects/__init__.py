"""What each client makes of its settings, and which rules hold."""
