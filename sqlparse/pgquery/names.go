package pgquery

import (
	"slices"

	"github.com/gojohnny/gojohnny/sqlparse"
)

// relationFromText reads a relation's name from a text as the server reads the
// argument of nextval. A name of digits is an OID, which tells no name.
func relationFromText(s string) (sqlparse.Relation, bool) {
	names, _ := sqlparse.SplitNames(s, '.')
	if slices.ContainsFunc(names, func(n string) bool { return n == "" || '0' <= n[0] && n[0] <= '9' }) {
		return sqlparse.Relation{}, false
	}
	switch n := len(names); n {
	case 1:
		return sqlparse.Relation{Name: names[0]}, true
	case 2, 3:
		return sqlparse.Relation{Schema: names[n-2], Name: names[n-1]}, true
	}
	return sqlparse.Relation{}, false
}
