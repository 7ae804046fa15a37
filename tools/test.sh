#!/usr/bin/env bash
# test.sh [STEP...]: everything that runs the collection.
set -euo pipefail
cd "$(dirname "$0")/.."

export PATH=$PWD/.venv/bin:$PATH
. tools/steps.sh

units() { pytest -q tests/unit; }

# Once more as ansible-test does it: each test under the collection's own root, plugins' tests only.
ansible_units() { tools/ansible_test.sh units; }

# Two at a time: each file has a local AWS of its own.
system() { pytest -q -n 2 --dist loadfile tests/system; }

integration() { tools/integration.sh; }

molecule() { tools/molecule.sh; }

steps=(units ansible_units integration molecule system)
for name in "${steps[@]}"; do
    if wanted "$name" "$@"; then
        step "$name" "$name"
    fi
done
finish test
