#!/usr/bin/env bash
# Builds the guest kernel from Debian's linux-source package (or any tree) and keeps it in a cache.
# See docs/guest-kernel.md.
set -euo pipefail

# Raise this when a change to this script changes what it puts out: it is part of the cache key.
readonly BUILD_VERSION=1
readonly SOURCE_PACKAGE=linux-source-6.12
# What an x86 kernel without modules needs; lz4 packs the bzImage, xz-utils unpacks the source, patch is for flavours.
readonly PACKAGES="$SOURCE_PACKAGE gcc libc6-dev make flex bison bc libelf-dev lz4 xz-utils patch"
# Seconds between progress lines where there is no terminal to redraw one.
readonly QUIET_PERIOD=15

here=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)
cache=${JVMM_CACHE:-${XDG_CACHE_HOME:-$HOME/.cache}/jvmm}/kernel
source_tree=${KERNEL_SRC:+$(cd "$KERNEL_SRC" && pwd)}
jobs=${JOBS:-$(getconf _NPROCESSORS_ONLN)}
flavour=default
print_dir=no
work=
make_pid=

usage() {
  cat <<'END'
usage: build.sh [--flavour NAME] [--print-dir]
  --flavour NAME  adds flavours/NAME/*.config and *.patch to the default kernel, or to the part of its fragments
                  that flavours/NAME/fragments names
  --print-dir     prints the directory of the finished kernel and nothing else on standard output
environment:
  KERNEL_SRC=DIR  a kernel tree to build from instead of Debian's package; it is never written to
  JVMM_CACHE=DIR  where kernels are kept (default: ~/.cache/jvmm)
  JOBS=N          parallel jobs (default: all processors)
END
}

say() { printf '%s\n' "$*" >&2; }
die() { say "build.sh: $*"; exit 1; }

parse_options() {
  while [ $# -gt 0 ]; do
    case $1 in
      --flavour) [ $# -gt 1 ] || die "--flavour needs a name"; flavour=$2; shift ;;
      --print-dir) print_dir=yes ;;
      -h | --help) usage; exit 0 ;;
      *) usage >&2; die "unknown option $1" ;;
    esac
    shift
  done
  case $flavour in
    default) ;;
    '' | *[!a-z0-9-]*) die "a flavour's name is made of a-z, 0-9 and -" ;;
    *) [ -d "$here/flavours/$flavour" ] || die "there is no flavour $flavour" ;;
  esac
}

# ---- What to build ----------------------------------------------------------------------------------------

fragments() {
  local chosen="$here/flavours/$flavour/fragments"
  if [ "$flavour" != default ] && [ -f "$chosen" ]; then
    sed "s|.*|$here/fragments/&.config|" "$chosen"
  else
    printf '%s\n' "$here"/fragments/*.config
  fi
  [ "$flavour" = default ] || find "$here/flavours/$flavour" -name '*.config' | sort
}

patches() {
  [ "$flavour" = default ] || find "$here/flavours/$flavour" -name '*.patch' | sort
}

# The options asked for, one a line, later ones last. Other comments are left out: editing them rebuilds nothing.
requested() {
  fragments | tr '\n' '\0' | xargs -0 cat | grep -E '^(CONFIG_[A-Za-z0-9_]+=|# CONFIG_[A-Za-z0-9_]+ is not set)'
}

# The version of the kernel source, or nothing when there is none yet.
source_version() {
  if [ -n "$source_tree" ]; then
    sed -n 's/^\(VERSION\|PATCHLEVEL\|SUBLEVEL\|EXTRAVERSION\) *= *//p' "$source_tree/Makefile" | tr '\n' '.'
  else
    dpkg-query --show --showformat '${Version}' "$SOURCE_PACKAGE" 2>/dev/null || true
  fi
}

cache_key() {
  {
    printf '%s\n' "$BUILD_VERSION" "$flavour" "$1" "$source_tree"
    requested
    patches | tr '\n' '\0' | xargs -0 --no-run-if-empty cat
  } | sha256sum | cut -c 1-16
}

