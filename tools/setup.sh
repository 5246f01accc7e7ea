# SPDX-License-Identifier: Apache-2.0
# shellcheck shell=bash
# Set-up shared by ./tcesim and ./tests/run: packages, configuration, build. To be sourced.
#
# Builds go to build/<preset>, or to $TCESIM_BUILD/<preset>. Nothing here writes to stdout.
# Whatever compiles runs Debian's own tools in a clean environment: flags and interpreters of the
# caller would change the build, and with it the numbering of the handlers' blocks.

setup_root=$(CDPATH='' cd -- "${BASH_SOURCE[0]%/*}/.." && pwd -P)
setup_builds=${TCESIM_BUILD:-$setup_root/build}
[[ $setup_builds == /* ]] || setup_builds=$PWD/$setup_builds

setup_say() {
    printf 'tcesim: %s\n' "$*" >&2
}

# setup_fail STATUS TEXT...
setup_fail() {
    local status=$1
    shift
    setup_say "$@"
    exit "$status"
}

setup_sources=("$setup_root"/{CMakeLists.txt,CMakePresets.json,hcall,models,sim,tools})

# setup_is_current PRESET - whether its program was built from the files as they are now.
# Change times show edits, additions, removals and files moved in or restored with an old date;
# dpkg's status file stands for the installed compilers and libraries.
setup_is_current() {
    local stamp=$setup_builds/$1.stamp root changed
    [[ -x $setup_builds/$1/bin/tcesim ]] && read -r root 2>/dev/null <"$stamp" && [[ $root == "$setup_root" ]] || return 1
    changed=$(/usr/bin/find "${setup_sources[@]}" /var/lib/dpkg/status -name __pycache__ -prune -o \
        -cnewer "$stamp" -print -quit 2>&1) && [[ -z $changed ]]
}

# setup_hashes - a line with hash and path for every source.
setup_hashes() {
    find "${setup_sources[@]}" "$setup_root/tests" -name __pycache__ -prune -o -type f -exec sha256sum {} + | LC_ALL=C sort
}

# setup_touch_restored PRESET - dates the sources that differ from those the last build saw, and yet are
# older than that build: Ninja, which goes by dates, would keep what it made from the version before.
setup_touch_restored() {
    local directory=$setup_builds/$1 file
    [[ -f $directory.hashes ]] || return 0
    while read -r _ file; do
        [[ ! -f $file || $file -nt $directory/.ninja_log ]] || touch -- "$file"
    done < <(LC_ALL=C comm -13 "$directory.hashes" "$directory.hashes.new")
}

# setup_lock NAME - waits for other set-ups of this checkout; held until the calling subshell and its
# children are gone, so a build that survives its launcher keeps others out until it is done.
setup_lock() {
    mkdir -p "$setup_builds" 2>/dev/null
    [[ -w $setup_builds ]] ||
        setup_fail 2 "cannot write to $setup_builds; set TCESIM_BUILD to a directory that can be written"
    exec {setup_lock_fd}>>"$setup_builds/$1.lock"
    if ! flock --nonblock "$setup_lock_fd"; then
        setup_say "waiting for another set-up in $setup_builds"
        flock "$setup_lock_fd"
    fi
}

# setup_logged LOG COMMAND... - runs it with its output in LOG, or on stderr where a person watches.
setup_logged() {
    local log=$1
    shift
    if [[ -t 2 ]]; then
        "$@" >&2
    elif ! "$@" >"$log" 2>&1; then
        cat "$log" >&2
        return 1
    fi
}

# setup_missing_packages GROUP... - names of packages that are not installed, one per line.
setup_missing_packages() {
    local group package rest
    declare -A missing=()
    while read -r group package rest; do
        [[ " $* " == *" $group "* ]] && missing[$package]=1
    done <"$setup_root/tools/packages.txt"
    while read -r package rest; do
        [[ $rest == installed ]] && unset "missing[$package]"
    done < <(dpkg-query -W -f '${Package} ${db:Status-Status}\n' "${!missing[@]}" 2>/dev/null)
    [[ ${#missing[@]} -eq 0 ]] || printf '%s\n' "${!missing[@]}" | sort
}

# setup_apt PACKAGE... - as root, or through the sudo of setup_packages.
setup_apt() {
    "${sudo[@]}" /usr/bin/apt-get -qq update &&
        "${sudo[@]}" env DEBIAN_FRONTEND=noninteractive /usr/bin/apt-get -qq -y --no-install-recommends \
            -o Dpkg::Use-Pty=0 -o DPkg::Lock::Timeout=600 install "$@"
}

# setup_packages GROUP... - installs what is missing of these groups of tools/packages.txt.
setup_packages() (
    local missing sudo=() start=$SECONDS
    mapfile -t missing < <(setup_missing_packages "$@")
    [[ ${#missing[@]} -gt 0 ]] || return 0
    setup_say "missing packages: ${missing[*]}"
    local install="apt-get install -y --no-install-recommends ${missing[*]}"
    if [[ ! -x /usr/bin/apt-get ]]; then
        setup_fail 2 "this host has no apt-get; on Debian 12 it would be: $install"
    fi
    if [[ $EUID -ne 0 ]]; then
        sudo -n true 2>/dev/null ||
            setup_fail 2 "install them with: sudo apt-get update && sudo $install"
        sudo=(sudo -n)
    fi
    setup_lock packages
    mapfile -t missing < <(setup_missing_packages "$@")
    if [[ ${#missing[@]} -gt 0 ]]; then
        setup_say "installing them with apt-get"
        setup_logged "$setup_builds/packages.log" setup_apt "${missing[@]}" ||
            setup_fail 1 "apt-get failed; by hand it is: apt-get update && $install"
        setup_say "installed in $((SECONDS - start)) s"
    fi
)

# setup_clean COMMAND... - runs it with nothing of the caller's environment that could change a build.
setup_clean() {
    local keep=("PATH=/usr/sbin:/usr/bin:/sbin:/bin" "LANG=C.UTF-8" "HOME=${HOME:-/}") name
    keep+=("CCACHE_SLOPPINESS=pch_defines,time_macros") # or it keeps nothing that has precompiled headers
    [[ -w ${HOME:-/} ]] || keep+=("CCACHE_DIR=$setup_builds/ccache")
    for name in TERM TMPDIR CCACHE_DIR CCACHE_MAXSIZE; do
        [[ -z ${!name:-} ]] || keep+=("$name=${!name}")
    done
    env -i "${keep[@]}" "$@"
}

# setup_configuration - what a configured build directory depends on, beyond what CMake watches.
setup_configuration() {
    printf '%s\n' "$setup_root"
    cat "$setup_root/CMakePresets.json"
}

# setup_configure PRESET - configures build/PRESET unless that is done.
setup_configure() (
    local directory=$setup_builds/$1
    setup_lock "$1"
    if [[ ! -f $directory/build.ninja || $(cat "$directory/configured" 2>/dev/null) != "$(setup_configuration)" ]]; then
        setup_say "configuring $directory"
        setup_logged "$directory.log" setup_clean cmake --fresh -S "$setup_root" --preset "$1" -B "$directory" || exit 1
        setup_configuration >"$directory/configured"
    fi
)

# setup_build PRESET TARGET - configures build/PRESET when needed and brings TARGET up to date.
# Fails with the compiler's messages on stderr.
setup_build() (
    local directory=$setup_builds/$1 start=$SECONDS quiet=() failed=0
    [[ -t 2 ]] || quiet=(--quiet)
    setup_configure "$1" || exit 1
    setup_lock "$1"
    printf '%s\n' "$setup_root" >"$directory.stamp.new" # dated before anything is read, so that no edit escapes
    setup_hashes >"$directory.hashes.new"
    setup_touch_restored "$1"
    setup_say "building $directory"
    setup_logged "$directory.log" setup_clean ninja "${quiet[@]}" -C "$directory" "$2" || failed=1
    mv "$directory.hashes.new" "$directory.hashes"
    [[ $failed -eq 0 ]] || exit 1
    [[ $SECONDS -eq $start ]] || setup_say "built in $((SECONDS - start)) s"
    mv "$directory.stamp.new" "$directory.stamp"
)
