package catalog

import (
	"slices"
	"strings"

	"github.com/gojohnny/gojohnny/sqlparse"
)

func (l *loader) function(r row) {
	sc := l.schemas[r.oid(1)]
	if sc == nil {
		return
	}
	f := &function{
		oid:        r.oid(0),
		schema:     sc.name,
		name:       r[2],
		signature:  r[3],
		max:        r.int(4),
		min:        r.int(5),
		volatility: r.char(7),
		language:   r[8],
		definer:    r.bool(9),
		owner:      r[10],
		atomic:     r.bool(11),
		setsRole:   r.bool(13),
		extension:  r[14],
		row:        r.bool(15),
	}
	if r.bool(6) { // the last parameter is any number of arguments
		f.min, f.max = max(f.min-1, 0), -1
	}
	if path, ok := strings.CutPrefix(r[12], "+"); ok {
		f.path, f.setsPath = SearchPath(path), true
	}
	if definition := r[16]; definition != "" && l.bodies != nil {
		f.body, _ = l.bodies.AnalyzeFunction(definition) // nil is opaque
	}
	l.s.functions[f.oid] = f
	sc.functions[f.name] = append(sc.functions[f.name], f)
}

// aggregate adds a function of PostgreSQL's own that an aggregate calls, if it is
// more than its arguments.
func (l *loader) aggregate(r row) {
	f := l.s.functions[r.oid(0)]
	if f == nil {
		return
	}
	switch sqlparse.Classify("", r[1], r.int(2)) {
	case sqlparse.Ambient:
		f.unsound = append(f.unsound, sqlparse.Reason{Code: sqlparse.AmbientCall, Detail: r[1]})
	case sqlparse.Volatile:
		f.unsound = append(f.unsound, sqlparse.Reason{Code: sqlparse.VolatileCall, Detail: r[1]})
	}
}

func (l *loader) functionCall(r row) {
	if f, called := l.s.functions[r.oid(0)], l.s.functions[r.oid(1)]; f != nil && called != nil {
		f.calls = append(f.calls, called)
	}
}

func (l *loader) operator(r row) {
	sc, f := l.schemas[r.oid(1)], l.s.functions[r.oid(3)]
	if sc == nil || f == nil {
		return // one of PostgreSQL's own functions, all of which are pure behind operators
	}
	sc.operators[r[2]] = append(sc.operators[r[2]], f)
}

// typeName makes a type known by its name. What is behind it follows.
func (l *loader) typeName(r row) {
	sc := l.schemas[r.oid(1)]
	if sc == nil {
		return
	}
	t := &typeParts{}
	l.types[r.oid(0)] = t
	sc.types[r[2]] = t
}

// typeFunction adds a function behind a type; one behind no type is everywhere.
func (l *loader) typeFunction(r row) {
	f := l.s.functions[r.oid(1)]
	if f == nil || f.harmless() {
		return
	}
	p := part{kind: partType, fn: f}
	if t := l.types[r.oid(0)]; t != nil {
		t.parts = append(t.parts, p)
		return
	}
	l.s.everywhere = append(l.s.everywhere, p)
}

func (l *loader) domainFunction(r row) {
	if t, f := l.types[r.oid(0)], l.s.functions[r.oid(1)]; t != nil && f != nil && !f.harmless() {
		t.parts = append(t.parts, part{kind: partDomain, fn: f})
	}
}

// typesWithin gives every type the functions behind the types within it: a row's columns, an array's elements. Rows of
// tables and arrays are types of their own where they have any.
func (l *loader) typesWithin() {
	all := map[oid][]part{}
	for id, t := range l.loaded {
		if parts := l.partsWithin(id, map[oid]bool{}); t.schema != nil && len(parts) > 0 {
			all[id] = parts
		}
	}
	for id, parts := range all {
		if t := l.loaded[id]; l.types[id] != nil {
			l.types[id].parts = parts
		} else {
			t.schema.types[t.name] = &typeParts{parts: parts}
		}
	}
}

// partsWithin are the functions behind a type and those within it, but for those that were seen.
func (l *loader) partsWithin(id oid, seen map[oid]bool) []part {
	t := l.loaded[id]
	if t == nil || seen[id] || id < firstOID {
		return nil
	}
	seen[id] = true
	var parts []part
	if own := l.types[id]; own != nil {
		parts = slices.Clone(own.parts)
	}
	for _, c := range l.columns[t.rel] {
		parts = append(parts, l.partsWithin(c.typ, seen)...)
	}
	for _, inner := range t.within {
		parts = append(parts, l.partsWithin(inner, seen)...)
	}
	return parts
}

func (l *loader) columnType(r row) {
	if rel, t := l.s.relations[r.oid(0)], l.types[r.oid(1)]; rel != nil && t != nil {
		rel.parts = append(rel.parts, t.parts...)
	}
}

func (l *loader) functionType(r row) {
	if f, t := l.s.functions[r.oid(0)], l.types[r.oid(1)]; f != nil && t != nil {
		f.types = append(f.types, t.parts...)
	}
}
