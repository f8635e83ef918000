#!/usr/bin/env bash
# Types and tests of the ingestion, against a real Kafka on 127.0.0.1 that is stopped at the end. With --long also the
# stories that take minutes, and more kills in each. Needs what `make python` has built. Ends with 75 if a tool is missing.
set -euo pipefail
cd "$(dirname "$0")/.."
tools/require java "a JDK 17"
tools/require mvn "Maven 3.8"
tools/require .venv/bin/fencepost "make python"
export PIP_DISABLE_PIP_VERSION_CHECK=1

requirements=ingestion/requirements.txt
if ! cmp -s $requirements .venv/requirements-ingestion; then
    .venv/bin/pip install -q -r $requirements
    cp $requirements .venv/requirements-ingestion
fi
.venv/bin/fencepost lint ingestion/producer_configs.properties
.venv/bin/mypy --config-file ingestion/mypy.ini ingestion/pipeline.py ingestion/ingest
cd ingestion
if [ "${1:-}" = --long ]; then
    shift
    exec ../.venv/bin/python -m pytest --kills 12 "$@"
fi
exec ../.venv/bin/python -m pytest -m "not long" --kills 2 "$@"
