package invalidation_test

import (
	"fmt"
	"slices"
	"testing"

	"github.com/gojohnny/gojohnny/backends"
	"github.com/gojohnny/gojohnny/invalidation"
	"github.com/gojohnny/gojohnny/sqlparse"
)

// one is the analysis of a text of one statement.
func one(s sqlparse.Statement) *sqlparse.Analysis {
	return &sqlparse.Analysis{Statements: []sqlparse.Statement{s}}
}

func relations(names ...string) (rs []sqlparse.Relation) {
	for _, name := range names {
		rs = append(rs, sqlparse.Relation{Name: name})
	}
	return rs
}

func writes(action sqlparse.Action, names ...string) (ws []sqlparse.Write) {
	for _, r := range relations(names...) {
		ws = append(ws, sqlparse.Write{Relation: r, Action: action})
	}
	return ws
}

func TestStatic(t *testing.T) {
	unknown := []sqlparse.Function{{Name: "f", Class: sqlparse.Unknown}}
	tests := map[string]struct {
		analysis *sqlparse.Analysis
		reads    []string
		writes   []string
		reason   string
	}{
		"a read": {
			analysis: one(sqlparse.Statement{Kind: sqlparse.Select, Reads: relations("b", "a")}),
			reads:    []string{"app/", "app/*.a", "app/*.b"},
		},
		"one table in two schemas": {
			analysis: one(sqlparse.Statement{Reads: []sqlparse.Relation{{Schema: "x", Name: "a"}, {Schema: "y", Name: "a"}}}),
			reads:    []string{"app/", "app/*.a"},
		},
		"a pure function": {
			analysis: one(sqlparse.Statement{Reads: relations("a"), Functions: []sqlparse.Function{{Name: "lower", Class: sqlparse.Pure}}}),
			reads:    []string{"app/", "app/*.a"},
		},
		"a write": {
			analysis: one(sqlparse.Statement{Kind: "UPDATE", Reads: relations("b"), Writes: writes(sqlparse.Update, "a")}),
			writes:   []string{"app/*", "app/*.a"},
			reason:   "writes",
		},
		"a write in a schema": {
			analysis: one(sqlparse.Statement{Writes: []sqlparse.Write{{Relation: sqlparse.Relation{Schema: "x", Name: "Odd"}, Action: sqlparse.Insert}}}),
			writes:   []string{`app/*`, `app/*."Odd"`},
			reason:   "writes",
		},
		"TRUNCATE CASCADE": {
			analysis: one(sqlparse.Statement{Writes: writes(sqlparse.TruncateCascade, "a")}),
			writes:   []string{"app/", "app/*.a"},
			reason:   "writes",
		},
		"opaque": {
			analysis: one(sqlparse.Statement{Kind: "DO", Opaque: true}),
			writes:   []string{"app/"},
			reason:   "writes",
		},
		"an unknown function": {
			analysis: one(sqlparse.Statement{
				Kind: sqlparse.Select, Reads: relations("a"), Functions: unknown,
				Reasons: []sqlparse.Reason{{Code: sqlparse.UnknownCall, Detail: "f"}},
			}),
			writes: []string{"app/"},
			reason: "unknown function: f",
		},
		"an unknown function without a reason": {
			analysis: one(sqlparse.Statement{Kind: sqlparse.Select, Reads: relations("a"), Functions: unknown}),
			writes:   []string{"app/"},
			reason:   "writes",
		},
		"COMMIT PREPARED": {
			analysis: one(sqlparse.Statement{Kind: "COMMIT PREPARED", Controls: []sqlparse.Control{{Op: sqlparse.CommitPrepared}}}),
			writes:   []string{"app/"},
			reason:   "writes",
		},
		"a control": {
			analysis: one(sqlparse.Statement{Kind: "SET", Controls: []sqlparse.Control{{Op: sqlparse.Set}}}),
			reason:   "not a read: SET",
		},
		"the analyzer's first reason": {
			analysis: one(sqlparse.Statement{Reads: relations("a"), Reasons: []sqlparse.Reason{
				{Code: sqlparse.RowLock, Detail: "FOR UPDATE"}, {Code: sqlparse.AmbientCall, Detail: "now"},
			}}),
			reason: "row lock: FOR UPDATE",
		},
		"no table": {
			analysis: one(sqlparse.Statement{Kind: sqlparse.Select}),
			reason:   "no table",
		},
		"no statement": {
			analysis: &sqlparse.Analysis{},
			reason:   "no table",
		},
		"several statements": {
			analysis: &sqlparse.Analysis{Statements: []sqlparse.Statement{
				{Kind: sqlparse.Select, Reads: relations("a")},
				{Kind: "DELETE", Writes: writes(sqlparse.Delete, "c")},
				{Kind: "INSERT", Writes: writes(sqlparse.Insert, "b")},
			}},
			writes: []string{"app/*", "app/*.b", "app/*.c"},
			reason: "several statements",
		},
	}
	for name, test := range tests {
		t.Run(name, func(t *testing.T) {
			got := invalidation.Static("app", test.analysis)
			if !slices.Equal(got.Reads, test.reads) {
				t.Errorf("reads %q; want %q", got.Reads, test.reads)
			}
			if !slices.Equal(got.Writes, test.writes) {
				t.Errorf("writes %q; want %q", got.Writes, test.writes)
			}
			if got.Reason.String() != test.reason {
				t.Errorf("reason %q; want %q", got.Reason, test.reason)
			}
		})
	}
}

func TestStaticKeepsNoMoreTagsThanAnEntryHolds(t *testing.T) {
	for n, want := range map[int]sqlparse.ReasonCode{
		backends.MaxTags - 1: "", // and the epoch
		backends.MaxTags:     invalidation.TooManyTables,
	} {
		var names []string
		for i := range n {
			names = append(names, fmt.Sprint("t", i))
		}
		got := invalidation.Static("app", one(sqlparse.Statement{Reads: relations(names...)}))
		if got.Reason.Code != want || (len(got.Reads) > 0) != (want == "") {
			t.Errorf("%d tables: reason %q, %d reads; want %q", n, got.Reason, len(got.Reads), want)
		}
	}
}
