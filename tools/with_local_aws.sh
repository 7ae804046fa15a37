#!/usr/bin/env bash
# with_local_aws.sh COMMAND...: the command beside a local AWS of its own, on a free port, forgotten afterwards.
# Its address and credentials are in the command's AWS_... environment.
set -euo pipefail

root=$(cd "$(dirname "$0")/.." && pwd)
state=$(mktemp -d)
port=$("$root/.venv/bin/python" -c '
import socket
with socket.socket() as probe:
    probe.bind(("127.0.0.1", 0))
    print(probe.getsockname()[1])')

local_aws() {
    "$root/.venv/bin/python" "$root/roles/local_aws/files/local_aws.py" "$1" --port "$port" --state-dir "$state/aws"
}

finish() {
    local_aws wipe >/dev/null || true
    rm -rf "$state"
}
trap finish EXIT

local_aws start
export AWS_ENDPOINT_URL=http://127.0.0.1:$port AWS_REGION=us-east-1
export AWS_ACCESS_KEY_ID=test AWS_SECRET_ACCESS_KEY=test
"$@"
