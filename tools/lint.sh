#!/usr/bin/env bash
# lint.sh [CHECK...]: the checks that read the collection and run nothing of it.
set -euo pipefail
cd "$(dirname "$0")/.."

export PATH=$PWD/.venv/bin:$PATH
export ANSIBLE_COLLECTIONS_PATH=$PWD/.collections NO_COLOR=1 ANSIBLE_NOCOLOR=1
scratch=$(mktemp -d)
trap 'rm -rf "$scratch"' EXIT
. tools/steps.sh

ruff_check() { ruff check --no-cache .; }

ruff_format() { ruff format --no-cache --check .; }

types() { mypy --cache-dir "$scratch/mypy" plugins tools roles/local_aws/files; }

yaml() { yamllint --strict .; }

shell() { shellcheck tools/*.sh .ci/run; }

ansible() { ansible-lint --profile production --offline --strict; }

# antsibull-docs wants the collection on Ansible's path and under its own root.
docs() { antsibull-docs lint-collection-docs --plugin-docs --validate-collection-refs=dependent .; }

# What Galaxy says about the archive that it would get.
importer() {
    tools/copy_collection.sh "$scratch"
    ansible-galaxy collection build --output-path "$scratch" "$scratch/ansible_collections/terraglue/aws"
    (
        cd "$scratch"
        GALAXY_IMPORTER_CONFIG=$OLDPWD/tools/galaxy-importer.cfg python -m galaxy_importer.main terraglue-aws-*.tar.gz
    )
}

# The changelog is written by antsibull-changelog alone.
changelog() {
    antsibull-changelog lint
    antsibull-changelog lint-changelog-yaml changelogs/changelog.yaml
}

checks=(ruff_check ruff_format types yaml shell ansible docs changelog importer)
for check in "${checks[@]}"; do
    if wanted "$check" "$@"; then
        step "$check" "$check"
    fi
done
finish lint
