#!/usr/bin/env bash
# Looks for what the tests need: a C compiler (the race detector and the SQL parser
# are cgo, and one test sets a server's clock), PostgreSQL, Redis, memcached, and spin for
# the model. As root on Debian and Ubuntu it installs what is missing and starts none of
# it; elsewhere it says what to do.
set -euo pipefail

go=${GO:-go}
missing=() # of the programs
debian=() fedora=() brew=()

# lack NAME DEBIAN FEDORA BREW notes that a program is missing and who has it.
lack() {
	missing+=("$1") debian+=("$2") fedora+=("$3") brew+=("$4")
}

have() { command -v "$1" >/dev/null; }

have_postgres() {
	[ -n "${GOJOHNNY_POSTGRES_URL:-}${GOJOHNNY_PG_BINDIR:-}" ] || have initdb ||
		compgen -G '/usr/lib/postgresql/*/bin/initdb' >/dev/null ||
		compgen -G '/usr/pgsql-*/bin/initdb' >/dev/null ||
		compgen -G '/opt/homebrew/opt/postgresql@*/bin/initdb' >/dev/null ||
		compgen -G '/usr/local/opt/postgresql@*/bin/initdb' >/dev/null
}

# install installs Debian packages. While it does, policy-rc.d keeps their services
# from being started; one that is there already has its reasons and stays.
install() {
	local policy=/usr/sbin/policy-rc.d
	if [ ! -e $policy ]; then
		trap 'rm -f /usr/sbin/policy-rc.d' EXIT
		printf '#!/bin/sh\nexit 101\n' >$policy
		chmod +x $policy
	fi
	export DEBIAN_FRONTEND=noninteractive
	apt-get -o DPkg::Lock::Timeout=300 -qq update
	apt-get -o DPkg::Lock::Timeout=300 -qq --no-install-recommends install -y "$@" </dev/null
}

if ! have "$go"; then
	echo "Go is missing: https://go.dev/doc/install, the version in go.mod or newer" >&2
	exit 1
fi
cc=$("$go" env CC)
have "${cc%% *}" || lack "C compiler" "gcc libc6-dev" gcc gcc
have_postgres || lack PostgreSQL postgresql postgresql-server postgresql@17
[ -n "${GOJOHNNY_REDIS_URL:-}" ] || have redis-server || have valkey-server || lack Redis redis-server valkey redis
[ -n "${GOJOHNNY_MEMCACHED_ADDR:-}" ] || have memcached || lack memcached memcached memcached memcached
have spin || lack spin spin spin spin

if [ ${#missing[@]} -eq 0 ]; then
	exit 0
fi
if [ "$(id -u)" = 0 ] && have apt-get; then
	# shellcheck disable=SC2086,SC2048 # one word is several packages
	install ${debian[*]}
	exit 0
fi
cat >&2 <<END
Missing for the tests: $(IFS=,; echo "${missing[*]}")
  Debian, Ubuntu:  apt-get install ${debian[*]}    (as root, make does it)
  Fedora:          dnf install ${fedora[*]}
  macOS:           brew install ${brew[*]}
or name servers that run already:
  GOJOHNNY_POSTGRES_URL=postgres://user:password@host/postgres    (may create databases)
  GOJOHNNY_REDIS_URL=redis://host:6379    GOJOHNNY_MEMCACHED_ADDR=host:11211
END
exit 1
