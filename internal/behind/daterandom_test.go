package behind

import (
	"math/rand/v2"
	"testing"

	"github.com/jackc/pgx/v5"

	"github.com/gojohnny/gojohnny/cache"
	"github.com/gojohnny/gojohnny/internal/testservers"
	"github.com/gojohnny/gojohnny/sqlparse"
)

// collidingSchema has few names, and each means a text here and a date there: columns, fields, tables, functions.
const collidingSchema = `
CREATE TYPE late AS (a timestamptz, at text); CREATE TYPE early AS (a text, at timestamptz);
CREATE TABLE t (a text, b timestamptz, s late); CREATE TABLE u (b text, a timestamptz, at int);
CREATE TABLE v (at timestamptz, s early, f text);
CREATE FUNCTION f() RETURNS TABLE (a timestamptz, b text) STABLE LANGUAGE sql AS 'SELECT b, a FROM t';
CREATE FUNCTION rows_of() RETURNS SETOF late STABLE LANGUAGE sql AS 'SELECT b, a FROM t';
CREATE FUNCTION row_of() RETURNS late STABLE LANGUAGE sql AS 'SELECT b, a FROM t';
CREATE FUNCTION t() RETURNS text STABLE LANGUAGE sql AS 'SELECT a FROM t';
CREATE FUNCTION b(late) RETURNS text STABLE LANGUAGE sql AS 'SELECT $1.at';
INSERT INTO t VALUES ('now', '2024-01-01', ROW('2024-01-01', 'now'));
INSERT INTO u VALUES ('now', '2024-01-01', 1); INSERT INTO v VALUES ('2024-01-01', ROW('now', '2024-01-01'), 'now')`

// A colliding makes queries at random over collidingSchema. Most are none that the server takes.
type colliding struct{ *rand.Rand }

func (g colliding) pick(of ...string) string { return of[g.IntN(len(of))] }

func (g colliding) name() string { return g.pick("a", "b", "s", "t", "f", "at") }

func (g colliding) alias() string {
	return " AS " + g.name() + g.pick("", "", " ("+g.name()+")", " ("+g.name()+", "+g.name()+")")
}

func (g colliding) statement() string {
	with := ""
	if g.IntN(5) == 0 {
		with = "WITH " + g.name() + g.pick("", " (a)", " (b, s)") + " AS (" + g.query(1) + ") "
	}
	to := g.pick("timestamptz", "timestamptz", "late", "early")
	return with + "SELECT " + g.value(1) + "::" + to + " FROM " + g.source(2) + g.pick("", ", "+g.source(1))
}

func (g colliding) query(depth int) string {
	columns := g.pick("*", g.name()+".*", g.value(depth-1), g.value(depth-1)+" AS "+g.name())
	q := "SELECT " + columns + g.pick("", ", "+g.value(depth-1)) + " FROM " + g.source(depth)
	return q + g.pick("", "", ", "+g.source(depth-1), " WHERE EXISTS (SELECT FROM "+g.source(depth-1)+")")
}

func (g colliding) source(depth int) string {
	switch n := g.IntN(6); {
	case depth <= 0 || n > 3:
		return g.pick("t", "u", "v", "t", "f()", "rows_of()", "unnest(ARRAY[row_of()])", "t()") + g.pick("", g.alias())
	case n == 0:
		return "LATERAL (" + g.query(depth-1) + " UNION ALL " + g.query(depth-1) + ")" + g.alias()
	case n == 1:
		return "unnest(ARRAY[" + g.value(depth-1) + "]) AS " + g.name()
	}
	return "(" + g.query(depth-1) + ")" + g.alias()
}

func (g colliding) value(depth int) string {
	column := g.pick("", "", g.name()+".") + g.name()
	forms := []string{
		column, column, column, "(" + g.name() + ")." + g.name(), "coalesce(" + column + ", " + g.name() + ")",
		"max(" + column + ") OVER ()", "(ARRAY[" + column + "])[1]", "(ARRAY[" + g.name() + "])[1]." + g.name(), "CASE WHEN true THEN " + column + " END",
	}
	if depth > 0 {
		forms = append(forms, "(SELECT "+g.name()+" FROM "+g.source(depth-1)+" LIMIT 1)")
	}
	return g.pick(forms...)
}

// TestDatesByCollidingNames casts at random what goes by names with many meanings. What the server gives other rows for at
// another moment is read as a date from a text.
func TestDatesByCollidingNames(t *testing.T) {
	c := newClient(t, wrappers["pgx"], testservers.Postgres(t).URL(), newCache(t, newStore(t), nil))
	execAll(t, c.bare, collidingSchema)
	explain := func(query string) (e cache.Explanation) {
		eventually(t, "the catalog is not read", func() bool {
			rows(t, c, `SELECT a FROM t`)
			e = c.cache.Explain(t.Context(), query)
			return e.Catalog
		})
		return e
	}
	g := colliding{rand.New(rand.NewPCG(rand.Uint64(), 0))}
	moved, kept := 0, 0
	for range testservers.Number(t, "GOJOHNNY_CASTS", 20_000) {
		query := g.statement()
		before, err := c.bare.rows(t.Context(), query, pgx.QueryExecModeSimpleProtocol)
		if err != nil {
			continue
		}
		after := rows(t, c.bare, query, pgx.QueryExecModeSimpleProtocol)
		switch e := explain(query); {
		case before != after && e.Cached:
			t.Errorf("%s: kept, though the clock moves it", query)
		case before != after && e.Reason.Code == sqlparse.TextAsDate:
			moved++
		case e.Cached:
			kept++
		}
	}
	t.Logf("%d moved by the clock, %d kept", moved, kept)
	if moved < 100 || kept < 20 {
		t.Errorf("%d moved by the clock, %d kept; want more of both", moved, kept)
	}
}
