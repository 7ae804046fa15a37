#!/usr/bin/env bash
# docs.sh: the documentation of all plugins and roles as text files in build/docs.
set -euo pipefail
cd "$(dirname "$0")/.."

export PATH=$PWD/.venv/bin:$PATH ANSIBLE_COLLECTIONS_PATH=$PWD/.collections NO_COLOR=1
mkdir -p build/docs
for kind in module filter role; do
    ansible-doc --type "$kind" --list terraglue.aws --json |
        python -c 'import json, sys; print("\n".join(json.load(sys.stdin)))' |
        while read -r name; do
            ansible-doc --type "$kind" "$name" >"build/docs/$name.$kind.txt"
        done
done
ls build/docs
