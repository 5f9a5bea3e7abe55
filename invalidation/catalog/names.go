package catalog

import (
	"slices"
	"strings"

	"github.com/gojohnny/gojohnny/sqlparse"
)

// SearchPath splits the value of the setting search_path into names. One that the server
// would not take has none.
func SearchPath(setting string) []string {
	names, _ := sqlparse.SplitNames(setting, ',')
	return names
}

// parseName reads a name as users write it: orders, sales.orders, "Odd Name". What is no
// name is nobody's.
func parseName(s string) sqlparse.Name {
	switch names, _ := sqlparse.SplitNames(s, '.'); {
	case slices.Contains(names, ""): // PostgreSQL has none
	case len(names) == 1:
		return sqlparse.Name{Name: names[0]}
	case len(names) == 2:
		return sqlparse.Name{Schema: names[0], Name: names[1]}
	}
	return sqlparse.Name{}
}

// A searchPath is the schemas in which a name without one is looked for, in order.
type searchPath struct {
	places []place
	key    string // tells paths apart
}

// newPath returns the path of places.
func newPath(places []place) searchPath {
	var key strings.Builder
	for _, p := range places {
		key.WriteString(p.schema.name)
		key.WriteByte(0)
	}
	return searchPath{places: places, key: key.String()}
}

// A place is a schema of a path. It is certain that the server looks there, unless the
// role may have no right to: the server passes over such a schema.
// See https://www.postgresql.org/docs/16/ddl-schemas.html#DDL-SCHEMAS-PATH.
type place struct {
	schema  *schema
	certain bool
}

// effectivePath is the path that the server gave as current_schemas(true): it has
// looked at rights.
func (s *Snapshot) effectivePath(schemas []string) searchPath {
	var p []place
	for _, name := range schemas {
		if sc := s.schemas[name]; sc != nil {
			p = append(p, place{schema: sc, certain: true})
		}
	}
	return newPath(p)
}

// settingPath is the path that search_path's names make for the role user:
// pg_catalog is first unless it is named.
func (s *Snapshot) settingPath(names []string, user string) searchPath {
	var p []place
	if sc := s.schemas["pg_catalog"]; sc != nil && !slices.Contains(names, "pg_catalog") {
		p = append(p, place{schema: sc, certain: true})
	}
	for _, name := range names {
		if name == "$user" {
			name = user
		}
		if sc := s.schemas[name]; sc != nil {
			p = append(p, place{schema: sc, certain: sc.public})
		}
	}
	return newPath(p)
}

// anyPath stands for a path that is not known: a name may be in every schema.
func (s *Snapshot) anyPath() searchPath {
	var p []place
	for _, sc := range s.schemas {
		p = append(p, place{schema: sc})
	}
	slices.SortFunc(p, func(a, b place) int { return strings.Compare(a.schema.name, b.schema.name) })
	return newPath(p)
}

// in gives the places where a name is looked for.
func (s *Snapshot) in(schema string, path searchPath) []place {
	if schema == "" {
		return path.places
	}
	if sc := s.schemas[schema]; sc != nil {
		return []place{{schema: sc, certain: true}}
	}
	return nil
}

// relationsNamed are what a relation's name may mean: one, unless the path is
// not certain.
func (s *Snapshot) relationsNamed(schema, name string, path searchPath) []*relation {
	var found []*relation
	for _, p := range s.in(schema, path) {
		if rel := p.schema.relations[name]; rel != nil {
			found = append(found, rel)
			if p.certain {
				break
			}
		}
	}
	return found
}

// functionsNamed are the functions that a call may mean. One hides those of the same
// arguments further down a path that is certain; else the types of the arguments
// decide, which are not known.
// See https://www.postgresql.org/docs/16/typeconv-func.html.
func (s *Snapshot) functionsNamed(schema, name string, args int, path searchPath) []*function {
	var found []*function
	hidden := map[string]bool{}
	for _, p := range s.in(schema, path) {
		for _, f := range p.schema.functions[name] {
			if args < f.min || f.max >= 0 && args > f.max || hidden[f.signature] {
				continue
			}
			found = append(found, f)
			if p.certain {
				hidden[f.signature] = true
			}
		}
	}
	return found
}

func (s *Snapshot) operatorsNamed(n sqlparse.Name, path searchPath) []*function {
	var found []*function
	for _, p := range s.in(n.Schema, path) {
		found = append(found, p.schema.operators[n.Name]...)
	}
	return found
}

// typeNamed are the functions behind a type.
func (s *Snapshot) typeNamed(n sqlparse.Name, path searchPath) []part {
	var found []part
	for _, p := range s.in(n.Schema, path) {
		if t := p.schema.types[n.Name]; t != nil {
			found = append(found, t.parts...)
		}
	}
	return found
}

func (s *Snapshot) isType(n sqlparse.Name, path searchPath) bool {
	return slices.ContainsFunc(s.in(n.Schema, path), func(p place) bool { return p.schema.types[n.Name] != nil })
}
