#!/usr/bin/env python3
"""Ingests the lines of files into a topic, under settings that are checked first.

    pipeline.py --transactional --transactional-id access-log --topic lines access.log
"""

from ingest.cli import main

if __name__ == "__main__":
    main()
