#!/usr/bin/env bash
# Checks the form of the code and shows everything that is wrong with it. The tools
# come from the module proxy in the versions said here, apart from go.mod: users'
# builds know nothing of them.
#
# An exception says why beside the code: "//lint:ignore CHECK reason", or "_ =" for
# an error that does not matter.
set -uo pipefail

go=${GO:-go}
pkg=${PKG:-./...}
status=0

# format fails if gofumpt would change a file, of whatever package.
format() {
	local files
	files=$("$go" run mvdan.cc/gofumpt@v0.12.0 -l .) || return
	[ -z "$files" ] || {
		echo "not as gofumpt writes it:"
		echo "$files"
		return 1
	}
}

format || status=1
"$go" vet "$pkg" || status=1
"$go" run honnef.co/go/tools/cmd/staticcheck@v0.8.2 -checks=all "$pkg" || status=1
"$go" run github.com/kisielk/errcheck@v1.30.0 -ignoregenerated "$pkg" || status=1
exit $status
