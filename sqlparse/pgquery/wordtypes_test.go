//go:build cgo

package pgquery

import (
	"context"
	"testing"

	"github.com/jackc/pgx/v5"

	"github.com/gojohnny/gojohnny/sqlparse"
)

// wordFunctionsSQL lists the functions whose result, or a column of it, is of a type that prints words of the user's, or of
// whichever type they are given.
const wordFunctionsSQL = `
WITH plain AS (
	SELECT oid FROM pg_type WHERE typtype = 'b' AND (typcategory IN ('B', 'D', 'G', 'I', 'N', 'T', 'V')
	       OR typname IN ('uuid', 'macaddr', 'macaddr8', 'pg_lsn', 'xid', 'xid8', 'cid', 'tid', 'int2vector', 'oidvector', 'pg_snapshot', 'txid_snapshot'))
	UNION SELECT oid FROM pg_type WHERE typname IN ('void', 'cstring', 'internal', 'trigger', 'event_trigger') OR typname LIKE '%\_handler'
	      OR typtype NOT IN ('b', 'e', 'p', 'c', 'd')
)
SELECT DISTINCT p.proname::text, p.pronargs::int, t.typtype = 'p' AND t.typname LIKE 'any%'
FROM pg_proc p, unnest(CASE WHEN p.proargmodes && '{o,b,t}' THEN ARRAY(
	SELECT type FROM unnest(p.proallargtypes, p.proargmodes) u (type, mode) WHERE mode IN ('o', 'b', 't')) ELSE ARRAY[p.prorettype] END) result (type)
JOIN pg_type t ON t.oid = type
WHERE p.oid < 16384 AND p.pronamespace = 'pg_catalog'::regnamespace AND p.provariadic = 0 AND type NOT IN (SELECT oid FROM plain)
  AND (t.typelem = 0 OR t.typcategory <> 'A' OR t.typelem NOT IN (SELECT oid FROM plain))
  AND NOT p.proargtypes::oid[] && ARRAY['internal'::regtype::oid, 'cstring'::regtype::oid] AND p.proname !~ '(recv|_in)$'`

// notWords are functions that the query lists although what they print is no word alone: sizes, names of
// files and types, rights.
var notWords = wordSet(`
	acldefault aclinsert aclremove makeaclitem pg_encoding_to_char pg_indexam_progress_phasename pg_size_pretty pg_typeof
	pg_walfile_name pg_walfile_name_offset
`)

// TestFunctionsThatMakeTexts asks a server of any version which of its functions may make a text: each is known
// to, or is not kept.
func TestFunctionsThatMakeTexts(t *testing.T) {
	o := newOracle(t)
	rows, err := o.conn.Query(context.Background(), wordFunctionsSQL, pgx.QueryExecModeSimpleProtocol)
	if err != nil {
		t.Fatal(err)
	}
	var name string
	var args int
	var polymorphic bool
	listed := 0
	if _, err := pgx.ForEachRow(rows, []any{&name, &args, &polymorphic}, func() error {
		listed++
		if sqlparse.Classify("", name, args) == sqlparse.Pure && !makesText(name) && !passingFunctions[name] && !notWords[name] {
			t.Errorf("%s/%d may make a text (polymorphic: %v)", name, args, polymorphic)
		}
		return nil
	}); err != nil {
		t.Fatal(err)
	}
	if listed < 200 {
		t.Errorf("the server lists %d functions; want more", listed)
	}
}
