package catalog

import (
	"slices"
	"strings"

	"github.com/gojohnny/gojohnny/sqlparse"
)

// SearchPath splits the value of the setting search_path into names, as the server's
// SplitIdentifierString does: folded to lower case unless quoted, and cut off.
func SearchPath(setting string) []string {
	var names []string
	for rest := strings.TrimSpace(setting); rest != ""; {
		var name string
		name, rest = cutName(rest)
		names = append(names, name)
		rest = strings.TrimLeft(rest, ", \t\n\r\f\v")
	}
	return names
}

// cutName takes the first identifier off s.
func cutName(s string) (name, rest string) {
	if !strings.HasPrefix(s, `"`) {
		end := strings.IndexAny(s, "., \t\n\r\f\v")
		if end < 0 {
			end = len(s)
		}
		return sqlparse.FoldName(s[:end]), s[end:]
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
			return sqlparse.TruncateName(b.String()), s[i+1:]
		}
	}
	return sqlparse.TruncateName(b.String()), ""
}

// parseName reads a name as users write it: orders, sales.orders, "Odd Name".
func parseName(s string) sqlparse.Name {
	first, rest := cutName(strings.TrimSpace(s))
	if rest == "" {
		return sqlparse.Name{Name: first}
	}
	second, _ := cutName(strings.TrimPrefix(rest, "."))
	return sqlparse.Name{Schema: first, Name: second}
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
