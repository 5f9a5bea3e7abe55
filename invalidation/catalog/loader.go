package catalog

import (
	"strconv"

	"github.com/gojohnny/gojohnny/sqlparse"
)

// A row is one of a query's, whose columns the loader reads by number.
type row []string

func (r row) oid(i int) oid {
	n, _ := strconv.ParseUint(r[i], 10, 32) // 0, which is nothing's, where it is none
	return oid(n)
}

func (r row) int(i int) int {
	n, _ := strconv.Atoi(r[i])
	return n
}

// bool reads the text of a boolean, which PostgreSQL prints as t and a cast as true.
func (r row) bool(i int) bool { return r[i] == "t" || r[i] == "true" }

// char reads a "char".
func (r row) char(i int) byte {
	if r[i] == "" {
		return 0
	}
	return r[i][0]
}

func (r row) columns(i int) columns {
	if r[i] == "*" {
		return columns{all: true}
	}
	return columns{names: r[i]}
}

// A loader puts a Snapshot together, from rows in the order in which load asks for
// them: whatever a row refers to has been read before.
type loader struct {
	analyzer sqlparse.Analyzer
	bodies   sqlparse.FunctionAnalyzer // nil: functions are not understood
	s        *Snapshot
	path     []place // the Snapshot's loadPath
	schemas  map[oid]*schema
	types    map[oid]*typeParts
	loaded   map[oid]*loadedType
	columns  map[oid][]typedName // of relations
	results  []row
	parents  map[*relation]*relation // of families, as union-find has them
	child    map[*relation]bool      // it has a parent
}

func newLoader(analyzer sqlparse.Analyzer) *loader {
	l := &loader{
		analyzer: analyzer,
		s: &Snapshot{
			schemas:   map[string]*schema{},
			relations: map[oid]*relation{},
			functions: map[oid]*function{},
		},
		schemas: map[oid]*schema{},
		types:   map[oid]*typeParts{},
		loaded:  map[oid]*loadedType{},
		columns: map[oid][]typedName{},
		parents: map[*relation]*relation{},
		child:   map[*relation]bool{},
	}
	l.bodies, _ = analyzer.(sqlparse.FunctionAnalyzer)
	return l
}

func (l *loader) schema(r row) {
	sc := &schema{
		name:      r[1],
		public:    r.bool(2),
		relations: map[string]*relation{},
		functions: map[string][]*function{},
		operators: map[string][]*function{},
		types:     map[string]*typeParts{},
		traits:    map[string]traits{},
		results:   map[string]traits{},
		passed:    map[string]traits{},
	}
	l.schemas[r.oid(0)] = sc
	l.s.schemas[sc.name] = sc
}

func (l *loader) loadPath(r row) {
	if sc := l.s.schemas[r[0]]; sc != nil {
		l.path = append(l.path, place{schema: sc, certain: true})
	}
}

func (l *loader) relation(r row) {
	sc := l.schemas[r.oid(1)]
	if sc == nil {
		return
	}
	rel := &relation{
		oid:          r.oid(0),
		schema:       sc.name,
		name:         r[2],
		kind:         r.char(3),
		system:       r.bool(4),
		rowSecurity:  r.bool(5),
		partitionKey: r.columns(6),
		owner:        r[7],
		subscribed:   r.bool(8),
	}
	l.s.relations[rel.oid] = rel
	sc.relations[rel.name] = rel
}

// inherits makes one family of two.
func (l *loader) inherits(r row) {
	child, parent := l.s.relations[r.oid(0)], l.s.relations[r.oid(1)]
	if child == nil || parent == nil {
		return // a partition of an index of a TOAST table
	}
	parent.children = append(parent.children, child)
	l.child[child] = true
	if a, b := l.some(child), l.some(parent); a != b {
		l.parents[a] = b
	}
}

// some is some member of a relation's family, the same for all of them.
func (l *loader) some(rel *relation) *relation {
	for l.parents[rel] != nil {
		rel = l.parents[rel]
	}
	return rel
}

// families gives every relation its family's root: a member without parents. Of
// several, as where a child has several parents, it is the one with the smallest OID,
// so that every process names the same.
func (l *loader) families() {
	roots := map[*relation]*relation{}
	for rel := range l.child {
		roots[l.some(rel)] = nil
	}
	for _, rel := range l.s.relations {
		family := l.some(rel)
		if best, ok := roots[family]; ok && !l.child[rel] && (best == nil || rel.oid < best.oid) {
			roots[family] = rel
		}
	}
	for _, rel := range l.s.relations {
		rel.family = rel
		if root := roots[l.some(rel)]; root != nil {
			rel.family = root
		}
	}
}

// subscribe marks the partitions of subscribed tables, to which the rows go that arrive.
func (l *loader) subscribe() {
	for _, rel := range l.s.relations {
		if rel.subscribed {
			rel.subscribe()
		}
	}
}

func (rel *relation) subscribe() {
	rel.subscribed = true
	for _, child := range rel.children {
		child.subscribe()
	}
}

func (l *loader) foreignKey(r row) {
	fk := &foreignKey{
		name:     r[0],
		from:     l.s.relations[r.oid(1)],
		to:       l.s.relations[r.oid(2)],
		onDelete: r.char(3),
		onUpdate: r.char(4),
		columns:  r.columns(5),
		key:      r.columns(6),
	}
	if fk.from == nil || fk.to == nil {
		return // of a temporary table
	}
	fk.from.references = append(fk.from.references, fk)
	fk.to.referencedBy = append(fk.to.referencedBy, fk)
}

func (l *loader) trigger(r row) {
	rel, fn := l.s.relations[r.oid(1)], l.s.functions[r.oid(2)]
	if rel == nil || fn == nil {
		return
	}
	rel.triggers = append(rel.triggers, &trigger{name: r[0], fn: fn, events: r.int(3), columns: r.columns(4), deferrable: r.bool(5)})
}

func (l *loader) eventTrigger(r row) {
	l.s.eventTriggers = append(l.s.eventTriggers, &eventTrigger{name: r[0], login: r.bool(1), fn: l.s.functions[r.oid(2)]})
}

func (l *loader) view(r row) {
	if rel := l.s.relations[r.oid(0)]; rel != nil {
		rel.definition, _ = l.analyzer.Analyze(r[1]) // nil is opaque
	}
}

// ruleEvents are pg_rewrite.ev_type's.
var ruleEvents = map[string]sqlparse.Action{"2": sqlparse.Update, "3": sqlparse.Insert, "4": sqlparse.Delete}

func (l *loader) rule(r row) {
	rel := l.s.relations[r.oid(1)]
	if rel == nil {
		return
	}
	actions, _ := l.analyzer.Analyze(r[4])
	rel.rules = append(rel.rules, &rule{name: r[0], event: ruleEvents[r[2]], instead: r.bool(3), actions: actions})
}

func (l *loader) dependency(r row) {
	rel := l.s.relations[r.oid(1)]
	if rel == nil {
		return
	}
	p := part{kind: partKind(r[0]), column: r[2]}
	if r[3] == "relation" {
		p.rel = l.s.relations[r.oid(4)]
	} else {
		p.fn = l.s.functions[r.oid(4)]
	}
	if p.rel != nil || p.fn != nil {
		rel.parts = append(rel.parts, p)
	}
}

// finish returns the Snapshot, once all rows are read.
func (l *loader) finish() *Snapshot {
	l.families()
	l.settled()
	l.typesWithin()
	l.subscribe()
	l.s.loadPath = newPath(l.path)
	return l.s
}
