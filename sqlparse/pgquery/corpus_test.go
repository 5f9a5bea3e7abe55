//go:build cgo

package pgquery

import (
	"flag"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/gojohnny/gojohnny/sqlparse"
)

var update = flag.Bool("update", false, "rewrite the expectations of testdata")

// A testCase is a paragraph of a file in testdata:
//
//	# an option, or a remark
//	SELECT a FROM t
//	=> SELECT
//	=>   reads: t
//
// The SQL may take several lines, none of them empty. What follows "=> " is written by -update.
type testCase struct {
	remarks []string // the lines that begin with #
	sql     string
	want    string
}

// option is the rest of the remark "# name: rest".
func (c *testCase) option(name string) (string, bool) {
	for _, r := range c.remarks {
		if rest, ok := strings.CutPrefix(r, "# "+name+":"); ok {
			return strings.TrimSpace(rest), true
		}
	}
	return "", false
}

func corpusFiles(t testing.TB) []string {
	t.Helper()
	files, err := filepath.Glob("testdata/*.txt")
	if err != nil || len(files) == 0 {
		t.Fatalf("no testdata: %v", err)
	}
	return files
}

func readCases(t testing.TB, file string) []testCase {
	t.Helper()
	text, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	var cases []testCase
	for paragraph := range strings.SplitSeq(strings.TrimSpace(string(text)), "\n\n") {
		cases = append(cases, parseCase(paragraph))
	}
	return cases
}

func parseCase(paragraph string) (c testCase) {
	var sql, want []string
	for line := range strings.SplitSeq(strings.Trim(paragraph, "\n"), "\n") {
		switch {
		case strings.HasPrefix(line, "#") && len(sql) == 0:
			c.remarks = append(c.remarks, line)
		case strings.HasPrefix(line, "=> "):
			want = append(want, line)
		default:
			sql = append(sql, line)
		}
	}
	c.sql, c.want = strings.Join(sql, "\n"), strings.Join(want, "\n")
	return c
}

// allSQL are the corpus's texts.
func allSQL(t testing.TB) []string {
	t.Helper()
	var all []string
	for _, file := range corpusFiles(t) {
		for _, c := range readCases(t, file) {
			if c.sql != "" {
				all = append(all, c.sql)
			}
		}
	}
	return all
}

func TestCorpus(t *testing.T) {
	for _, file := range corpusFiles(t) {
		t.Run(strings.TrimSuffix(filepath.Base(file), ".txt"), func(t *testing.T) {
			cases := readCases(t, file)
			var out []string
			for _, c := range cases {
				got := ""
				if c.sql != "" {
					got = render(New().Analyze(c.sql))
					if got != c.want && !*update {
						t.Errorf("%s\ngot\n%s\nwant\n%s", c.sql, got, c.want)
					}
				}
				parts := slices.DeleteFunc(append(c.remarks, c.sql, got), func(s string) bool { return s == "" })
				out = append(out, strings.Join(parts, "\n"))
			}
			if *update {
				if err := os.WriteFile(file, []byte(strings.Join(out, "\n\n")+"\n"), 0o644); err != nil {
					t.Fatal(err)
				}
			}
		})
	}
}

// TestCorpusSize holds the corpus to the size it was promised, of statements that a
// server of the oldest kind executes.
func TestCorpusSize(t *testing.T) {
	n := 0
	for _, file := range corpusFiles(t) {
		for _, c := range readCases(t, file) {
			_, skipped := c.option("oracle")
			_, newer := c.option("server")
			if c.sql != "" && !skipped && !newer {
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
