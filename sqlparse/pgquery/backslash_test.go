//go:build cgo

package pgquery

import "testing"

func TestBackslash(t *testing.T) {
	for sql, want := range map[string]bool{
		`SELECT 'a' FROM t`:                            false,
		`SELECT 'a\b' FROM t`:                          true,
		`SELECT 'a\'; DELETE FROM u; --' FROM t`:       true,
		`SELECT E'a\n', e'\'', "a\b", $$\$$ FROM t`:    false,
		"SELECT E'a'\n'\\n' FROM t":                    false,
		"SELECT 'a'\n'\\n' FROM t":                     true,
		`SELECT E'a', '\' FROM t`:                      true,
		`SELECT 1 /* '\' */ FROM t -- '\'`:             false,
		`SELECT U&'\0061' FROM t`:                      true,
		`SELECT N'\' FROM t`:                           true,
		`INSERT INTO t VALUES ('x'), ('C:\dir')`:       true,
		`SELECT 1; SELECT '\'`:                         true,
		`DO $$ BEGIN EXECUTE 'x\y'; END $$`:            false,
		`SELECT a OPERATOR(pg_catalog.+) E'\\' FROM t`: false,
	} {
		a, err := New().Analyze(sql)
		if err != nil {
			t.Errorf("%s: %v", sql, err)
		} else if a.Backslash != want {
			t.Errorf("%s: got Backslash %v; want %v", sql, a.Backslash, want)
		}
	}
}

func TestBackslashInFunctions(t *testing.T) {
	for body, want := range map[string]bool{
		`LANGUAGE sql AS $$SELECT '\'$$`:                         true,
		`LANGUAGE sql AS $$SELECT E'\n'$$`:                       false,
		`LANGUAGE plpgsql AS $$BEGIN RETURN 'a\'; END$$`:         true,
		`LANGUAGE plpgsql AS $$BEGIN RETURN 'a'; END$$`:          false,
		`LANGUAGE sql RETURN '\'`:                                true,
		`LANGUAGE sql AS 'SELECT 1'`:                             false,
		`LANGUAGE plpgsql AS $$BEGIN RAISE NOTICE '\'; END$$`:    true,
		`LANGUAGE plpgsql AS $$BEGIN /* '\' */ RETURN 1; END $$`: false,
	} {
		a, err := New().AnalyzeFunction("CREATE FUNCTION f() RETURNS text " + body)
		if err != nil {
			t.Errorf("%s: %v", body, err)
		} else if a.Backslash != want {
			t.Errorf("%s: got Backslash %v; want %v", body, a.Backslash, want)
		}
	}
}
