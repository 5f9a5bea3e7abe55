//go:build cgo

package pgquery

import (
	"errors"
	"fmt"
	"slices"
	"strings"
	"testing"

	"github.com/gojohnny/gojohnny/sqlparse"
)

// everywhere is a function with a call of f1, f2, ... wherever PL/pgSQL has an
// expression or a statement: none may be missed.
const everywhere = `CREATE FUNCTION f(a int DEFAULT f%d(), arr int[] DEFAULT NULL) RETURNS SETOF int LANGUAGE plpgsql AS $$
DECLARE x int := f%d(); r record; c CONSTANT int := f%d();
BEGIN
	x := f%d(); arr[f%d()] := f%d(); x = f%d();
	SELECT f%d(), 1 INTO x, a FROM t WHERE f%d();
	PERFORM f%d();
	INSERT INTO t VALUES (f%d()) RETURNING f%d() INTO x;
	FOR r IN SELECT f%d() LOOP UPDATE t SET a = f%d(); END LOOP;
	FOR i IN f%d()..f%d() BY f%d() LOOP NULL; END LOOP;
	FOREACH x IN ARRAY f%d() LOOP PERFORM f%d(); END LOOP;
	IF f%d() THEN RAISE NOTICE '%%', f%d() USING HINT = f%d(); ELSIF f%d() THEN CALL f%d(); ELSE x := f%d(); END IF;
	CASE f%d() WHEN f%d() THEN x := f%d(); ELSE x := f%d(); END CASE;
	CASE WHEN f%d() THEN NULL; END CASE;
	<<outermost>> WHILE f%d() LOOP EXIT outermost WHEN f%d(); CONTINUE WHEN f%d(); END LOOP;
	LOOP EXIT WHEN f%d(); END LOOP;
	RETURN QUERY SELECT f%d();
	RETURN NEXT f%d();
	ASSERT f%d(), f%d();
	BEGIN x := f%d(); EXCEPTION WHEN division_by_zero THEN DELETE FROM t WHERE f%d(); END;
END $$`

func TestAnalyzeFunctionSeesEveryExpression(t *testing.T) {
	n := strings.Count(everywhere, "%d")
	args := make([]any, n)
	for i := range args {
		args[i] = i
	}
	a, err := New().AnalyzeFunction(fmt.Sprintf(everywhere, args...))
	if err != nil {
		t.Fatal(err)
	}
	seen := map[string]bool{}
	for i := range a.Statements {
		for _, f := range a.Statements[i].Functions {
			seen[f.Name] = true
		}
	}
	for i := range n {
		if name := fmt.Sprintf("f%d", i); !seen[name] {
			t.Errorf("%s was not seen", name)
		}
	}
}

// The SQL that runs in each of these is not in the text.
func TestAnalyzeFunctionSaysWhatItCannotSee(t *testing.T) {
	for _, body := range []string{
		"EXECUTE 'x'", "EXECUTE 'x' USING 1", "FOR r IN EXECUTE 'x' LOOP END LOOP", "RETURN QUERY EXECUTE 'x'",
	} {
		definition := "CREATE FUNCTION f() RETURNS SETOF int LANGUAGE plpgsql AS $$DECLARE r record; BEGIN " + body + "; END$$"
		a, err := New().AnalyzeFunction(definition)
		if err != nil {
			t.Errorf("%s: %v", body, err)
			continue
		}
		if !slices.ContainsFunc(a.Statements, func(s sqlparse.Statement) bool { return s.Opaque }) {
			t.Errorf("%s: got nothing opaque", body)
		}
	}
}

func TestAnalyzeFunctionLanguages(t *testing.T) {
	for definition, want := range map[string]string{
		"CREATE FUNCTION f() RETURNS int LANGUAGE sql AS 'SELECT a FROM t; DELETE FROM u'":                         "reads t, writes u",
		"CREATE FUNCTION f() RETURNS int BEGIN ATOMIC SELECT a FROM t; DELETE FROM u; END":                         "reads t, writes u",
		"CREATE FUNCTION f() RETURNS int RETURN (SELECT a FROM t)":                                                 "reads t",
		"CREATE FUNCTION f() RETURNS int LANGUAGE plpgsql AS 'BEGIN DELETE FROM u; RETURN (SELECT 1 FROM t); END'": "reads t, writes u",
	} {
		a, err := New().AnalyzeFunction(definition)
		if err != nil {
			t.Errorf("%s: %v", definition, err)
			continue
		}
		var got []string
		for i := range a.Statements {
			for _, r := range a.Statements[i].Reads {
				got = append(got, "reads "+r.Name)
			}
			for _, w := range a.Statements[i].Writes {
				got = append(got, "writes "+w.Name)
			}
		}
		slices.Sort(got)
		if got := strings.Join(got, ", "); got != want {
			t.Errorf("%s: got %s; want %s", definition, got, want)
		}
	}
	_, err := New().AnalyzeFunction("CREATE FUNCTION f() RETURNS int LANGUAGE c AS 'lib', 'f'")
	if !errors.Is(err, sqlparse.ErrLanguage) {
		t.Errorf("language c: got %v; want ErrLanguage", err)
	}
	if _, err := New().AnalyzeFunction("SELECT 1"); err == nil {
		t.Error("SELECT 1: got no error")
	}
}

func TestNamesOfAssignmentsOperatorsAndFields(t *testing.T) {
	a, err := New().Analyze("UPDATE t SET a = b OPERATOR(s.===) 1, (c, d) = (1, 2) FROM u WHERE u.f = (t).g::s.mytype")
	if err != nil {
		t.Fatal(err)
	}
	st := &a.Statements[0]
	got := fmt.Sprint(st.Assigned, st.Operators, st.Types, st.Fields)
	const want = "[{{ t false} a} {{ t false} c} {{ t false} d}] [{ =} {s ===}] [{s mytype}] [f g]"
	if got != want {
		t.Errorf("got  %s\nwant %s", got, want)
	}
}
