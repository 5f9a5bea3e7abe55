//go:build cgo

package pgquery

import (
	"flag"
	"fmt"
	"math"
	"strings"
	"testing"

	"github.com/gojohnny/gojohnny/internal/corpus"
	"github.com/gojohnny/gojohnny/sqlparse"
)

var update = flag.Bool("update", false, "rewrite the expectations of testdata")

func TestCorpus(t *testing.T) {
	corpus.Check(t, *update, math.MaxInt, func(sql string) string { return render(New().Analyze(sql)) })
}

// TestCorpusSize holds the corpus to the size it was promised, of statements that a
// server of the oldest kind executes.
func TestCorpusSize(t *testing.T) {
	n := 0
	for _, file := range corpus.Files(t) {
		for _, c := range file.Cases {
			_, skipped := c.Option("oracle")
			_, newer := c.Option("server")
			if c.SQL != "" && !skipped && !newer {
				n++
			}
		}
	}
	if n < 300 {
		t.Errorf("got %d statements; want at least 300", n)
	}
}

// render makes an analysis readable.
func render(a *sqlparse.Analysis, err error) string {
	if err != nil {
		return "=> error: " + err.Error()
	}
	var lines []string
	for i := range a.Statements {
		lines = append(lines, renderStatement(&a.Statements[i])...)
	}
	if len(lines) == 0 {
		return "=> nothing"
	}
	return strings.Join(lines, "\n")
}

func renderStatement(st *sqlparse.Statement) []string {
	head := "=> " + string(st.Kind)
	if st.Cacheable() {
		head += ", cacheable"
	}
	if st.Opaque {
		head += ", opaque"
	}
	lines := []string{head}
	list := func(label string, items []string) {
		if len(items) > 0 {
			lines = append(lines, "=>   "+label+": "+strings.Join(items, ", "))
		}
	}
	list("reads", mapped(st.Reads, renderRelation))
	list("writes", mapped(st.Writes, func(w sqlparse.Write) string {
		return renderRelation(w.Relation) + " " + string(w.Action)
	}))
	list("calls", mapped(st.Functions, renderFunction))
	list("converts", mapped(st.Conversions, renderConversion))
	list("because", mapped(st.Reasons, sqlparse.Reason.String))
	list("controls", mapped(st.Controls, renderControl))
	return lines
}

func mapped[T any](in []T, f func(T) string) []string {
	var out []string
	for _, v := range in {
		out = append(out, f(v))
	}
	return out
}

func renderRelation(r sqlparse.Relation) string {
	s := r.Name
	if r.Schema != "" {
		s = r.Schema + "." + s
	}
	if r.Only {
		s = "only " + s
	}
	return s
}

func renderFunction(f sqlparse.Function) string {
	name := f.Name
	if f.Schema != "" {
		name = f.Schema + "." + name
	}
	class := map[sqlparse.FunctionClass]string{
		sqlparse.Unknown: "unknown", sqlparse.Pure: "pure", sqlparse.Volatile: "volatile", sqlparse.Ambient: "ambient",
	}[f.Class]
	return fmt.Sprintf("%s/%d %s", name, f.Args, class)
}

func renderConversion(c sqlparse.Conversion) string {
	to := "date"
	if c.To.Kind == sqlparse.TypedZone {
		to = "zone"
	} else if c.To.Kind != 0 {
		to = renderTyped(c.To)
	}
	return renderTyped(c.From) + " to " + to
}

func renderTyped(t sqlparse.Typed) string {
	name := renderRelation(sqlparse.Relation{Schema: t.Name.Schema, Name: t.Name.Name})
	if t.Field != "" {
		name = t.Field + " of " + name
	}
	switch t.Kind {
	case sqlparse.TypedColumn:
		if t.Relation.Name != "" {
			name = renderRelation(t.Relation) + "." + name
		}
		if t.Bound {
			name = "perhaps " + name
		}
		return name
	case sqlparse.TypedFunction:
		return fmt.Sprintf("%s/%d", name, t.Args)
	case sqlparse.TypedOperator:
		return "operator " + name
	case sqlparse.TypedType:
		return "type " + name
	}
	return "anything"
}

var opNames = map[sqlparse.ControlOp]string{
	sqlparse.Begin: "begin", sqlparse.Commit: "commit", sqlparse.Rollback: "rollback", sqlparse.Savepoint: "savepoint",
	sqlparse.Release: "release", sqlparse.RollbackTo: "rollback to", sqlparse.PrepareTransaction: "prepare transaction",
	sqlparse.CommitPrepared: "commit prepared", sqlparse.RollbackPrepared: "rollback prepared",
	sqlparse.SetTransaction: "set transaction", sqlparse.Set: "set", sqlparse.Reset: "reset",
	sqlparse.Discard: "discard", sqlparse.Temp: "temp", sqlparse.Unseen: "unseen",
}

func renderControl(c sqlparse.Control) string {
	s := opNames[c.Op]
	if c.Setting != "" {
		s += " " + c.Setting
	}
	if c.Isolation != "" {
		s += " " + string(c.Isolation)
	}
	if c.Local {
		s += " local"
	}
	if c.Chain {
		s += " chain"
	}
	return s
}
