//go:build cgo

package pgquery

import (
	"errors"
	"strings"
	"sync"
	"testing"

	"github.com/gojohnny/gojohnny/internal/corpus"
	"github.com/gojohnny/gojohnny/sqlparse"
)

func TestNULIsAnError(t *testing.T) {
	for _, sql := range []string{"\x00", "SELECT 1\x00", "SELECT 1\x00; DELETE FROM users", "SELECT '\x00'"} {
		if a, err := New().Analyze(sql); err == nil {
			t.Errorf("Analyze(%q): got %+v; want an error", sql, a)
		}
	}
}

func TestErrorsHoldNoText(t *testing.T) {
	for _, sql := range []string{
		"SELECT 'secret", "SELECT secret secret secret", "SELEC 'secret'", `SELECT "secret`, "SELECT 1 /* secret",
		"SELECT E'\\uZZZZsecret'", "SELECT $secret$ x", "SELECT 1secret", "CREATE TABLE t (a int DEFERRABLE secret)", "SELECT U&'secret\\00'",
		"SELECT 'a' UESCAPE 'secret'", "SET TIME ZONE INTERVAL 'secret' DAY secret", "COPY t FROM STDIN (secret secret secret",
	} {
		_, err := New().Analyze(sql)
		if err == nil {
			t.Errorf("Analyze(%q): no error", sql)
			continue
		}
		if strings.Contains(err.Error(), "secret") {
			t.Errorf("Analyze(%q): got error %q; want one without the text", sql, err)
		}
	}
}

func TestDeepTextsAreErrors(t *testing.T) {
	const n = 50_000
	for name, sql := range map[string]string{
		"sum":         "SELECT 1" + strings.Repeat("+1", n),
		"sum in list": "SELECT 1, 2, 1" + strings.Repeat("+1", n) + ", 3",
		"hex":         "SELECT 0x1F&1" + strings.Repeat("+1", n),
		"cast":        "SELECT 1" + strings.Repeat("::int", n),
		"not":         "SELECT " + strings.Repeat("NOT ", n) + "true",
		"minus":       "SELECT " + strings.Repeat("- ", n) + "1",
		"collate":     "SELECT a" + strings.Repeat(` COLLATE "C"`, n),
		"zone":        "SELECT a" + strings.Repeat(" AT TIME ZONE 'x'", n),
		"union":       "SELECT 1, 2" + strings.Repeat(" UNION SELECT 1, 2", n),
		"intersect":   "SELECT 1 AND true" + strings.Repeat(" intersect SELECT 1 AND true", n),
		"join":        "SELECT FROM a" + strings.Repeat(" JOIN b ON x AND y", n),
		"cross join":  "SELECT FROM a" + strings.Repeat(" CROSS JOIN b", n),
		"brackets":    "SELECT " + strings.Repeat("(", n) + "1" + strings.Repeat(")", n),
		"subqueries":  strings.Repeat("SELECT (", n) + "SELECT 1" + strings.Repeat(")", n),
		"calls":       "SELECT " + strings.Repeat("f(1, ", n) + "1" + strings.Repeat(")", n),
		"arrays":      "SELECT " + strings.Repeat("ARRAY[", n) + "1" + strings.Repeat("]", n),
		"case":        "SELECT " + strings.Repeat("CASE WHEN a AND ", n) + "b" + strings.Repeat(" THEN 1 END", n),
		"comments":    "SELECT 1" + strings.Repeat("/* '' */+/*,*/1", n),
		"unbalanced":  "SELECT 1" + strings.Repeat(")+(1", n),
		"functions":   strings.Repeat("CREATE FUNCTION f() RETURNS int BEGIN ATOMIC ", n),
		"operators":   "SELECT 1" + strings.Repeat(" OPERATOR(pg_catalog.+) 1", n),
		"is null":     "SELECT " + strings.Repeat("(", n) + "a" + strings.Repeat(" IS NULL)", n),
	} {
		if _, err := New().Analyze(sql); !errors.Is(err, errTooDeep) && !errors.Is(err, errTooLong) {
			t.Errorf("%s: got %v; want it refused as too deep", name, err)
		}
	}
}

func TestLongTextsAreErrors(t *testing.T) {
	if _, err := New().Analyze("SELECT '" + strings.Repeat("x", MaxText) + "'"); !errors.Is(err, errTooLong) {
		t.Errorf("got %v; want %v", err, errTooLong)
	}
}

