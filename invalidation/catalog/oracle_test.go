package catalog

import (
	"context"
	"fmt"
	"maps"
	"slices"
	"strings"
	"testing"

	"github.com/gojohnny/gojohnny/internal/corpus"
)

// TestOracle executes the corpus on PostgreSQL, each statement in a transaction that is
// rolled back: the tables it changes must be among those that its resolution
// writes, or the epoch; those that a query locks among those it reads. Every tag that is named
// for nothing counts against precision.
func TestOracle(t *testing.T) {
	o := newOracle(t, newDatabase(t, "testdata/schema.sql"))
	for _, file := range corpus.Files(t) {
		for i, c := range file.Cases {
			if _, skipped := c.Option("oracle"); c.SQL != "" && !skipped {
				t.Run(fmt.Sprintf("%s/%d", file.Name, i), func(t *testing.T) {
					if o.server < c.Needs() {
						t.Skipf("needs PostgreSQL %d", c.Needs())
					}
					o.check(t, c.SQL)
				})
			}
		}
	}
	if o.statements < 250 {
		t.Errorf("executed %d statements; want at least 250", o.statements)
	}
	t.Logf("%d statements; tags named: %d, untouched: %d", o.statements, o.named, o.untouched)
	if o.untouched*10 > o.named {
		t.Errorf("%d of %d tags were named and not touched; want at most a tenth", o.untouched, o.named)
	}
}

type oracle struct {
	*database
	r        *Resolver
	families map[string]string // a relation's root
	sums     map[string]string // of every table's rows

	statements, named, untouched int
}

func newOracle(t testing.TB, db *database) *oracle {
	t.Helper()
	o := &oracle{database: db, r: db.load(t).Resolver("ns", db.scope(t), nil), families: map[string]string{}}
	for _, rel := range o.r.snapshot.relations {
		o.families[rel.schema+"."+rel.name] = rel.family.schema + "." + rel.family.name
	}
	o.sums = o.checksums(t)
	return o
}

// check executes a statement that must succeed.
func (o *oracle) check(t *testing.T, sql string) {
	t.Helper()
	if err := o.try(t, sql); err != nil {
		t.Fatalf("%s\n%v", sql, err)
	}
}

// try executes a statement and compares, unless the server refuses it.
func (o *oracle) try(t *testing.T, sql string) error {
	t.Helper()
	res := resolve(t, o.r, sql)
	o.exec(t, "BEGIN")
	defer o.exec(t, "ROLLBACK")
	before := o.touches(t)
	if err := o.run(sql); err != nil {
		return err
	}
	if len(res.Opaque) == 0 { // else everything is invalidated
		if err := o.run("SET CONSTRAINTS ALL IMMEDIATE"); err != nil {
			return err
		}
		o.compare(t, sql, res, o.since(t, before))
	}
	o.statements++
	return nil
}

// touched are the roots of the tables that a statement touched.
type touched struct {
	locked  map[string]bool // at all
	locking map[string]bool // as a writer does
	changed map[string]bool
}

// compare reports what was touched and not named, and counts what was named and not touched.
func (o *oracle) compare(t *testing.T, sql string, res Resolution, did touched) {
	t.Helper()
	reads, writes := tables(res.Read), tables(res.Written)
	for name := range did.changed {
		if !writes[name] {
			t.Errorf("%s\nwrote %s, which is not in\n%s", sql, name, render(res))
		}
	}
	for name := range writes {
		o.count(t, sql, name, did.changed[name] || did.locking[name])
	}
	if len(writes) > 0 {
		return // nothing of it is kept
	}
	for name := range did.locked {
		if !reads[name] {
			t.Errorf("%s\nread %s, which is not in\n%s", sql, name, render(res))
		}
	}
	for name := range reads {
		o.count(t, sql, name, did.locked[name])
	}
}

func (o *oracle) count(t *testing.T, sql, name string, touched bool) {
	o.named++
	if !touched {
		o.untouched++
		t.Logf("%s\nnames %s, which was not touched", sql, name)
	}
}

