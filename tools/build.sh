#!/usr/bin/env bash
# build.sh: the collection as an archive in build/, of the files that git knows and no others.
set -euo pipefail
cd "$(dirname "$0")/.."

copy=$(mktemp -d)
trap 'rm -rf "$copy"' EXIT
tools/copy_collection.sh "$copy"
.venv/bin/ansible-galaxy collection build --force --output-path build "$copy/ansible_collections/terraglue/aws"