finished() { [ -f "$1/version" ]; }

# ---- Build packages ---------------------------------------------------------------------------------------

missing_packages() {
  local package
  for package in $PACKAGES; do
    [ -n "$source_tree" ] && [ "$package" = "$SOURCE_PACKAGE" ] && continue
    [ "$package" = patch ] && [ -z "$(patches)" ] && continue
    dpkg-query --show --showformat '${Status}' "$package" 2>/dev/null | grep -q ' installed$' || printf '%s ' "$package"
  done
}

install_packages() {
  local missing
  # Elsewhere than on Debian the tools have other names; make says which one is missing.
  command -v dpkg-query >/dev/null || { [ -n "$source_tree" ] || die "set KERNEL_SRC=DIR to a kernel tree"; return 0; }
  missing=$(missing_packages)
  [ -n "$missing" ] || return 0
  # shellcheck source=tools/apt.sh
  . "$here/../tools/apt.sh"
  [ "$(id -u)" = 0 ] || die "packages are missing; run: sudo $(apt_command "$missing")"
  say "installing build packages: $missing"
  # shellcheck disable=SC2086 # a list of names
  apt_install $missing >"$log" 2>&1 || fail_with_log "the build packages could not be installed"
  rm -f "$log"
}

# ---- Progress and errors ----------------------------------------------------------------------------------

fail_with_log() {
  say ""
  tail -n 20 "$log" >&2
  die "$1; the whole log: $log"
}

# Runs a command with its output in the log and shows that it lives: a redrawn line, or one now and then.
run_phase() {
  local title=$1 start=$SECONDS shown=$SECONDS
  shift
  say "$title"
  "$@" >>"$log" 2>&1 &
  make_pid=$!
  while kill -0 "$make_pid" 2>/dev/null; do
    sleep 1
    if [ -t 2 ]; then
      progress $((SECONDS - start)) '\r' ''
    elif [ $((SECONDS - shown)) -ge "$QUIET_PERIOD" ]; then
      shown=$SECONDS
      progress $((SECONDS - start)) '' '\n'
    fi
  done
  [ ! -t 2 ] || printf '\r\033[K' >&2
  wait "$make_pid" || { make_pid=; fail_with_log "$title: failed"; }
  make_pid=
}

# shellcheck disable=SC2059 # the line's ends are formats
progress() {
  printf "$2  %d s, %d files compiled$3" "$1" "$(grep -c -E '^  (CC|AS) ' "$log" || true)" >&2
}

# Leaves nothing behind that looks finished, whatever ended the script.
clean_up() {
  [ -z "$make_pid" ] || { kill -- "-$make_pid" && wait "$make_pid"; } 2>/dev/null || true
  [ -z "$work" ] || rm -rf "$work"
}

# ---- Phases -----------------------------------------------------------------------------------------------

# Sets "tree" to a kernel tree that the out-of-tree build reads.
prepare_source() {
  if [ -z "$source_tree" ]; then
    tree=$work/source
    mkdir "$tree"
    run_phase "unpacking /usr/src/$SOURCE_PACKAGE.tar.xz" \
      tar --extract --file "/usr/src/$SOURCE_PACKAGE.tar.xz" --directory "$tree" --strip-components 1
  elif [ -n "$(patches)" ] || built_in_place "$source_tree"; then
    tree=$work/source
    run_phase "copying $source_tree" cp -a "$source_tree" "$tree"
    run_phase "cleaning the copy" make -C "$tree" mrproper
  else
    tree=$source_tree
  fi
  apply_patches
}

# kbuild refuses an out-of-tree build of a tree that was built in place.
built_in_place() { [ -e "$1/.config" ] || [ -e "$1/include/config" ] || [ -e "$1/arch/x86/include/generated" ]; }

