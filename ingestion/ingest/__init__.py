"""Lines of files into a topic: with an idempotent producer, or in transactions. ../README.md."""
