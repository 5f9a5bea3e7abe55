package invalidation_test

import (
	"errors"
	"strconv"
	"strings"
	"time"

	"github.com/gojohnny/gojohnny/backends"
	"github.com/gojohnny/gojohnny/invalidation"
)

// An actor is a reader or a writer of a script.
type actor struct {
	w       *world
	name    string
	process *process

	tx    *transaction
	write *invalidation.Write

	tables []string // of the read under way
	states []backends.TagState
	rows   []byte
}

// The verbs of a script. Those of the right order go through the product; "save" is
// the engine's part, in the form the engine gives it.
var verbs = map[string]func(*actor, []string) string{
	// A reader.
	"load":     (*actor).load,
	"query":    (*actor).query,
	"save":     (*actor).save,
	"read":     (*actor).read,
	"snapshot": (*actor).snapshot, // BEGIN ISOLATION LEVEL REPEATABLE READ, and its first statement

	// A writer.
	"write":    func(a *actor, args []string) string { a.tx.write(orOrders(args)...); return "" },
	"fence":    (*actor).fence,
	"commit":   func(a *actor, _ []string) string { a.tx.commit(); return "" },
	"rollback": func(a *actor, _ []string) string { a.tx.rollback(); return "" },
	"end":      (*actor).end,
	"dies":     func(a *actor, _ []string) string { a.process.dead.Store(true); return "" },
	"stops":    func(a *actor, _ []string) string { a.process.stop(); return "" },
	"goes":     func(a *actor, _ []string) string { a.process.goOn(); return "" },

	// Steps of wrong orders.
	"advance": (*actor).advance,
	"lower":   (*actor).lower,
	"put":     (*actor).put,
	"keep":    (*actor).keep,
	"list":    func(a *actor, _ []string) string { a.w.other.listed = true; return "" },
	"stamp":   (*actor).stamp,
	"drop":    (*actor).drop,
	"serve":   (*actor).serve,
}

func orOrders(args []string) []string {
	if len(args) == 0 {
		return []string{"orders"}
	}
	return args
}

func tableTag(table string) string { return invalidation.TableTag("app", "public", table) }

func tableTags(tables []string) []string {
	tags := make([]string, len(tables))
	for i, table := range tables {
		tags[i] = tableTag(table)
	}
	return tags
}

func readTags(tables []string) []string {
	return append([]string{invalidation.EpochTag("app")}, tableTags(tables)...)
}

func entryKey(tables []string) (key backends.Key) {
	copy(key[:], strings.Join(tables, " "))
	return key
}

// load asks the store; what it says is what a cache would do.
func (a *actor) load(args []string) string {
	a.tables = orOrders(args)
	tags := readTags(a.tables)
	a.states = make([]backends.TagState, len(tags))
	key := entryKey(a.tables)
	stored, err := a.process.protocol.Load(a.w.t.Context(), key, tags, a.states)
	if err != nil {
		a.states = nil
		return "bypass"
	}
	for _, s := range a.states {
		if s.Fenced {
			a.states = nil
			return "bypass"
		}
	}
	if entry, err := backends.ParseEntry(key, stored); err == nil && entry.Current(a.states) {
		a.rows = entry.Rows
		return "hit"
	}
	return "miss"
}

func (a *actor) query(args []string) string {
	if len(args) > 0 || a.tables == nil {
		a.tables = orOrders(args)
	}
	a.rows = a.tx.query(a.tables...)
	return strings.TrimPrefix(string(a.rows), "orders=")
}

// save keeps the rows of the last query under the generations of the last load.
func (a *actor) save([]string) string {
	if a.states == nil {
		a.w.t.Fatalf("%s has no right to save: its load said bypass", a.name)
	}
	key := entryKey(a.tables)
	entry := backends.AppendEntry(nil, key, a.states, a.rows)
	if err := a.process.Save(a.w.t.Context(), key, entry, entryTTL); err != nil {
		a.w.t.Fatal(err)
	}
	return ""
}

// read is load, and unless that hits query and save, without anything in between.
func (a *actor) read(args []string) string {
	floor := a.w.floor()
	switch a.load(args) {
	case "hit":
		return a.w.judge(a.rows, "cache", floor)
	case "miss":
		a.query(nil)
		a.save(nil)
	case "bypass":
		a.query(nil)
	}
	return a.w.judge(a.rows, "database", floor)
}

func (a *actor) snapshot([]string) string {
	a.tx = a.w.db.beginSnapshot(a.name)
	return ""
}

func (a *actor) fence([]string) string {
	write, err := a.process.protocol.Fence(a.w.t.Context(), tableTags(a.tx.wrote))
	if errors.Is(err, invalidation.ErrRefused) {
		return "refused"
	}
	if err != nil {
		a.w.t.Fatal(err)
	}
	a.write = write
	return ""
}

func (a *actor) end(args []string) string {
	outcome := map[string]invalidation.Outcome{
		"committed": invalidation.Committed, "rolled": invalidation.RolledBack, "unknown": invalidation.Unknown,
	}
	a.write.End(outcome[args[0]])
	return ""
}

// advance moves the generations of orders, past the product.
func (a *actor) advance(args []string) string {
	if err := a.process.Advance(a.w.t.Context(), tableTags(orOrders(args))); err != nil {
		return "lost"
	}
	return ""
}

// lower removes the writer's fence, past the product.
func (a *actor) lower([]string) string {
	a.write.End(invalidation.RolledBack)
	return ""
}

// put sets the generation of orders to a value of the actor's own, or to that
// of its last load.
func (a *actor) put(args []string) string {
	generation := backends.Generation(0)
	if len(args) > 0 {
		n, err := strconv.ParseUint(args[0], 10, 64)
		if err != nil {
			a.w.t.Fatal(err)
		}
		generation = backends.Generation(n)
	} else {
		generation = a.states[1].Generation
	}
	a.w.store.(settable).put(tableTag("orders"), generation)
	if a.states != nil {
		a.states[1].Generation = generation
	}
	return ""
}

// An otherCache is what caches of other designs keep: rows with the time of a
// host, found by stamps or in a list of what depends on orders.
type otherCache struct {
	rows      []byte
	at, stamp time.Time
	listed    bool
}

func (a *actor) clock(args []string) time.Time {
	at, err := time.Parse(time.TimeOnly, args[0])
	if err != nil {
		a.w.t.Fatal(err)
	}
	return at
}

// keep keeps the rows; with the time on the actor's clock, if given.
func (a *actor) keep(args []string) string {
	a.w.other.rows = a.rows
	if len(args) > 0 {
		a.w.other.at = a.clock(args)
	}
	return ""
}

// stamp says when orders was written, by the actor's clock.
func (a *actor) stamp(args []string) string {
	a.w.other.stamp = a.clock(args)
	return ""
}

// drop removes the rows, if they are on the list of what depends on orders.
func (a *actor) drop([]string) string {
	if a.w.other.listed {
		a.w.other.rows = nil
	}
	return ""
}

// serve answers with the rows unless orders was written after they were kept.
func (a *actor) serve([]string) string {
	if a.w.other.rows == nil || a.w.other.at.Before(a.w.other.stamp) {
		return a.w.judge(a.w.db.query("orders"), "database", a.w.floor())
	}
	return a.w.judge(a.w.other.rows, "cache", a.w.floor())
}
