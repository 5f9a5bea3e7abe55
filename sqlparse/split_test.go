package sqlparse

import (
	"slices"
	"testing"
)

func TestSplit(t *testing.T) {
	for script, want := range map[string][]string{
		"":                                nil,
		" ;; \n -- a; b\n /* c; */ ; ":    nil,
		"SELECT 1":                        {"SELECT 1"},
		"SELECT 1;":                       {"SELECT 1"},
		" SELECT 1 ;\n\nSELECT 2\n":       {"SELECT 1", "SELECT 2"},
		"-- a;\nSELECT 1; -- b;\nTABLE t": {"-- a;\nSELECT 1", "-- b;\nTABLE t"},
		"SELECT 1; /* the end */":         {"SELECT 1"},
		`SELECT ';', "a;b", $$;$$, $x$;$$;$x$, E'\';'; SELECT 2`: {`SELECT ';', "a;b", $$;$$, $x$;$$;$x$, E'\';'`, "SELECT 2"},
		"CREATE RULE r AS ON INSERT TO t DO (SELECT 1; SELECT 2); SELECT 3": {
			"CREATE RULE r AS ON INSERT TO t DO (SELECT 1; SELECT 2)", "SELECT 3",
		},
		"CREATE FUNCTION f() RETURNS int begin /* */ atomic SELECT 1; SELECT CASE WHEN true THEN 1 END; END; SELECT 3": {
			"CREATE FUNCTION f() RETURNS int begin /* */ atomic SELECT 1; SELECT CASE WHEN true THEN 1 END; END", "SELECT 3",
		},
		"BEGIN; SELECT CASE WHEN true THEN 1 END; END; SELECT 1": {"BEGIN", "SELECT CASE WHEN true THEN 1 END", "END", "SELECT 1"},
		"SELECT 1); SELECT 2":           {"SELECT 1)", "SELECT 2"},
		"SELECT 1; SELECT 'a; SELECT 2": {"SELECT 1", "SELECT 'a; SELECT 2"},
	} {
		if got := Split(script); !slices.Equal(got, want) {
			t.Errorf("%s\ngot  %q\nwant %q", script, got, want)
		}
	}
}
