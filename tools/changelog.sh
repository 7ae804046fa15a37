#!/usr/bin/env bash
# changelog.sh [OPTIONS]: turn the changelog fragments into the release of galaxy.yml's version.
set -euo pipefail
cd "$(dirname "$0")/.."

export PATH=$PWD/.venv/bin:$PATH ANSIBLE_COLLECTIONS_PATH=$PWD/.collections
antsibull-changelog release --reload-plugins "$@"
