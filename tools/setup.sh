#!/bin/sh
# The one setup step. `setup.sh` makes .venv and .collections with what running needs,
# `setup.sh test` adds what the checks need, `setup.sh clients` makes .venv-clients with the clients that the
# local AWS is tested with. Nothing happens when nothing has changed.
set -eu
cd "$(dirname "$0")/.."

collections=.collections/ansible_collections
# The clients have their own: they want other releases of what Ansible and the checks stand on.
venv=.venv

say() { printf '%s\n' "$*"; }

fail() {
    printf 'setup: %s\n' "$@" >&2
    exit 1
}

# What a finished setup was made from. The folder belongs to it: a venv does not survive a move.
recipe() {
    pwd
    case $1 in
    run) cat tools/setup.sh requirements.txt requirements-collections.txt ;;
    test) cat tools/setup.sh requirements.txt requirements-test.txt ;;
    clients) cat tools/setup.sh requirements-clients.txt ;;
    esac
}

is_done() {
    [ -x $venv/bin/python ] && recipe "$1" | cmp -s - "$venv/setup-$1" 2>/dev/null
}

remember() {
    recipe "$1" >"$venv/setup-$1"
}

# Prints nothing when the interpreter fits, else why it does not. It is run, not only looked for:
# a version manager leaves commands on the PATH that lead nowhere.
objection() {
    command -v "$1" >/dev/null 2>&1 || { say "not found" && return; }
    "$1" -c '
import sys
version = "%d.%d" % sys.version_info[:2]
try:
    import ensurepip, venv
    parts = True
except ImportError:
    parts = False
if not (3, 11) <= sys.version_info[:2] < (3, 14):
    print("is Python " + version)
elif not parts:
    print("is Python %s without venv and ensurepip (Debian, Ubuntu: apt install python%s-venv)" % (version, version))
' 2>/dev/null || say "does not run"
}

find_python() {
    if [ -n "${PYTHON:-}" ]; then
        set -- "$PYTHON"
    else
        set -- python3.13 python3.12 python3.11 python3
    fi
    looked=
    for candidate; do
        why=$(objection "$candidate")
        if [ -z "$why" ]; then
            python=$candidate
            return
        fi
        looked="$looked
    $candidate: $why"
    done
    fail "Python 3.11, 3.12 or 3.13 is needed and was not found. Looked for:$looked" \
        "Install one of them, or name one: make setup PYTHON=/path/to/python3.12"
}

pip() {
    $venv/bin/python -m pip --disable-pip-version-check --quiet "$@" || fail \
        "pip could not get the packages (its own message stands above)." \
        "It uses pip's ordinary configuration: a proxy or an index of your own goes there (pip config list)." \
        "What was already done is kept; run it again."
}

make_venv() {
    # Kept when its interpreter still runs in this place; one that was moved or has lost it is made anew.
    if $venv/bin/python -c '' 2>/dev/null && [ "$(head -n 1 $venv/setup-place 2>/dev/null)" = "$(pwd)" ]; then
        return
    fi
    # Made anew means emptied first.
    [ ! -L $venv ] || fail "$venv is a link to $(readlink $venv), which may be somebody else's and would be emptied." \
        "Remove the link (rm $venv) and run it again."
    find_python
    say "setup: a virtual environment in $venv ($("$python" -V))"
    "$python" -m venv --clear $venv || fail "$python could not make a virtual environment in $venv."
    pwd >$venv/setup-place
}

unpack_collections() {
    if [ ! -f "$collections/amazon/aws/MANIFEST.json" ] ||
        ! cmp -s requirements-collections.txt .collections/setup; then
        say "setup: amazon.aws into .collections (a download of 54 MB)"
        wheels=$(mktemp -d)
        trap 'rm -rf "$wheels"' EXIT
        pip download --no-deps --require-hashes --dest "$wheels" --requirement requirements-collections.txt
        .venv/bin/python tools/unpack_collection.py "$wheels"/ansible-*.whl amazon/aws "$collections"
        cp requirements-collections.txt .collections/setup
    fi
    mkdir -p "$collections/terraglue"
    [ -e "$collections/terraglue/aws/galaxy.yml" ] || ln -sfn ../../.. "$collections/terraglue/aws"
}

setup_run() {
    if is_done run && [ -f "$collections/amazon/aws/MANIFEST.json" ] && [ -e "$collections/terraglue/aws/galaxy.yml" ]; then
        return
    fi
    make_venv
    say "setup: the packages of requirements.txt"
    pip install --requirement requirements.txt
    unpack_collections
    remember run
    say "setup: done"
}

setup_test() {
    setup_run
    is_done test && return
    say "setup: the packages of requirements-test.txt"
    pip install --constraint requirements.txt --requirement requirements-test.txt
    remember test
    say "setup: done for tests"
}

setup_clients() {
    venv=.venv-clients
    is_done clients && return
    make_venv
    say "setup: the packages of requirements-clients.txt (700 MB)"
    pip install --requirement requirements-clients.txt
    remember clients
    say "setup: done for clients"
}

case ${1:-run} in
run) setup_run ;;
test) setup_test ;;
clients) setup_clients ;;
*) fail "setup.sh [run|test|clients], not '$1'" ;;
esac