// TestFlatTextsAreNoErrors: long is not deep.
func TestFlatTextsAreNoErrors(t *testing.T) {
	const n = 5_000
	for name, sql := range map[string]string{
		"list":       "SELECT * FROM t WHERE a IN (1" + strings.Repeat(", 1", n) + ")",
		"rows":       "INSERT INTO t VALUES (1, 'a')" + strings.Repeat(", (2 + 3, f(4))", n),
		"or":         "SELECT * FROM t WHERE a = 1" + strings.Repeat(" OR a = 1 AND b <> -2", n),
		"when":       "SELECT CASE a WHEN 1 THEN 2" + strings.Repeat(" WHEN 3 THEN 4", n) + " ELSE 5 END",
		"cases":      "SELECT 1" + strings.Repeat(", CASE WHEN a THEN b END", n),
		"statements": strings.Repeat("SELECT * FROM a JOIN b ON true UNION SELECT 1;", n),
		"literal":    "SELECT '" + strings.Repeat("+(", n*10) + "'",
		"joins":      "SELECT * FROM a" + strings.Repeat(" JOIN b ON b.x = a.y AND b.z = a.z", 300),
		"unions":     "SELECT 1, 2" + strings.Repeat(" UNION ALL SELECT a, b FROM t WHERE x = 1", 300),
	} {
		if _, err := New().Analyze(sql); err != nil {
			t.Errorf("%s: %v", name, err)
		}
	}
}

// TestDepthAtTheLimit parses the deepest texts that are let through, on threads that
// the Go runtime made for C.
func TestDepthAtTheLimit(t *testing.T) {
	var all sync.WaitGroup
	for _, sql := range []string{
		"SELECT 1" + strings.Repeat("+1", MaxDepth/2-5),
		"SELECT 1" + strings.Repeat(" UNION SELECT 1", MaxDepth-10),
		"SELECT FROM a" + strings.Repeat(" NATURAL JOIN b", MaxDepth-10),
		strings.Repeat("SELECT (", MaxDepth/3) + "SELECT 1" + strings.Repeat(")", MaxDepth/3),
		strings.Repeat("SELECT (SELECT * FROM a WHERE (", MaxDepth/12) + "1" + strings.Repeat("))", MaxDepth/12),
	} {
		for range 4 {
			all.Go(func() {
				if _, err := New().Analyze(sql); err != nil {
					t.Errorf("%.40s...: %v", sql, err)
				}
			})
		}
	}
	all.Wait()
}

// TestAnalysisDoesNotDependOnLayout: blanks and comments change nothing.
func TestAnalysisDoesNotDependOnLayout(t *testing.T) {
	for _, sql := range corpus.Texts(t) {
		want := render(New().Analyze(sql))
		stripped, _ := sqlparse.StripComments(sql)
		if got := render(New().Analyze(stripped)); got != want && !strings.HasPrefix(want, "=> error") {
			t.Errorf("%s\ngot\n%s\nwant\n%s", stripped, got, want)
		}
	}
}

// TestCacheableStatementsAreReads: without a reason against it, a statement is a SELECT that
// reads something and does nothing else.
func TestCacheableStatementsAreReads(t *testing.T) {
	for _, sql := range corpus.Texts(t) {
		a, err := New().Analyze(sql)
		if err != nil {
			continue
		}
		for i := range a.Statements {
			if st := &a.Statements[i]; len(st.Reasons) == 0 &&
				(st.Kind != sqlparse.Select || len(st.Reads) == 0 || !st.Cacheable() || len(a.Statements) > 1) {
				t.Errorf("%s\nis taken for cacheable:\n%s", sql, render(a, nil))
			}
		}
	}
}

// TestSeveralAgreesWithTheParser: what tells several statements without a parser misses none.
func TestSeveralAgreesWithTheParser(t *testing.T) {
	for _, sql := range corpus.Texts(t) {
		a, err := New().Analyze(sql)
		if err != nil {
			continue
		}
		want := len(a.Statements) > 1
		doubt := strings.Contains(sql, "BEGIN ATOMIC") || a.Backslash
		if got := sqlparse.Several(sql); got != want && !(got && doubt) {
			t.Errorf("%s\nSeveral: got %v; want %v", sql, got, want)
		}
	}
}
