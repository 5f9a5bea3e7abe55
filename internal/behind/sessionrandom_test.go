package behind

import (
	"fmt"
	"strings"
	"testing"

	"github.com/jackc/pgx/v5"
	"pgregory.net/rapid"

	"github.com/gojohnny/gojohnny/cache"
	"github.com/gojohnny/gojohnny/internal/testservers"
	"github.com/gojohnny/gojohnny/invalidation/catalog"
)

const (
	defaultSessionSteps = 8_000
	sessionActions      = 30 // between two times that all sessions are reset
)

// What sessions see of the schema differs by their search path, role and settings; %[1]s and %[2]s are roles.
const sessionsSchema = `
CREATE SCHEMA a; CREATE SCHEMA b; SET search_path = a, public;
CREATE TABLE a.t (n int); INSERT INTO a.t VALUES (1); CREATE TABLE b.t (n int); INSERT INTO b.t VALUES (2);
CREATE VIEW a.v AS SELECT n FROM a.t; CREATE VIEW b.v AS SELECT n + 10 AS n FROM b.t;
CREATE TABLE public.secret (owner text, v text);
INSERT INTO public.secret VALUES ('%[1]s', 'one'), ('%[2]s', 'two'), ('three', 'three'), ('four', 'four');
ALTER TABLE public.secret ENABLE ROW LEVEL SECURITY;
CREATE POLICY own ON public.secret USING (owner IN (current_user, current_setting('app.tenant', true)));
CREATE TABLE public.shown (at timestamptz, d date, i interval, b bytea, f float8);
INSERT INTO public.shown VALUES ('2024-02-03 04:05:06+00', '2024-02-03', '1 day 02:03:04', 'x', 0.1::float4);
CREATE FUNCTION public.total() RETURNS bigint STABLE LANGUAGE sql AS 'SELECT sum(n) FROM t';
CREATE FUNCTION public.fixed() RETURNS bigint STABLE LANGUAGE plpgsql SET search_path = b AS 'BEGIN RETURN (SELECT sum(n) FROM t); END';
CREATE FUNCTION public.turn(path text) RETURNS text LANGUAGE sql AS 'SELECT set_config(''search_path'', path, false)';
CREATE FUNCTION public.hide() RETURNS void LANGUAGE plpgsql AS 'BEGIN CREATE TEMP TABLE t AS SELECT 98 AS n; END';
CREATE ROLE %[1]s; CREATE ROLE %[2]s;
GRANT USAGE ON SCHEMA a, b, public TO %[1]s, %[2]s;
GRANT ALL ON ALL TABLES IN SCHEMA a, b, public TO %[1]s;
GRANT SELECT ON ALL TABLES IN SCHEMA a, b, public TO %[2]s`

// sessionReads are what every session is asked, most of them at a time.
var sessionReads = []string{
	`SELECT coalesce(string_agg(n::text, ',' ORDER BY n), '') FROM t`,
	`SELECT coalesce(string_agg(n::text, ',' ORDER BY n), '') FROM v`,
	`SELECT coalesce(string_agg(v, ',' ORDER BY v), '') FROM secret`,
	`SELECT at::text, d::text FROM shown`,
	`SELECT i::text, b::text, f::text FROM shown`,
	`SELECT total()::text FROM shown`,
	`SELECT fixed()::text FROM shown`,
}

// sessionStatements are what sessions do; those of several statements go by the simple protocol.
var sessionStatements = []string{
	`SET search_path = a`, `SET search_path = b`, `SET search_path = a, b, public`, `SET search_path = b, public`, `SET SCHEMA 'a'`,
	`SET LOCAL search_path = b, public`, `RESET search_path`, `SET search_path TO DEFAULT`,
	`SELECT set_config('search_path', 'b, public', false)`, `SELECT set_config('search_path', 'a, public', true)`, `SELECT public.turn('a, public')`,
	`SET ROLE %[1]s`, `SET ROLE %[2]s`, `SET LOCAL ROLE %[2]s`, `RESET ROLE`, `SET ROLE NONE`,
	`SET SESSION AUTHORIZATION %[1]s`, `RESET SESSION AUTHORIZATION`,
	`SET app.tenant = 'three'`, `SET LOCAL app.tenant = 'four'`, `RESET app.tenant`, `SET row_security = off`, `RESET row_security`,
	`SET TimeZone = 'Asia/Tokyo'`, `SET LOCAL TIME ZONE 'America/New_York'`, `SET DateStyle = German`, `SET IntervalStyle = iso_8601`,
	`SET bytea_output = escape`, `SET extra_float_digits = 0`,
	`BEGIN`, `BEGIN`, `BEGIN ISOLATION LEVEL REPEATABLE READ`, `START TRANSACTION READ ONLY`, `SET TRANSACTION ISOLATION LEVEL SERIALIZABLE`,
	`COMMIT`, `COMMIT`, `ROLLBACK`, `COMMIT AND CHAIN`, `ROLLBACK AND CHAIN`, `SAVEPOINT s`, `ROLLBACK TO s`, `RELEASE s`,
	`SET SESSION CHARACTERISTICS AS TRANSACTION ISOLATION LEVEL REPEATABLE READ`, `SET default_transaction_isolation = 'read committed'`,
	`RESET ALL`, `DISCARD ALL`, `DISCARD ALL`, `DISCARD TEMP`,
	`CREATE TEMP TABLE t AS SELECT 99 AS n`, `CREATE TEMP TABLE shadow ON COMMIT DROP AS SELECT 1 AS n`, `DROP TABLE pg_temp.t`, `SELECT public.hide()`,
	`UPDATE t SET n = n + 1`, `INSERT INTO t VALUES (7)`, `DELETE FROM a.t WHERE n = 7`, `DELETE FROM b.t WHERE n = 7`,
	`INSERT INTO secret VALUES (current_user, 'more')`, `DELETE FROM secret WHERE v = 'more'`, `UPDATE v SET n = 3`,
	`PREPARE p AS UPDATE t SET n = n + 1`, `EXECUTE p`, `DEALLOCATE ALL`,
	`SELECT 1/0`, `SELEC 1`, `DO $$ BEGIN PERFORM set_config('search_path', 'b, public', false); END $$`,
	`BEGIN; SET search_path = b, public; COMMIT`, `SET search_path = a, public; SELECT 1/0`, `BEGIN; UPDATE t SET n = n + 1`,
}

