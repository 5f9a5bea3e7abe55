package cache

import (
	"context"
	"errors"
	"slices"
	"strings"
	"sync/atomic"
	"unicode"

	"github.com/maypok86/otter/v2"

	"github.com/gojohnny/gojohnny/invalidation"
	"github.com/gojohnny/gojohnny/sqlparse"
)

// A text is what is known of one SQL text, whoever sends it. All but its counts is
// fixed.
type text struct {
	sql      string             // without comments
	analysis *sqlparse.Analysis // nil: not understood
	err      error
	static   *meaning    // by its words alone
	resolved meanings    // by the catalog
	parts    []Statement // of a batch; see Join

	several bool // more than one statement
	escapes bool // with standard_conforming_strings off it means something else
	control bool // begins or ends a transaction
	settled bool // has no names: the catalog adds nothing
	fixed   bool // the catalog cannot make it a read that is kept

	size    atomic.Int64 // of the rows that were kept last
	recheck atomic.Bool  // the next hit is verified: the latest could not be
	counts  readCounts
	hint    atomic.Pointer[any]
}

// A Statement is one call of a SQL text: the text, and what the caller said about
// this call. The zero value is not valid; see [Cache.Statement].
type Statement struct {
	*text
	directive directive
}

// Hint returns what SetHint has kept with the text, nil if nothing or no longer.
func (s Statement) Hint() any {
	if v := s.hint.Load(); v != nil {
		return *v
	}
	return nil
}

// SetHint keeps with the text what a wrapper has found out about it, for every wrapper
// of the cache, as long as the text is remembered. Both are safe for concurrent use.
func (s Statement) SetHint(v any) { s.hint.Store(&v) }

// Text gives the SQL without its comments, as it is keyed and analyzed.
func (s Statement) Text() string { return s.sql }

// Statement looks at sql and at the directives in it and in ctx. A text is analyzed
// when it is first seen; while it is remembered, a call costs one look-up. It does
// not block.
func (c *Cache) Statement(ctx context.Context, sql string) Statement {
	sql, comment := sqlparse.StripComments(sql)
	t, ok := c.texts.GetIfPresent(sql)
	if !ok {
		// Whoever analyzes it at the same time counts where the first one does.
		t, _ = c.texts.SetIfAbsent(sql, c.analyze(sql))
	}
	return Statement{text: t, directive: directiveOf(ctx, comment)}
}

// Rewritten returns st as a statement of which nothing is known, for a caller whose
// driver or whose argument puts another text in its place before it is sent: it
// bypasses, and invalidates everything.
func (c *Cache) Rewritten(st Statement) Statement {
	st.text = c.unknown(st.sql, errRewritten)
	st.several, st.control = true, true
	return st
}

var errRewritten = errors.New("the text is rewritten before it is sent")

// unknown is a text that may do anything.
func (c *Cache) unknown(sql string, err error) *text {
	effect := invalidation.Effect{Reason: Reason{Code: Unparsable}, Writes: []string{c.epoch}}
	return &text{sql: sql, err: err, static: &meaning{Effect: effect}, settled: true, fixed: true}
}

// newTexts makes the bounded memory of texts. Its policy keeps what is asked for
// often, so a flood of texts that differ in a literal passes through it without
// driving out the ones that come again.
func newTexts(maxBytes int) *otter.Cache[string, *text] {
	const rest = 1024 + numStripes*cacheLine // an analysis, roughly, and the count of its hits
	return otter.Must(&otter.Options[string, *text]{
		MaximumWeight: uint64(maxBytes),
		Weigher:       func(sql string, _ *text) uint32 { return uint32(min(len(sql)+rest, 1<<30)) },
	})
}

func (c *Cache) analyze(sql string) *text {
	c.counts.parses.Add(1)
	a, err := c.analyzer.Analyze(sql)
	if err != nil {
		t := c.unknown(sql, err)
		t.several = sqlparse.Several(sql)
		t.control = t.several || !familiar(sql)
		return t
	}
	t := &text{sql: sql, analysis: a, static: c.static(sql, a), several: len(a.Statements) > 1, escapes: a.Backslash}
	t.control = slices.ContainsFunc(t.static.controls, ofTransaction)
	t.settled = !slices.ContainsFunc(a.Statements, hasNames)
	t.fixed = t.settled || t.several || slices.ContainsFunc(a.Statements, neverKept) ||
		slices.ContainsFunc(a.Statements[0].Reads, c.tables.denied)
	return t
}

// hasNames reports whether st names anything that the catalog may know.
func hasNames(st sqlparse.Statement) bool {
	return len(st.Reads)+len(st.Writes)+len(st.Functions)+len(st.Operators)+len(st.Types)+len(st.Fields) > 0
}

// neverKept reports whether the rows of st are not kept whatever the names in it mean.
func neverKept(st sqlparse.Statement) bool {
	return len(st.Writes) > 0 || slices.ContainsFunc(st.Reasons, func(r Reason) bool {
		switch r.Code {
		case sqlparse.UnknownCall, sqlparse.NoTable, sqlparse.WritesData: // a function decides
			return false
		}
		return true
	})
}

// ofTransaction reports whether ctl changes the session's own transaction.
func ofTransaction(ctl sqlparse.Control) bool {
	switch ctl.Op {
	case sqlparse.CommitPrepared, sqlparse.RollbackPrepared:
		return false
	}
	return ctl.Op < sqlparse.Set
}

// familiar reports whether a single statement that the analyzer does not understand
// surely neither begins nor ends a transaction: syntax of a newer server, another
// database's PRAGMA, a typing error behind the first word.
func familiar(sql string) bool {
	word := strings.TrimLeft(sql, " \t\r\n(")
	if end := strings.IndexFunc(word, func(r rune) bool { return !unicode.IsLetter(r) }); end >= 0 {
		word = word[:end]
	}
	switch strings.ToUpper(word) {
	case "SELECT", "WITH", "VALUES", "TABLE", "INSERT", "UPDATE", "DELETE", "MERGE", "REPLACE",
		"CREATE", "ALTER", "DROP", "GRANT", "REVOKE", "COMMENT", "EXPLAIN", "ANALYZE", "VACUUM", "PRAGMA":
		return true
	}
	return false
}
