package invalidation

import (
	"slices"
	"strings"

	"github.com/gojohnny/gojohnny/backends"
	"github.com/gojohnny/gojohnny/sqlparse"
)

// An Effect is what one SQL text does to the cache, in tags.
type Effect struct {
	// Reads are the tags the result depends on, the epoch first, the rest
	// sorted. Empty unless the result may be kept.
	Reads []string

	// Writes are the tags that the text may change, sorted, the epoch among
	// them where it cannot be seen through, or, where it was resolved by names alone, [BlindTag].
	Writes []string

	// Reason says why the result must not be kept. Its Code is empty where it may.
	Reason sqlparse.Reason
}

// TooManyTables is the reason of a statement over more tables than an entry can
// depend on.
const TooManyTables sqlparse.ReasonCode = "too many tables"

// anySchema stands for the schema in a static tag: app/*.users. No schema is written
// so, since TableTag quotes a star.
const anySchema = "/*."

// Static resolves an analysis by the names in the text alone, for a database whose
// catalog is not known: a table is the same in whatever schema, since nothing
// tells which one an unqualified name means. One advance too many is safe.
//
// What it cannot see: that a name is a view, a partition or a parent, that a write
// cascades, fires a trigger or is rewritten by a rule, that a table has row
// security, that an operator or cast calls a function.
func Static(namespace string, a *sqlparse.Analysis) Effect {
	var e Effect
	writes := WriteSet{}
	for i := range a.Statements {
		st := &a.Statements[i]
		for _, w := range st.Writes {
			writes.Add([]string{StaticTag(namespace, w.Relation)})
		}
		if opaque(st) {
			writes.Add([]string{EpochTag(namespace)})
		}
	}
	if e.Writes = writes.Tags(); len(e.Writes) > 0 && !slices.Contains(e.Writes, EpochTag(namespace)) {
		writes.Add([]string{BlindTag(namespace)})
		e.Writes = writes.Tags()
	}
	e.Reason = staticReason(a)
	if e.Reason.Code == "" {
		e.Reads = staticReads(namespace, a.Statements[0].Reads)
	}
	if len(e.Reads) > backends.MaxTags {
		e.Reads, e.Reason = nil, sqlparse.Reason{Code: TooManyTables}
	}
	return e
}

// opaque reports whether st may change what it does not name. Which tables TRUNCATE
// CASCADE reaches, only the catalog tells; a function that is not PostgreSQL's own
// may do anything; what a prepared transaction wrote, another session knows.
func opaque(st *sqlparse.Statement) bool {
	return st.Opaque ||
		slices.ContainsFunc(st.Writes, func(w sqlparse.Write) bool { return w.Action == sqlparse.TruncateCascade }) ||
		slices.ContainsFunc(st.Functions, func(f sqlparse.Function) bool { return f.Class == sqlparse.Unknown }) ||
		slices.ContainsFunc(st.Controls, func(c sqlparse.Control) bool { return c.Op == sqlparse.CommitPrepared })
}

func staticReason(a *sqlparse.Analysis) sqlparse.Reason {
	if len(a.Statements) != 1 {
		code := sqlparse.SeveralCommands
		if len(a.Statements) == 0 {
			code = sqlparse.NoTable
		}
		return sqlparse.Reason{Code: code}
	}
	st := &a.Statements[0]
	switch {
	case len(st.Reasons) > 0:
		return st.Reasons[0]
	case len(st.Writes) > 0 || opaque(st):
		return sqlparse.Reason{Code: sqlparse.WritesData}
	case len(st.Controls) > 0:
		return sqlparse.Reason{Code: sqlparse.NotRead, Detail: string(st.Kind)}
	case len(st.Reads) == 0:
		return sqlparse.Reason{Code: sqlparse.NoTable}
	}
	return sqlparse.Reason{}
}

func staticReads(namespace string, relations []sqlparse.Relation) []string {
	var set WriteSet
	for _, r := range relations {
		set.Add([]string{StaticTag(namespace, r)})
	}
	return append([]string{EpochTag(namespace)}, set.Tags()...)
}

// StaticTag is the tag by which Static knows a relation.
func StaticTag(namespace string, r sqlparse.Relation) string {
	var b strings.Builder
	b.WriteString(namespace)
	b.WriteString(anySchema)
	writeIdent(&b, r.Name)
	return b.String()
}
