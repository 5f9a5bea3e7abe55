#!/usr/bin/env bash
# Runs every fuzz target for FUZZTIME, one after the other.
set -euo pipefail

go=${GO:-go}

# go test -list prints the targets of a package, then "ok" and the package.
targets=$("$go" test -list '^Fuzz' "${PKG:-./...}" | awk '
	/^Fuzz/ { names[n++] = $1 }
	/^ok/   { for (i = 0; i < n; i++) print $2, names[i]; n = 0 }')

while read -r package target; do
	[ -n "$target" ] || continue
	echo "== $package $target"
	"$go" test -run='^$' -fuzz="^$target\$" -fuzztime="${FUZZTIME:-30s}" -fuzzminimizetime=1x "$package" </dev/null
done <<<"$targets"
