package catalog

import (
	"slices"
	"strings"

	"github.com/gojohnny/gojohnny/sqlparse"
)

// A walk follows one text through the catalog: from each thing that is read, written
// or called to what that reads, writes and calls, each once.
type walk struct {
	r     *Resolver
	seen  map[visit]bool
	queue []*step

	reached  []reached
	reasons  []sqlparse.Reason
	opaque   []sqlparse.Reason
	controls []sqlparse.Control
	named    []string // static tags of the written relations the text names

	runsUnseen bool // code runs that may set settings or make temporary relations
}

// A visit is what happens to a thing, the same for every way to it.
type visit struct {
	verb    verb
	rel     *relation
	fn      *function
	columns columns // of an update
	path    string  // of a call: the search path its body may depend on
}

// A verb is what happens to a relation or a function.
type verb uint8

const (
	read verb = iota + 1
	insert
	copyIn // an insert that no rule sees
	update
	conflict // an update by ON CONFLICT, which no rule sees, nor a trigger INSTEAD OF it
	deletion
	truncate
	truncateCascade
	refresh
	advance
	call
)

func (v visit) updates() bool { return v.verb == update || v.verb == conflict }

// A step is a visit on its way.
type step struct {
	visit
	path searchPath
	from *step
	by   string // how it was reached from there
}

type reached struct {
	rel   *relation
	write bool
	step  *step
}

func newWalk(r *Resolver) *walk { return &walk{r: r, seen: map[visit]bool{}} }

// visit adds a step, unless it was made before.
func (w *walk) visit(v visit, path searchPath, from *step, by string) {
	v.path = path.key
	if w.seen[v] {
		return
	}
	w.seen[v] = true
	w.queue = append(w.queue, &step{visit: v, path: path, from: from, by: by})
}

func (w *walk) run() {
	for len(w.queue) > 0 {
		s := w.queue[0]
		w.queue = w.queue[1:]
		switch s.verb {
		case read:
			w.read(s)
		case call:
			w.call(s)
		case advance:
			w.reach(s, true)
		default:
			w.write(s)
		}
	}
}

// reach notes that the step's relation is read or written.
func (w *walk) reach(s *step, write bool) {
	if !slices.ContainsFunc(w.reached, func(x reached) bool { return x.rel == s.rel && x.write == write }) {
		w.reached = append(w.reached, reached{rel: s.rel, write: write, step: s})
	}
}

// explain is the way to a step, from the text on.
func (s *step) explain() string {
	var parts []string
	for ; s != nil; s = s.from {
		if name := s.name(); name != "" {
			parts = append(parts, name)
		}
		if s.by != "" && s.from != nil {
			parts = append(parts, s.by)
		}
	}
	slices.Reverse(parts)
	return strings.Join(parts, " -> ")
}

// name is that of what the step reaches; a rule is none.
func (s *step) name() string {
	switch {
	case s.fn != nil:
		return s.fn.name + "()"
	case s.rel == nil:
		return ""
	case s.rel.schema == "public":
		return s.rel.name
	default:
		return s.rel.schema + "." + s.rel.name
	}
}
