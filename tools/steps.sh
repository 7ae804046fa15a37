# shellcheck shell=bash
# Sourced by the scripts that run several checks: every step runs, the failed ones are named at the end.

steps_table=()
steps_failed=()

# step NAME COMMAND...: prints the step's output, and how long it took.
step() {
    local name=$1 started=$SECONDS result=ok status
    shift
    printf '\n=== %s\n' "$name"
    # A shell of its own, not tested by an "if": so that a step ends where it first fails.
    set +e
    (
        set -e
        "$@"
    ) </dev/null
    status=$?
    set -e
    if [ $status -ne 0 ]; then
        result="FAILED ($status)"
        steps_failed+=("$name")
    fi
    steps_table+=("$(printf '%5d s  %-24s %s' $((SECONDS - started)) "$name" "$result")")
}

# wanted NAME WORDS...: whether the step was asked for; no words ask for all.
wanted() {
    local name=$1 word
    shift
    [ $# -gt 0 ] || return 0
    for word; do
        [ "$word" != "$name" ] || return 0
    done
    return 1
}

# finish TITLE: the table of steps; fails when one of them did.
finish() {
    printf '\n=== %s\n' "$1"
    printf '%s\n' "${steps_table[@]}"
    printf '%5d s  in all\n' "$SECONDS"
    if [ ${#steps_failed[@]} -gt 0 ]; then
        printf '%s: failed: %s\n' "$1" "${steps_failed[*]}"
        return 1
    fi
    printf '%s: passed\n' "$1"
}
