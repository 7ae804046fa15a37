#!/usr/bin/env bash
# ansible_test.sh COMMAND [OPTIONS]: ansible-test on a copy of the collection. It wants the collection in a
# folder .../ansible_collections/terraglue/aws, and no link to one.
set -euo pipefail
cd "$(dirname "$0")/.."

PATH=$PWD/.venv/bin:$PATH
command=$1
shift
copy=$(mktemp -d)
trap 'rm -rf "$copy"' EXIT
tools/copy_collection.sh "$copy"

# ansible-test of ansible-core 2.19 makes its environments with pip 24.2.
bootstrap=$HOME/.ansible/test/cache/get_pip_24_2.py
if [ ! -f "$bootstrap" ]; then
    mkdir -p "$(dirname "$bootstrap")"
    cp tools/get_pip.py "$bootstrap"
fi

python=$(python -c 'import sys; print("%d.%d" % sys.version_info[:2])')
cd "$copy/ansible_collections/terraglue/aws"

# ansible-test hands no AWS_... variable on; the integration targets find the local AWS in this file.
if [ "$command" = integration ]; then
    cat >tests/integration/integration_config.yml <<END
---
aws_connection:
  endpoint_url: $AWS_ENDPOINT_URL
  region: $AWS_REGION
  access_key: $AWS_ACCESS_KEY_ID
  secret_key: $AWS_SECRET_ACCESS_KEY
END
fi

# ansible-test gives each test a process of its own: a server, a Spark session or AWS in process would be started for each
# of them. Those tests are pytest's alone.
if [ "$command" = units ]; then
    rm -rf tests/unit/glue_app tests/unit/glue_runtime tests/unit/local_aws tests/unit/plugins/modules/test_*
fi

ansible-test "$command" --python "$python" --color "${ANSIBLE_TEST_COLOR:-no}" "$@"
