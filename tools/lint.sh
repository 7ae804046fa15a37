#!/usr/bin/env bash
# lint.sh [CHECK...]: the checks that read the collection and run nothing of it.
set -euo pipefail
cd "$(dirname "$0")/.."

export PATH=$PWD/.venv/bin:$PATH
export ANSIBLE_COLLECTIONS_PATH=$PWD/.collections NO_COLOR=1 ANSIBLE_NOCOLOR=1
scratch=$(mktemp -d)
trap 'rm -rf "$scratch"' EXIT
. tools/steps.sh

# antsibull-docs and galaxy-importer want the collection and amazon.aws side by side, outside of a git clone.
copy=$scratch/ansible_collections/terraglue/aws
tools/copy_collection.sh "$scratch"

ruff_check() { ruff check --no-cache .; }

ruff_format() { ruff format --no-cache --check .; }

# From the collections folder, so that a file has one name only: its full one.
types() {
    (
        cd .collections
        mypy --config-file "$OLDPWD/pyproject.toml" --cache-dir "$scratch/mypy" ansible_collections/terraglue/aws/plugins
    )
    mypy --cache-dir "$scratch/mypy" tools
    mypy --cache-dir "$scratch/mypy" benchmarks
    (
        cd roles/local_aws/files
        mypy --config-file "$OLDPWD/pyproject.toml" --cache-dir "$scratch/mypy" terraglue_local
    )
    (
        cd roles/local_aws/files/glue_runtime
        mypy --config-file "$OLDPWD/pyproject.toml" --cache-dir "$scratch/mypy" awsglue awsgluedq
    )
}

yaml() { yamllint --strict .; }

shell() { shellcheck tools/*.sh .ci/run; }

ansible() { ansible-lint --profile production --offline --strict; }

docs() {
    cd "$copy"
    ANSIBLE_COLLECTIONS_PATH=$scratch antsibull-docs lint-collection-docs --plugin-docs \
        --validate-collection-refs=dependent .
}

# What Galaxy says about the archive that it would get. It looks at our collection alone: the documentation
# that ours shares with amazon.aws it finds where Python finds packages. It reports an error and goes on.
importer() {
    local settings=(GALAXY_IMPORTER_REQUIRE_V1_OR_GREATER=1 GALAXY_IMPORTER_CHECK_REQUIRED_TAGS=1)
    ansible-galaxy collection build --output-path "$scratch" "$copy"
    cd "$scratch"
    env "${settings[@]}" PYTHONPATH="$scratch" python -m galaxy_importer.main terraglue-aws-*.tar.gz 2>&1 | tee importer.log
    # The sanity entries are two quirks of the sample data.
    ! grep -E '^(ERROR|WARNING)' importer.log | grep -v 'Ignore files skip ansible-test sanity tests'
}

# The changelog is written by antsibull-changelog alone.
changelog() {
    antsibull-changelog lint
    antsibull-changelog lint-changelog-yaml changelogs/changelog.yaml
}

sanity() { tools/ansible_test.sh sanity; }

checks=(ruff_check ruff_format types yaml shell ansible docs changelog importer sanity)
for check in "${checks[@]}"; do
    if wanted "$check" "$@"; then
        step "$check" "$check"
    fi
done
finish lint