apply_patches() {
  local patch
  patches | while read -r patch; do
    patch --directory "$tree" --strip 1 <"$patch" >>"$log" 2>&1 || fail_with_log "${patch##*/} does not apply"
  done
}

# Fixed names and time: the same source and options give the same kernel.
kbuild() {
  make -C "$tree" O="$work/out" ARCH=x86_64 KBUILD_BUILD_TIMESTAMP='Thu Jan  1 00:00:00 UTC 1970' \
    KBUILD_BUILD_USER=jvmm KBUILD_BUILD_HOST=jvmm KBUILD_BUILD_VERSION=1 "$@"
}

configure() {
  mkdir "$work/out"
  requested >"$work/requested"
  run_phase "configuring" merge_fragments
  verify_options
}

# -n: everything that is not asked for, or selected by what is, stays off.
merge_fragments() {
  (cd "$tree" && ARCH=x86_64 scripts/kconfig/merge_config.sh -n -O "$work/out" "$work/requested") && kbuild olddefconfig
}

# kconfig drops an option without a word when a dependency is off; a kernel without it must not be cached.
verify_options() {
  local wrong
  wrong=$(awk '
    { name = ($1 == "#") ? $2 : substr($0, 1, index($0, "=") - 1); value = ($1 == "#") ? "n" : substr($0, index($0, "=") + 1) }
    FNR == NR { if (name != "") want[name] = value; next }
    name in want { have[name] = value }
    END { for (n in want) if ((n in have ? have[n] : "n") != want[n]) print n "=" want[n] }
  ' "$work/requested" "$work/out/.config" | sort | tr '\n' ' ')
  [ -z "$wrong" ] || die "not as asked in the final .config: $wrong"
}

compile() {
  run_phase "compiling with $jobs jobs (some minutes)" kbuild -j "$jobs" vmlinux bzImage
}

# The symbol table stays in vmlinux: loaders skip it, debuggers and the monitor name code with it.
collect() {
  local out=$work/out result=$work/result
  mkdir "$result"
  objcopy --strip-debug "$out/vmlinux" "$result/vmlinux"
  cp "$out/arch/x86/boot/bzImage" "$out/System.map" "$result/"
  cp "$out/.config" "$result/config"
  cp "$out/include/config/kernel.release" "$result/version"
}

publish() {
  rm -rf "$target"
  mv "$work/result" "$target"
  point_link
}

# A rename, so that nobody sees the link missing.
point_link() {
  [ "$(readlink "$cache/$flavour" || true)" != "${target##*/}" ] || return 0
  ln -s "${target##*/}" "$cache/.link.$$"
  mv -T "$cache/.link.$$" "$cache/$flavour"
}

build() {
  # Job control gives a phase its own process group, so that an interrupt ends all of it.
  set -m
  trap clean_up EXIT
  trap 'exit 130' INT TERM HUP
  # Only leftovers of interrupted builds can be here: the lock is ours.
  rm -rf "$cache"/.build.*
  work=$(mktemp -d "$cache/.build.XXXXXX")
  log=$cache/build.log
  : >"$log"
  prepare_source
  configure
  compile
  collect
  publish
  rm -f "$log"
}

finish() {
  if [ "$print_dir" = yes ]; then
    printf '%s\n' "$target"
  else
    say "kernel $(cat "$target/version") is in $target"
  fi
}

main() {
  local version
  parse_options "$@"
  mkdir -p "$cache"
  log=$cache/packages.log
  version=$(source_version)
  if [ -z "$version" ]; then
    install_packages
    version=$(source_version)
    [ -n "$version" ] || die "no kernel source found"
  fi
  target=$cache/$(cache_key "$version")
  if finished "$target"; then
    point_link
    finish
    return
  fi
  exec 9>"$cache/.lock"
  flock --nonblock 9 || { say "another build is running; waiting for it"; flock 9; }
  # The build that was waited for may have been this one.
  if ! finished "$target"; then
    install_packages
    build
  fi
  finish
}

main "$@"; exit
