package catalog

import (
	"strings"

	"github.com/gojohnny/gojohnny/sqlparse"
)

// traits say what is in the values of a type, be it in their elements or fields.
type traits uint8

const (
	holdsDate  traits = 1 << iota // a date or a time, whose input reads 'now'
	holdsClock                    // a time with time zone, whose input depends on today
	holdsText                     // words of the user's, perhaps
	holdsTime                     // a time, with time zone or without
	holdsRow                      // fields

	holdsAnything = holdsDate | holdsClock | holdsText | holdsTime | holdsRow
)

// A loadedType is what is known of a type while the catalog is read.
type loadedType struct {
	schema *schema // nil: another session's
	name   string
	traits traits // with those of the types within, once settled
	rel    oid    // whose row it is
	within []oid
	looked bool
}

func (l *loader) typeTrait(r row) {
	t := &loadedType{schema: l.schemas[r.oid(1)], name: r[2], rel: r.oid(4)}
	for _, letter := range r[3] {
		t.traits |= map[rune]traits{'d': holdsDate, 'z': holdsClock, 't': holdsText, 'm': holdsTime, 'r': holdsRow}[letter]
	}
	for inner := range strings.FieldsSeq(r[5]) {
		if inner != "0" {
			t.within = append(t.within, row{inner}.oid(0))
		}
	}
	l.loaded[r.oid(0)] = t
}

// columnList takes the columns of a relation. Their traits are known when all of them are read.
func (l *loader) columnList(r row) { l.columns[r.oid(0)] = typedNames(r[1]) }

type typedName struct {
	name string
	typ  oid
}

func typedNames(s string) []typedName {
	var list []typedName
	for column := range strings.SplitSeq(s, columnSeparator) {
		name, typ, _ := strings.Cut(column, "\x1e")
		list = append(list, typedName{name, row{typ}.oid(0)})
	}
	return list
}

// settle gives the traits of a type and of all within it. One that is not known may hold anything.
func (l *loader) settle(id oid) traits {
	t := l.loaded[id]
	if t == nil {
		return holdsAnything
	}
	if t.looked {
		return t.traits
	}
	t.looked = true
	for _, c := range l.columns[t.rel] {
		t.traits |= l.settle(c.typ)
	}
	for _, inner := range t.within {
		t.traits |= l.settle(inner)
	}
	return t.traits
}

// settled gives everything its traits, once all rows are read.
func (l *loader) settled() {
	for id, t := range l.loaded {
		if holds := l.settle(id); t.schema != nil && (id >= firstOID || t.schema.name != "pg_catalog") {
			t.schema.traits[t.name] = holds
		}
	}
	for id, list := range l.columns {
		if rel := l.s.relations[id]; rel != nil {
			rel.columns = l.traitsOf(list)
			for _, holds := range rel.columns {
				rel.zoned = rel.zoned || holds&holdsClock != 0
			}
		}
	}
	for _, r := range l.results {
		l.settleResult(r)
	}
}

// firstOID is the first that is not PostgreSQL's own: FirstNormalObjectId in the server's access/transam.h.
const firstOID = 16384

func (l *loader) traitsOf(list []typedName) map[string]traits {
	m := make(map[string]traits, len(list))
	for _, c := range list {
		m[c.name] |= l.settle(c.typ)
	}
	return m
}

func (l *loader) result(r row) { l.results = append(l.results, r) }

// settleResult takes a row of resultsSQL. Of a row with columns that have no name none is found by name.
func (l *loader) settleResult(r row) {
	f, typ := l.s.functions[r.oid(1)], row{r[3]}.oid(0)
	switch r[0] {
	case "function":
		if f != nil {
			f.result, f.passes = l.settle(typ), r[2] == "given"
			if t := l.loaded[typ]; t != nil && l.s.relations[t.rel] != nil {
				f.fields = l.s.relations[t.rel].columns
			}
		}
	case "fields":
		if f != nil {
			f.fields, f.result = l.traitsOf(typedNames(r[3])), holdsRow
			for _, holds := range f.fields {
				f.result |= holds
			}
			if _, unnamed := f.fields[""]; unnamed {
				f.fields = nil
			}
		}
	case "operator":
		if sc := l.schemas[r.oid(1)]; sc != nil {
			sc.results[r[2]] |= l.settle(typ)
		}
	case "given":
		if sc := l.schemas[r.oid(1)]; sc != nil {
			sc.passed[r[2]] |= l.settle(typ)
		}
	case "aggregate": // reads what it begins with each time it runs
		if holds := l.settle(typ); f != nil && (holds&holdsClock != 0 || holds&holdsDate != 0 && sqlparse.SpecialDate(r[2])) {
			f.unsound = append(f.unsound, sqlparse.Reason{Code: sqlparse.TextAsDate, Detail: f.name})
		}
	case "cast":
		l.s.datesUnasked = l.s.datesUnasked || l.settle(r.oid(1))&holdsText != 0 && l.settle(typ)&holdsDate != 0
	}
}