// tables are the roots that a resolution names, without sequences, which no table holds.
func tables(list []Reached) map[string]bool {
	m := map[string]bool{}
	for _, x := range list {
		if x.Name != "tickets" {
			m[strings.ReplaceAll(strings.TrimPrefix(x.Tag, "ns/"), `"`, "")] = true
		}
	}
	return m
}

// run executes a statement; COPY needs its own messages.
func (o *oracle) run(sql string) error {
	ctx, conn := context.Background(), o.conn.PgConn()
	var err error
	switch {
	case strings.HasPrefix(sql, "COPY") && strings.Contains(sql, "FROM STDIN"):
		_, err = conn.CopyFrom(ctx, strings.NewReader("7\n"), sql)
	case strings.HasPrefix(sql, "COPY") && strings.Contains(sql, "TO STDOUT"):
		_, err = conn.CopyTo(ctx, new(strings.Builder), sql)
	default:
		_, err = o.query(ctx, sql)
	}
	return err
}

// touchesSQL asks for the locks of the transaction on tables, and for the rows it has
// changed, those of earlier transactions of the session among them.
const touchesSQL = `
SELECT n.nspname || '.' || c.relname, count(l.mode) > 0,
       coalesce(bool_or(l.mode IN ('RowExclusiveLock', 'ExclusiveLock', 'AccessExclusiveLock')), false),
       coalesce(pg_stat_get_xact_tuples_inserted(c.oid) + pg_stat_get_xact_tuples_updated(c.oid)
                + pg_stat_get_xact_tuples_deleted(c.oid), 0)
FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace
LEFT JOIN pg_locks l ON l.relation = c.oid AND l.pid = pg_backend_pid() AND l.locktype = 'relation'
WHERE c.relkind IN ('r', 'p', 'm', 'f') AND n.nspname !~ '^(pg_catalog|pg_toast|information_schema)'
GROUP BY n.nspname, c.relname, c.oid`

func (o *oracle) touches(t testing.TB) map[string][]string {
	t.Helper()
	m := map[string][]string{}
	for _, row := range o.rows(t, touchesSQL) {
		m[row[0]] = row[1:]
	}
	return m
}

// since gives what the transaction touched since before.
func (o *oracle) since(t testing.TB, before map[string][]string) touched {
	t.Helper()
	did := touched{map[string]bool{}, map[string]bool{}, map[string]bool{}}
	for name, now := range o.touches(t) {
		family, ok := o.families[name]
		if !ok {
			continue // the statement made it
		}
		did.locked[family] = did.locked[family] || now[0] == "t"
		did.locking[family] = did.locking[family] || now[1] == "t"
		did.changed[family] = did.changed[family] || before[name] != nil && now[2] != before[name][2]
	}
	for name, sum := range o.checksums(t) {
		if sum != o.sums[name] {
			did.changed[o.families[name]] = true
		}
	}
	for _, m := range []map[string]bool{did.locked, did.locking, did.changed} {
		maps.DeleteFunc(m, func(_ string, yes bool) bool { return !yes })
	}
	return did
}

// checksums digest the rows of every table on its own.
func (o *oracle) checksums(t testing.TB) map[string]string {
	t.Helper()
	var parts []string
	for _, rel := range o.r.snapshot.relations {
		if !rel.system && (rel.kind == table || rel.kind == materializedView) {
			name := rel.schema + "." + rel.name
			parts = append(parts, fmt.Sprintf(`SELECT '%s', coalesce(md5(string_agg(x::text, ',' ORDER BY x::text)), '') FROM ONLY %q.%q x`,
				name, rel.schema, rel.name))
		}
	}
	slices.Sort(parts)
	sums := map[string]string{}
	for _, row := range o.rows(t, strings.Join(parts, " UNION ALL ")) {
		sums[row[0]] = row[1]
	}
	return sums
}