// TestRandomSessions is four sessions of two processes, one through database/sql and one through
// pgx, that set, begin, write and reset at random, on tables which each sees in its own way. A read
// of a session is then what it is past the cache, an error among it. A failure prints the
// shortest script that was found.
func TestRandomSessions(t *testing.T) {
	steps := testservers.Number(t, "GOJOHNNY_SESSION_STEPS", defaultSessionSteps)
	w := newSessions(t)
	for w.steps < steps && !t.Failed() {
		rapid.Check(t, func(r *rapid.T) {
			if w.steps >= steps && w.difference == "" { // but to shrink what failed
				return
			}
			w.begin()
			for _, choices := range rapid.SliceOfN(rapid.SliceOfN(rapid.Uint16(), 14, 14), sessionActions/2, sessionActions).Draw(r, "actions") {
				if w.act(chooser(choices)); w.difference != "" {
					r.Fatalf("%s\n%s", w.difference, w.script.String())
				}
			}
		})
	}
	hits := hits(w.processes)
	t.Logf("%d steps, %d of them hits", w.steps, hits)
	if hits*20 < w.steps { // many a session is in a state in which nothing is kept
		t.Errorf("%d of %d reads were hits; want a twentieth at least", hits, w.steps)
	}
}

// sessions are those of two processes, and what was done in them.
type sessions struct {
	t          testing.TB
	processes  []*process
	all        []door
	statements []string
	script     strings.Builder
	steps      int
	difference string
}

func newSessions(t testing.TB) *sessions {
	t.Helper()
	server, store := testservers.Postgres(t), newStore(t)
	r, g := role(t)+"_r", role(t)+"_g"
	admin := openBare(t, server.URL())
	execAll(t, admin, fmt.Sprintf(sessionsSchema, r, g))
	t.Cleanup(func() { execAll(t, admin, fmt.Sprintf(`DROP OWNED BY %[1]s, %[2]s; DROP ROLE %[1]s, %[2]s`, r, g)) })
	w := &sessions{t: t}
	for _, statement := range sessionStatements {
		w.statements = append(w.statements, strings.NewReplacer("%[1]s", r, "%[2]s", g).Replace(statement))
	}
	for _, open := range wrappers {
		c := newClient(t, open, server.URL()+"&default_query_exec_mode=exec&lock_timeout=20&search_path=a%2Cpublic", newCache(t, store, &cache.Options{
			Declarations: catalog.Declarations{Vouched: []string{"public.secret"}},
		}))
		p := &process{c, c.session(t)}
		w.processes = append(w.processes, p)
		w.all = append(w.all, p.one, c.session(t))
	}
	return w
}

// begin resets the sessions, whatever became of them.
func (w *sessions) begin() {
	w.script.Reset()
	w.difference = ""
	for _, s := range w.all {
		_ = s.exec(w.t.Context(), "ROLLBACK") // where there is nothing to roll back, a warning
		exec(w.t, s, "DISCARD ALL")
	}
}

// act has one session do something, and asks it, or another.
func (w *sessions) act(pick func(int) int) {
	i := pick(len(w.all))
	switch pick(6) {
	default:
		w.step(i, pick)
	case 4:
		w.do(i, "BEGIN")
		w.do(i, "SAVEPOINT s")
		w.step(i, pick)
		w.do(i, "ROLLBACK TO s")
		w.reads(i, pick)
		w.do(i, "COMMIT")
	case 5:
		w.do(i, "BEGIN ISOLATION LEVEL REPEATABLE READ")
		w.reads(i, pick)
		w.step((i+1)%len(w.all), pick)
		w.reads(i, pick)
		w.do(i, "COMMIT")
	}
	for range 2 {
		w.reads(i, pick)
		w.reads(pick(len(w.all)), pick)
	}
}

// step is one statement of a session.
func (w *sessions) step(i int, pick func(int) int) {
	w.do(i, w.statements[pick(len(w.statements))])
	w.reads(i, pick)
}

func (w *sessions) do(i int, statement string) {
	var args []any
	if strings.Contains(statement, "; ") && !strings.HasPrefix(statement, "DO ") {
		args = append(args, pgx.QueryExecModeSimpleProtocol)
	}
	err := w.all[i].exec(w.t.Context(), statement, args...)
	fmt.Fprintf(&w.script, "%s; -- session %d: %v\n", statement, i, err)
}

// reads asks a session something, through the cache and past it.
func (w *sessions) reads(i int, pick func(int) int) {
	query := sessionReads[pick(len(sessionReads))]
	w.steps++
	fmt.Fprintf(&w.script, "%s; -- session %d\n", query, i)
	got, err := w.all[i].rows(w.t.Context(), query)
	want, wantErr := w.all[i].rows(w.t.Context(), query+" /* gojohnny: skip */")
	if got != want || (err == nil) != (wantErr == nil) {
		w.difference = fmt.Sprintf("session %d: %s: got %q, %v; want %q, %v", i, query, got, err, want, wantErr)
	}
}
