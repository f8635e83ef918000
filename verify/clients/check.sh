#!/usr/bin/env bash
# Compares the linter with real clients: verify/clients/check.sh [COUNT] [SEED]. Needs what `make python` has built, a JDK 17
# and Maven. Ends with 75 if a tool is missing.
set -euo pipefail
cd "$(dirname "$0")/../.."
tools/require java "a JDK 17"
tools/require mvn "Maven 3.8"
tools/require .venv/bin/fencepost "make python"

requirements=ingestion/requirements.txt
if ! cmp -s $requirements .venv/requirements-ingestion; then
    PIP_DISABLE_PIP_VERSION_CHECK=1 .venv/bin/pip install -q -r $requirements
    cp $requirements .venv/requirements-ingestion
fi
releases=()
for release in 3.9.2 4.0.2 4.1.2 4.4.0; do
    jars=$PWD/target/clients/$release
    if [ ! -d "$jars" ]; then
        for artifact in org.apache.kafka:kafka-clients:$release org.slf4j:slf4j-api:2.0.17 org.slf4j:slf4j-nop:2.0.17; do
            mvn -q -B dependency:copy -Dartifact=$artifact -DoutputDirectory="$jars.part"
        done
        mv "$jars.part" "$jars"
    fi
    releases+=("$release=$jars/*")
done
.venv/bin/mypy --strict --config-file ingestion/mypy.ini verify/clients
exec .venv/bin/python verify/clients/compare.py --count "${1:-2000}" --seed "${2:-1}" --kafka-clients "${releases[@]}"
