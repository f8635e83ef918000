"""Does the linter say what real clients do? See README.md."""

from __future__ import annotations

import argparse
import sys

import java_client
import python_clients


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--count", type=int, default=2_000, help="configurations a client")
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument(
        "--kafka-clients", nargs="*", default=[], metavar="RELEASE=CLASSES", help="jars of a release"
    )
    options = parser.parse_args()
    differences = python_clients.compare(options.count, options.seed)
    for given in options.kafka_clients:
        release, classes = given.split("=", 1)
        differences += java_client.compare_config(release, classes, options.count, options.seed)
    differences += java_client.compare_properties(options.count, options.seed)
    print(f"{differences} differences")
    return 1 if differences else 0


if __name__ == "__main__":
    sys.exit(main())
