package sqlparse

import (
	"strings"
	"testing"
)

func TestSeveral(t *testing.T) {
	for sql, want := range map[string]bool{
		"":                                   false,
		";":                                  false,
		" ; ; ":                              false,
		"SELECT 1":                           false,
		"SELECT 1;":                          false,
		"SELECT 1; ; -- ;\n /* ; */ ;\t":     false,
		";; SELECT 1;":                       false,
		"-- a; b\nSELECT 1":                  false,
		"/* a; /* b; */ c; */ SELECT 1":      false,
		"INSERT INTO t VALUES ('a; COMMIT')": false,
		`SELECT "a;b", $$c;d$$, $x$ ; $$ ; $x$, E'\';'`: false,
		"SELECT 'it''s; fine'":                          false,
		`INSERT INTO t VALUES ('a\b; c', 'd')`:          false,
		"SELECT 1;SELECT 2":                             true,
		"SELECT 'a;'; COMMIT":                           true,
		"; SELECT 1 ; ; x":                              true,
		"SELECT 1; 'x'":                                 true,
		"SELECT 1; $1":                                  true,
		"SELECT 1 -- '\n; COMMIT --'":                   true,
		// In doubt.
		"SELECT 'a; b":        true,
		"SELECT 1 /* ; ":      true,
		"SELECT $a$ ; ":       true,
		"SELECT 'a":           false,
		"SELECT 1e'a'; 'b'":   true,
		"\xff; \xff":          true,
		`SELECT 'a\'; COMMIT`: true,
		// One literal, or 'a\'' and a COMMIT.
		`SELECT 'a\'' ; COMMIT; --'`: true,
		`SELECT 'a\\'; 'b'`:          true,
	} {
		if got := Several(sql); got != want {
			t.Errorf("Several(%q): got %v; want %v", sql, got, want)
		}
	}
}

// TestSeveralOfBulkInserts: what is too long to be parsed is mostly data.
func TestSeveralOfBulkInserts(t *testing.T) {
	sql := "INSERT INTO t VALUES (1, 'a;')" + strings.Repeat(", (2, 'it''s; /* -- $$')", 100_000)
	if Several(sql) {
		t.Error("got several statements in a bulk INSERT")
	}
	if !Several(sql + "; COMMIT") {
		t.Error("missed the second statement behind a bulk INSERT")
	}
}
