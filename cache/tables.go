package cache

import (
	"strings"

	"github.com/gojohnny/gojohnny/sqlparse"
)

// parseRelation reads a table's name as users write it in options: orders,
// sales.orders, "Odd Name", sales."Odd Name". Unquoted letters fold to lower case,
// as in SQL.
func parseRelation(name string) sqlparse.Relation {
	first, rest := cutIdent(strings.TrimSpace(name))
	if rest == "" {
		return sqlparse.Relation{Name: first}
	}
	second, _ := cutIdent(rest)
	return sqlparse.Relation{Schema: first, Name: second}
}

// cutIdent takes the first identifier off s and the dot behind it.
func cutIdent(s string) (ident, rest string) {
	if !strings.HasPrefix(s, `"`) {
		ident, rest, _ = strings.Cut(s, ".")
		return strings.ToLower(ident), rest
	}
	var b strings.Builder
	for i := 1; i < len(s); i++ {
		switch {
		case s[i] != '"':
			b.WriteByte(s[i])
		case i+1 < len(s) && s[i+1] == '"':
			b.WriteByte('"')
			i++
		default:
			return b.String(), strings.TrimPrefix(s[i+1:], ".")
		}
	}
	return b.String(), ""
}

// tableRules are Options.Allow and Options.Deny.
type tableRules struct {
	allow, deny []sqlparse.Relation
}

func newTableRules(allow, deny []string) tableRules {
	var r tableRules
	for _, name := range allow {
		r.allow = append(r.allow, parseRelation(name))
	}
	for _, name := range deny {
		r.deny = append(r.deny, parseRelation(name))
	}
	return r
}

// judge gives the reason why rows of these relations are not kept, if there is one.
func (r *tableRules) judge(reads []sqlparse.Relation) Reason {
	for _, rel := range reads {
		if r.denied(rel) || len(r.allow) > 0 && !r.allowed(rel) {
			return Reason{Code: Denied, Detail: rel.Name}
		}
	}
	return Reason{}
}

// denied doubts: a name without a schema may be the one that is meant.
func (r *tableRules) denied(rel sqlparse.Relation) bool {
	for _, d := range r.deny {
		if d.Name == rel.Name && (d.Schema == "" || rel.Schema == "" || d.Schema == rel.Schema) {
			return true
		}
	}
	return false
}

// allowed doubts too: a name without a schema may be another.
func (r *tableRules) allowed(rel sqlparse.Relation) bool {
	for _, a := range r.allow {
		if a.Name == rel.Name && (a.Schema == "" || a.Schema == rel.Schema) {
			return true
		}
	}
	return false
}
