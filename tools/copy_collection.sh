#!/usr/bin/env bash
# copy_collection.sh FOLDER: the collection's files, as git knows them, and amazon.aws, laid out in FOLDER
# the way ansible-test and ansible-galaxy want them. New files count; ignored ones do not.
set -euo pipefail
cd "$(dirname "$0")/.."

target=$1/ansible_collections/terraglue/aws
mkdir -p "$target" "$1/ansible_collections/amazon"
git ls-files --cached --others --exclude-standard -z |
    # a file that was deleted and not yet committed is still listed
    while IFS= read -r -d '' file; do [ ! -e "$file" ] || printf '%s\0' "$file"; done |
    tar --create --null --files-from - | tar --extract --directory "$target"
# no link: some tools ask git about the folder behind it
cp -R .collections/ansible_collections/amazon/aws "$1/ansible_collections/amazon/aws"
