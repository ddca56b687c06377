#!/usr/bin/env bash
# Builds the packages of the last commit twice, in two folders, and compares the bytes; holds the .deb
# against lintian; installs, runs and removes it in a clean Debian 12 made with debootstrap (needs root and a network).
#
#   tests/package/run.sh OUT      the packages are left in OUT
set -euo pipefail
cd "$(dirname "$0")/../.."
out=$(mkdir -p "$1" && cd "$1" && pwd)
commit=$(git rev-parse HEAD)
SOURCE_DATE_EPOCH=$(git log -1 --format=%ct "$commit")
export SOURCE_DATE_EPOCH TZ=UTC LC_ALL=C.UTF-8
work=$(mktemp -d)
root=$work/root
cleanup() {
  mountpoint -q "$root/proc" && umount "$root/proc"
  rm -rf "$work"
}
trap cleanup EXIT

say() { echo "package: $*, ${SECONDS} s"; }

pack() { # a folder of another name and depth each time: no path may get into the bytes
  mkdir -p "$1"
  git archive "$commit" | tar -x -C "$1"
  (
    cd "$1"
    cmake --preset release >/dev/null
    cmake --build --preset release -- --quiet
    cd build/release
    cpack >/dev/null
  )
  cp "$1"/build/release/*.deb "$1"/build/release/*.tar.gz "$2"
}

compare() {
  mkdir "$work/first" "$work/second"
  pack "$work/a" "$work/first"
  say "built"
  # The same bytes must come out of another folder, at another time, with another umask.
  (umask 077 && pack "$work/other/folder" "$work/second")
  diff -r "$work/first" "$work/second" || { echo "package: two builds differ" >&2; return 1; }
  cp "$work"/first/* "$out"
  say "two builds gave the same bytes: $(cd "$out" && stat -c '%n %s' ./*.deb ./*.tar.gz | tr '\n' ' ')"
}

clean_root() {
  local mirror
  mirror=$(apt-get indextargets --format '$(SITE)' 'Created-By: Packages' | head -1)
  debootstrap --variant=minbase bookworm "$root" "${mirror:-http://deb.debian.org/debian}" >"$work/debootstrap.log" ||
    { tail -5 "$work/debootstrap.log" >&2; return 1; }
  mount -t proc proc "$root/proc"
  cp /etc/resolv.conf "$root/etc/resolv.conf"
  say "a clean root"
}

inside() { chroot "$root" "$@"; }

try() {
  cp "$out"/*.deb "$root/tmp/prober.deb"
  inside apt-get update -qq
  DEBIAN_FRONTEND=noninteractive inside apt-get install -y -qq --no-install-recommends /tmp/prober.deb >"$work/apt.log" 2>&1 ||
    { tail -20 "$work/apt.log" >&2; return 1; }
  inside prober --version
  inside prober check -c /usr/share/doc/prober/examples/prober.example.yaml
  inside prober demo | tail -1
  local file
  for file in /usr/share/man/man1/prober.1.gz /usr/share/man/man5/prober.yaml.5.gz \
    /usr/share/bash-completion/completions/prober /usr/share/zsh/vendor-completions/_prober \
    /usr/share/fish/vendor_completions.d/prober.fish /usr/share/prober/report.schema.json; do
    inside dpkg -S "$file" >/dev/null
  done
  inside dpkg --verify prober
  inside apt-get purge -y -qq prober >/dev/null 2>&1
  [ -z "$(find "$root"/usr "$root"/etc "$root"/var/lib -ipath '*prober*' -not -path '*/dpkg/*' -not -path '*/apt/*')" ] ||
    { echo "package: purging it leaves something behind" >&2; return 1; }
  say "installed, run and purged"
}

compare
lintian --fail-on error --display-info "$out"/*.deb
say "lintian has no error"
if [ "$(id -u)" -eq 0 ]; then
  clean_root
  try
else
  echo "package: not tried in a clean root: that needs root" >&2
fi
