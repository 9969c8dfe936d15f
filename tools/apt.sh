# shellcheck shell=sh
# Debian packages for the scripts that need some. Sourced; plain sh.

# apt_command NAME...: the command that installs them.
apt_command() {
    echo "apt-get install --yes --no-install-recommends $*"
}

# apt_install NAME...: installs them. Package lists that are missing, partial or out of date show as a failed install: only then are they fetched.
apt_install() {
    set -- install --yes --no-install-recommends "$@"
    DEBIAN_FRONTEND=noninteractive apt-get "$@" >&2 || { apt-get update >&2 && DEBIAN_FRONTEND=noninteractive apt-get "$@" >&2; }
}

# apt_require SCRIPT NAME...: installs them as root on Debian, and elsewhere ends the script with the command to run.
apt_require() {
    script=$1
    shift
    if [ "$(id -u)" != 0 ] || ! command -v apt-get >/dev/null; then
        echo "$script: packages are missing; install them with: sudo $(apt_command "$@")" >&2
        exit 1
    fi
    echo "$script: installing $*" >&2
    apt_install "$@"
}
