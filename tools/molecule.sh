#!/usr/bin/env bash
# molecule.sh [SCENARIO...]: molecule's scenarios on a local AWS of their own, on a free port, forgotten afterwards.
set -euo pipefail
cd "$(dirname "$0")/.."

export PATH=$PWD/.venv/bin:$PATH
TERRAGLUE_MOLECULE_DIR=$(mktemp -d)
# Molecule remembers there what it has made; nothing is remembered from one run to the next.
export MOLECULE_EPHEMERAL_DIRECTORY=$TERRAGLUE_MOLECULE_DIR/molecule

# A run that failed half way destroys nothing by itself.
finish() {
    python roles/local_aws/files/local_aws.py wipe --port "$TERRAGLUE_MOLECULE_PORT" \
        --state-dir "$TERRAGLUE_MOLECULE_DIR/aws" >/dev/null || true
    python roles/local_aws/files/local_aws.py wipe --port "$TERRAGLUE_MOLECULE_SECOND_PORT" \
        --state-dir "$TERRAGLUE_MOLECULE_DIR/second-aws" >/dev/null || true
    rm -rf "$TERRAGLUE_MOLECULE_DIR"
}
read -r TERRAGLUE_MOLECULE_PORT TERRAGLUE_MOLECULE_SECOND_PORT < <(python -c '
import socket
with socket.socket() as one, socket.socket() as other:
    one.bind(("127.0.0.1", 0))
    other.bind(("127.0.0.1", 0))
    print(one.getsockname()[1], other.getsockname()[1])')
export TERRAGLUE_MOLECULE_DIR TERRAGLUE_MOLECULE_PORT TERRAGLUE_MOLECULE_SECOND_PORT
trap finish EXIT

if [ $# -eq 0 ]; then
    molecule test --all --report
else
    # "default" makes and destroys the local AWS around the others.
    molecule test --report --scenario-name default "${@/#/--scenario-name=}"
fi
