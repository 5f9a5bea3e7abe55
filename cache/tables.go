package cache

import (
	"fmt"
	"slices"

	"github.com/gojohnny/gojohnny/invalidation/catalog"
	"github.com/gojohnny/gojohnny/sqlparse"
)

// parseRelation reads a table's name as users write it in options: orders,
// sales.orders, "Odd Name", sales."Odd Name". As in SQL, unquoted letters of ASCII
// fold to lower case, and long names are cut off.
func parseRelation(name string) (sqlparse.Relation, error) {
	switch names, _ := sqlparse.SplitNames(name, '.'); {
	case slices.Contains(names, ""): // PostgreSQL has no such table
	case len(names) == 1:
		return sqlparse.Relation{Name: names[0]}, nil
	case len(names) == 2:
		return sqlparse.Relation{Schema: names[0], Name: names[1]}, nil
	}
	return sqlparse.Relation{}, fmt.Errorf("cache: %q is no name of a table; want one as orders, sales.orders or sales.\"Odd Name\"", name)
}

// tableRules are Options.Allow and Options.Deny.
type tableRules struct {
	allow, deny []sqlparse.Relation
}

func newTableRules(allow, deny []string) (r tableRules, err error) {
	if r.allow, err = parseRelations(allow); err != nil {
		return r, err
	}
	r.deny, err = parseRelations(deny)
	return r, err
}

func parseRelations(names []string) ([]sqlparse.Relation, error) {
	var list []sqlparse.Relation
	for _, name := range names {
		r, err := parseRelation(name)
		if err != nil {
			return nil, err
		}
		list = append(list, r)
	}
	return list, nil
}

// judge gives the reason why rows of these relations are not kept, if there is one: those
// that the text names, and those that the catalog says it reads. A rule may be about
// a view or about the tables behind it.
func (r *tableRules) judge(named []sqlparse.Relation, reached []catalog.Reached) Reason {
	if len(r.allow)+len(r.deny) == 0 {
		return Reason{}
	}
	tables := make([]sqlparse.Relation, len(reached))
	for i, x := range reached {
		tables[i] = sqlparse.Relation{Schema: x.Schema, Name: x.Name}
	}
	for _, rel := range slices.Concat(named, tables) {
		if r.denied(rel) {
			return Reason{Code: Denied, Detail: rel.Name}
		}
	}
	rel := r.notAllowed(named)
	if rel == nil || len(tables) > 0 && r.notAllowed(tables) == nil {
		return Reason{}
	}
	return Reason{Code: Denied, Detail: rel.Name}
}

// notAllowed returns the first that may not be kept, nil if all may.
func (r *tableRules) notAllowed(list []sqlparse.Relation) *sqlparse.Relation {
	for i, rel := range list {
		if len(r.allow) > 0 && !r.allowed(rel) {
			return &list[i]
		}
	}
	return nil
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
