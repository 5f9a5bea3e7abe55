package catalog

import "strings"

// columnSeparator stands between the names in a columns: no name holds one that was not made to.
const columnSeparator = "\x1f"

func columnsOf(names ...string) columns {
	return columns{names: strings.Join(names, columnSeparator)}
}

// with reports whether c has one of others.
func (c columns) meets(others columns) bool {
	if c.all || others.all {
		return true
	}
	for name := range strings.SplitSeq(c.names, columnSeparator) {
		if others.has(name) {
			return true
		}
	}
	return false
}

// has reports whether c has name.
func (c columns) has(name string) bool {
	if c.all {
		return true
	}
	for n := range strings.SplitSeq(c.names, columnSeparator) {
		if n == name && n != "" {
			return true
		}
	}
	return false
}
