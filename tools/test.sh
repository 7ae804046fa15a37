#!/usr/bin/env bash
# test.sh [STEP...]: everything that runs the collection.
set -euo pipefail
cd "$(dirname "$0")/.."

export PATH=$PWD/.venv/bin:$PATH
. tools/steps.sh

units() { pytest -q -n 2 --dist loadfile tests/unit; }

# Once more as ansible-test does it, under the collection's own root.
ansible_units() { tools/ansible_test.sh units; }

integration() { tools/integration.sh; }

molecule() { tools/molecule.sh; }

# Two at a time: each file has a local AWS of its own.
system() { pytest -q -n 2 --dist loadfile tests/system; }

told() {
    cat "$2"
    return "$1"
}

# The system tests are many runs of playbooks in a row: they go on beside the other steps, and are told last.
system_log=$(mktemp)
system_pid=
if wanted system "$@"; then
    system >"$system_log" 2>&1 </dev/null &
    system_pid=$!
fi
trap 'rm -f "$system_log"; [ -z "$system_pid" ] || kill "$system_pid" 2>/dev/null || true' EXIT

for name in units ansible_units integration molecule; do
    if wanted "$name" "$@"; then
        step "$name" "$name"
    fi
done
if [ -n "$system_pid" ]; then
    system_status=0
    wait "$system_pid" || system_status=$?
    system_pid=
    step system told "$system_status" "$system_log"
fi
finish test
