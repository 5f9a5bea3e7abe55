package cache

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"

	"github.com/gojohnny/gojohnny/backends"
	"github.com/gojohnny/gojohnny/sqlparse"
)

// A Probe asks a session's own connection a query that returns one row of text
// columns, none NULL, and connects first where there is no connection yet. It is
// how a Session learns what shapes its results.
type Probe func(ctx context.Context, query string) ([]string, error)

// A scope is everything about a session that shapes a result besides SQL and
// arguments. It is immutable.
type scope struct {
	digest    digest
	reason    Reason             // why nothing in this scope is kept, if so
	isolation sqlparse.Isolation // of transactions that ask for none, and outside of any
	current   sqlparse.Isolation // of the transaction it was learned in
}

// shaping are the settings that change what a query returns: its rows, or the text
// of a value. Source: PostgreSQL 16 documentation, chapter 20 (Server
// Configuration), sections 20.11 (Client Connection Defaults) and 20.13 (Version and
// Platform Compatibility). A setting that a session changes by name joins them for
// that session, known or not.
var shaping = []string{
	"array_nulls", "backslash_quote", "bytea_output", "DateStyle",
	"default_text_search_config", "extra_float_digits", "gin_fuzzy_search_limit", "IntervalStyle",
	"lc_messages", "lc_monetary", "lc_numeric", "lc_time",
	"quote_all_identifiers", "row_security", "search_path",
	"server_version_num", "TimeZone", "timezone_abbreviations",
	"transform_null_equals", "xmlbinary", "xmloption",
}

// harmless are settings that programs change often and that change no result, only
// how long it takes, or what is logged.
var harmless = map[string]bool{
	"application_name": true, "client_min_messages": true, "deadlock_timeout": true,
	"idle_in_transaction_session_timeout": true, "idle_session_timeout": true,
	"lock_timeout": true, "log_statement": true, "maintenance_work_mem": true,
	"random_page_cost": true, "statement_timeout": true, "synchronous_commit": true,
	"transaction_timeout": true, "work_mem": true,
}

// The first columns of the probe, which have a meaning of their own.
const (
	colIsolation = iota
	colCurrent
	colStandby
	colTemp
	colStrings
	colEncoding
	colFirstOfScope
)

const probeHead = `SELECT current_setting('default_transaction_isolation'),` +
	` current_setting('transaction_isolation'),` +
	` pg_is_in_recovery()::text,` +
	` (pg_my_temp_schema() <> 0)::text,` +
	` current_setting('standard_conforming_strings'),` +
	` current_setting('client_encoding'),` +
	// What tells this database from any other, wherever it is reached.
	` (SELECT system_identifier FROM pg_control_system())::text,` +
	` current_database()::text, session_user::text, current_user::text`

// probeQuery asks for a scope, with the settings in extra besides the shaping ones.
func probeQuery(extra []string) string {
	var b strings.Builder
	b.WriteString(probeHead)
	for _, name := range slices.Concat(shaping, extra) {
		// A NULL differs from every value: '-' before it, '+' before a value.
		name = strings.ReplaceAll(name, "'", "''")
		fmt.Fprintf(&b, `, coalesce('+' || current_setting('%s', true), '-')`, name)
	}
	return b.String()
}

// learnScope asks the server. extra names settings besides the shaping ones. A
// database that answers, but not as PostgreSQL does, is other's scope.
func learnScope(ctx context.Context, probe Probe, extra []string, other func() *scope) (*scope, error) {
	row, err := probe(ctx, probeQuery(extra))
	if err != nil {
		if isOther(ctx, probe, err) {
			return other(), nil
		}
		return nil, err
	}
	if want := colFirstOfScope + 4 + len(shaping) + len(extra); len(row) != want {
		return nil, fmt.Errorf("cache: scope: got %d columns, want %d", len(row), want)
	}
	f := newFields()
	f.add("postgresql")
	for _, v := range row[colFirstOfScope:] {
		f.add(v)
	}
	for _, name := range extra {
		f.add(name)
	}
	return &scope{
		digest:    f.sum(),
		reason:    scopeReason(row),
		isolation: sqlparse.Isolation(row[colIsolation]),
		current:   sqlparse.Isolation(row[colCurrent]),
	}, nil
}

// isOther reports whether the database that did not answer the probe is not
// PostgreSQL, rather than a PostgreSQL in trouble: it lacks current_setting, and is
// well otherwise. To take the one for the other would drop search_path from the key.
func isOther(ctx context.Context, probe Probe, err error) bool {
	var state interface{ SQLState() string }
	if errors.As(err, &state) && !strings.HasPrefix(state.SQLState(), "42") {
		return false // cancelled, shut down, out of memory: not "no such function"
	}
	if _, err := probe(ctx, "SELECT current_setting('server_version_num')"); err == nil {
		return false
	}
	_, err = probe(ctx, "SELECT '1'")
	return err == nil
}

func scopeReason(row []string) Reason {
	switch {
	case row[colStandby] != "false":
		return Reason{Code: Standby}
	case row[colTemp] != "false":
		return Reason{Code: TemporaryTables}
	case row[colStrings] != "on":
		return Reason{Code: BackslashQuoting}
	case row[colEncoding] != "UTF8":
		return Reason{Code: ForeignEncoding, Detail: row[colEncoding]}
	}
	return Reason{}
}

// otherScope is the scope of a database that is not PostgreSQL, whose sessions tell
// nothing of themselves. Nobody outside one Source shares its entries, since
// nothing tells one such database from another; and what its transactions see is
// not known, so that they bypass like REPEATABLE READ.
func otherScope() *scope {
	token := backends.NewToken()
	f := newFields()
	f.add("other")
	f.add(string(token[:]))
	return &scope{digest: f.sum(), isolation: sqlparse.RepeatableRead, current: sqlparse.RepeatableRead}
}

// shapes reports whether every probe asks for the setting or for what it changes.
// Names are in lower case.
func shapes(name string) bool {
	switch name {
	case "role", "session_authorization", "default_transaction_isolation", "transaction_isolation",
		"standard_conforming_strings", "client_encoding":
		return true
	}
	return slices.ContainsFunc(shaping, func(s string) bool { return strings.EqualFold(s, name) })
}
