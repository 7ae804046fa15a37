#!/usr/bin/env bash
# integration.sh [TARGET...]: ansible-test integration against a local AWS of its own.
set -euo pipefail
cd "$(dirname "$0")/.."

tools/with_local_aws.sh tools/ansible_test.sh integration --continue-on-error "$@"
