#!/usr/bin/env bash
# Checks the form of the code. The tools come from the module proxy in the versions
# said here, apart from go.mod: users' builds know nothing of them.
#
# An exception says why beside the code: "//lint:ignore CHECK reason", or "_ =" for
# an error that does not matter.
set -euo pipefail

go=${GO:-go}
pkg=${PKG:-./...}

unformatted=$("$go" list -f '{{.Dir}}' "$pkg" | xargs "$go" run mvdan.cc/gofumpt@v0.12.0 -l)
if [ -n "$unformatted" ]; then
	echo "not as gofumpt writes it:"
	echo "$unformatted"
	exit 1
fi
"$go" vet "$pkg"
"$go" run honnef.co/go/tools/cmd/staticcheck@v0.8.2 -checks=all "$pkg"
"$go" run github.com/kisielk/errcheck@v1.30.0 "$pkg"
