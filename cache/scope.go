package cache

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"slices"
	"strings"

	"github.com/gojohnny/gojohnny/backends"
	"github.com/gojohnny/gojohnny/sqlparse"
)

// A Probe asks a session's own connection a query that returns one row of text
// columns, none NULL, or a command that returns none, and connects first where there is
// no connection yet. It is how a Session learns what shapes its results.
type Probe func(ctx context.Context, query string) ([]string, error)

// A scope is everything about a session that shapes a result besides SQL and
// arguments. It is immutable.
type scope struct {
	digest    digest
	reason    Reason             // why nothing in this scope is kept, if so
	isolation sqlparse.Isolation // of transactions that ask for none, and outside of any
	backslash bool               // a backslash in a plain string may be an escape

	// What names mean.
	postgres bool     // the database is PostgreSQL
	schemas  []string // the search path in effect
	role     string   // current_user
	tempView bool     // the session has a temporary view
	ground   *ground  // which was known before the server was asked; nil: none
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
	colStandby
	colTemp
	colTempView
	colStrings
	colEncoding
	colFirstOfScope
	colRole    = colFirstOfScope + 4
	colSchemas = colFirstOfScope + 6
)

// Everything is qualified: a search_path may put anything before pg_catalog.
const (
	setting = "pg_catalog.current_setting"
	asText  = "::pg_catalog.text"
)

const probeHead = `SELECT ` + setting + `('default_transaction_isolation'),` +
	` pg_catalog.pg_is_in_recovery()` + asText + `,` +
	// Types and relations are all that is found in a temporary schema without being asked for there.
	` (` + hasTemporary + `class WHERE relnamespace` + inTemporary + `) OR ` + hasTemporary + `type WHERE typnamespace` + inTemporary + `))` + asText + `,` +
	` (` + hasTemporary + `class WHERE relnamespace` + inTemporary + ` AND relkind OPERATOR(pg_catalog.=) 'v'))` + asText + `, ` +
	setting + `('standard_conforming_strings'), ` +
	setting + `('client_encoding'),` +
	// What tells this database from any other, wherever it is reached: the
	// cluster, and its server's start, which a copy of it does not share (and after
	// which unlogged tables may be empty, and commits lost that were not synchronous).
	` (SELECT system_identifier FROM pg_catalog.pg_control_system())` + asText + `,` +
	` pg_catalog.pg_postmaster_start_time()` + asText + `,` +
	` pg_catalog.current_database()` + asText + `, session_user` + asText + `, current_user` + asText + `,` +
	heldRoles + `,` +
	// The schemas of the search path that are there, and that the role may use.
	` pg_catalog.array_to_json(pg_catalog.current_schemas(true))` + asText

// The session has something in its temporary schema, which stays when it is empty.
const (
	hasTemporary = `pg_catalog.pg_my_temp_schema() OPERATOR(pg_catalog.<>) 0 AND EXISTS (SELECT FROM pg_catalog.pg_`
	inTemporary  = ` OPERATOR(pg_catalog.=) pg_catalog.pg_my_temp_schema()`
)

// heldRoles digests the roles that current_user is a member of, and how, whether or not it inherits their
// rights: by these a policy or a view may show it other rows.
const heldRoles = `(WITH RECURSIVE held (id, how) AS (` +
	`SELECT oid, ''` + asText + ` FROM pg_catalog.pg_roles WHERE rolname OPERATOR(pg_catalog.=) current_user` +
	` UNION SELECT m.roleid, m` + asText + ` FROM held JOIN pg_catalog.pg_auth_members m ON m.member OPERATOR(pg_catalog.=) held.id` +
	`) SELECT pg_catalog.md5(pg_catalog.string_agg(pg_catalog.concat_ws(',', r.oid, r.rolsuper, r.rolinherit, r.rolbypassrls, held.how), '|'` +
	` ORDER BY r.oid, held.how)) FROM held JOIN pg_catalog.pg_roles r ON r.oid OPERATOR(pg_catalog.=) held.id)`

// scopeHead is how many columns of the head tell the scope.
const scopeHead = 7

// probeQuery asks for a scope, with the settings in extra besides the shaping ones. A
// setting that is not there is NULL, without quotes.
func probeQuery(extra []string) string {
	var b strings.Builder
	b.WriteString(probeHead)
	for _, name := range slices.Concat(shaping, extra) {
		name = strings.ReplaceAll(name, "'", "''")
		fmt.Fprintf(&b, `, pg_catalog.quote_nullable(%s('%s', true))`, setting, name)
	}
	return b.String()
}

// learnScope asks the server. form is the Source's; extra names settings besides the
// shaping ones. A database that answers, but not as PostgreSQL does, is other's scope.
func learnScope(ctx context.Context, probe Probe, form string, extra []string, other func() *scope) (*scope, error) {
	row, err := probe(ctx, probeQuery(extra))
	if err != nil {
		if isOther(ctx, probe, err) {
			return other(), nil
		}
		return nil, err
	}
	if want := colFirstOfScope + scopeHead + len(shaping) + len(extra); len(row) != want {
		return nil, fmt.Errorf("cache: scope: got %d columns, want %d", len(row), want)
	}
	schemas, err := searched(row)
	if err != nil {
		return nil, err
	}
	f := newFields()
	f.add("postgresql")
	f.add(form)
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
		backslash: row[colStrings] != "on",
		postgres:  true,
		schemas:   schemas,
		role:      row[colRole],
		tempView:  row[colTempView] != "false",
	}, nil
}

// searched returns the schemas in which names are looked for. It takes a temporary one that is empty out of them,
// and out of the row: each session has another, and finds nothing there.
func searched(row []string) (schemas []string, err error) {
	err = json.Unmarshal([]byte(row[colSchemas]), &schemas)
	if err == nil && row[colTemp] == "false" {
		schemas = slices.DeleteFunc(schemas, func(s string) bool { return strings.HasPrefix(s, "pg_temp_") })
		row[colSchemas] = fmt.Sprintf("%q", schemas)
	}
	if err != nil {
		return nil, fmt.Errorf("cache: scope: schemas: %w", err)
	}
	return schemas, nil
}

// isOther reports whether the database that did not answer the probe is not
// PostgreSQL, rather than a PostgreSQL in trouble: it has no pg_class, and is well
// otherwise. To take the one for the other would drop search_path from the key.
func isOther(ctx context.Context, probe Probe, err error) bool {
	var state interface{ SQLState() string }
	const undefinedFunction = "42883" // where a PostgreSQL that is well has it
	if errors.As(err, &state) && state.SQLState() != undefinedFunction {
		return false
	}
	if row, err := probe(ctx, "SELECT oid FROM pg_catalog.pg_class WHERE relname = 'pg_class'"); err == nil && row != nil {
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
	return &scope{digest: f.sum(), isolation: sqlparse.RepeatableRead, backslash: true}
}

// namesDependOn reports whether a setting changes what a name without a schema means.
func namesDependOn(setting string) bool {
	switch setting {
	case "search_path", "role", "session_authorization":
		return true
	}
	return false
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
