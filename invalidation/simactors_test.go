package invalidation_test

import (
	"context"
	"fmt"
	"maps"
	"slices"
	"time"

	"github.com/gojohnny/gojohnny/backends"
	"github.com/gojohnny/gojohnny/invalidation"
)

var tableNames = []string{"orders", "lines"}

type actorName struct{}

// maxActors is how many readers and writers there are at once: enough for every
// schedule known.
const maxActors = 6

// start starts an actor, and returns its name: n says in which process and with
// which tables. If there are too many it opens a gate instead.
func (s *sim) start(n int, run func(ctx context.Context, p *simProcess, name string, tables []string)) (name string) {
	s.mu.Lock()
	busy := len(s.waiting) >= maxActors
	s.mu.Unlock()
	if busy {
		s.open(n, goAhead, false)
		return ""
	}
	p := s.processes[n%len(s.processes)]
	tables := [][]string{{"orders"}, {"lines"}, {"orders", "lines"}}[n/2%3]
	name = fmt.Sprintf("%03d", s.started)
	s.started++
	ctx := context.WithValue(context.Background(), actorName{}, name)
	s.actors.Go(func() { run(ctx, p, name, tables) })
	return name
}

// reader reads as a cache does, and checks what it got against what was committed
// when it began.
func (s *sim) reader(ctx context.Context, p *simProcess, name string, tables []string) {
	if s.at(p, false, "%s begins to read %v", name, tables) == dead {
		return
	}
	floor := s.floorOf(p)
	rows, from := s.read(ctx, p, name, tables)
	if rows == nil {
		return
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	if verdict := s.db.judge(rows, floor); verdict != "" && s.failure == "" {
		s.failure = fmt.Sprintf("%s got %q from the %s, which is %s: it began after %v", name, rows, from, verdict, floor)
	}
}

// read is what a cache does; nil if the process died.
func (s *sim) read(ctx context.Context, p *simProcess, name string, tables []string) (rows []byte, from string) {
	tags, key := tableTags(tables), entryKey(tables)
	states := make([]backends.TagState, len(tags))
	query := func() []byte {
		if s.at(p, false, "%s queries", name) == dead {
			return nil
		}
		return s.db.query(tables...)
	}
	if s.mutant.queryFirst {
		rows = query()
	}
	stored, err := p.protocol.Load(ctx, key, tags, states)
	if err != nil {
		return query(), "database"
	}
	if entry, err := backends.ParseEntry(key, stored); err == nil && entry.Current(states) {
		return entry.Rows, "cache"
	}
	if rows == nil {
		rows = query()
	}
	fenced := slices.ContainsFunc(states, func(s backends.TagState) bool { return s.Fenced })
	if rows != nil && !fenced {
		_ = p.Save(ctx, key, backends.AppendEntry(nil, key, states, rows), entryTTL) // fails if the process died
	}
	return rows, "database"
}

// A simWrite is a write, as the test knows it.
type simWrite struct {
	s       *sim
	name    string
	process *simProcess
	tx      *transaction
	tables  []string
	token   backends.Token

	until  map[string]time.Time // when the lease of its fence on a tag ends, as the store has promised
	faulty bool                 // the store failed one of its fences

	orphan   bool      // with the database, and nobody waits
	deadline time.Time // by which the database has resolved it then

	// exempt are the tags on which it committed without a fence, through the
	// store's fault, and has not landed since: what Available lets happen.
	exempt map[string]bool
}

// writer writes as the engine does.
func (s *sim) writer(ctx context.Context, p *simProcess, name string, tables []string) {
	w := &simWrite{
		s: s, name: name, process: p, tables: tables, tx: s.db.begin(name),
		until: map[string]time.Time{}, exempt: map[string]bool{},
	}
	s.mu.Lock()
	s.writes = append(s.writes, w)
	s.mu.Unlock()
	w.tx.write(tables...)
	if s.at(p, false, "%s wrote %v", name, tables) == dead {
		return
	}
	if s.mutant.fenceLast {
		w.commit()
	}
	write, err := p.protocol.Fence(ctx, tableTags(tables))
	if err != nil {
		return // refused: nothing was sent
	}
	if p.isDead() {
		write.End(invalidation.RolledBack) // which reaches nobody
		return
	}
	outcome, known := w.send()
	if s.mutant.guesses && outcome == invalidation.Unknown {
		outcome = invalidation.RolledBack
	}
	if known && s.at(p, false, "%s hears from the database", name) == dead {
		outcome = invalidation.Unknown
	}
	write.End(outcome)
}

// send sends COMMIT. Its gate's name tells what will come of it: every third
// write loses its connection, every fifth is rolled back.
func (w *simWrite) send() (outcome invalidation.Outcome, known bool) {
	s := w.s
	number := slices.Index(s.writes, w) + 1
	died := s.at(w.process, false, "%s commits", w.name) == dead
	switch {
	case died && number%2 == 0:
		return invalidation.Unknown, false // died before it was sent
	case died:
		w.abandon(leaseOfTheDead)
		return invalidation.Unknown, false
	case number%3 == 0:
		w.abandon(simLease)
		return invalidation.Unknown, false
	case number%5 == 0:
		w.tx.rollback()
		return invalidation.RolledBack, true
	}
	w.commit()
	return invalidation.Committed, true
}

// leaseOfTheDead is what is left of the lease of a process that died: a quarter
// may have passed since the last renewal.
const leaseOfTheDead = simLease * 3 / 4

// abandon leaves the commit to the database, which resolves it within d, or earlier
// if it was to do so.
func (w *simWrite) abandon(d time.Duration) {
	w.s.mu.Lock()
	defer w.s.mu.Unlock()
	w.abandonLocked(d)
}

func (w *simWrite) abandonLocked(d time.Duration) {
	deadline := time.Now().Add(d)
	if !w.orphan || deadline.Before(w.deadline) {
		w.deadline = deadline
	}
	w.orphan = true
}

// resolve lets the database resolve one of the commits that nobody waits for.
func (s *sim) resolve(n int) {
	orphans := slices.DeleteFunc(slices.Clone(s.writes), func(w *simWrite) bool { return !w.orphan })
	if len(orphans) == 0 {
		s.open(n, goAhead, false)
		return
	}
	w := orphans[n/2%len(orphans)]
	w.orphan = false
	if n%2 == 0 {
		s.note("database: commits %s", w.name)
		w.commit()
		return
	}
	s.note("database: rolls %s back", w.name)
	w.tx.rollback()
}

// resolveBefore commits what the database must have resolved by the time t.
func (s *sim) resolveBefore(t time.Time) {
	for _, w := range s.writes {
		if w.orphan && !w.deadline.After(t) {
			w.orphan = false
			s.note("database: commits %s", w.name)
			w.commit()
		}
	}
}

func (w *simWrite) commit() {
	s := w.s
	s.mu.Lock()
	defer s.mu.Unlock()
	for _, table := range w.tx.wrote {
		s.commits[table] = append(s.commits[table], w)
		tag := tableTag(table)
		w.exempt[tag] = w.faulty && !w.until[tag].After(time.Now())
	}
	w.tx.commit()
}

// fenced and landed note what the store did for a tag of the write.
func (w *simWrite) fenced(tag string) {
	w.until[tag] = time.Now().Add(simLease)
	w.exempt[tag] = false
}

func (w *simWrite) landed(tag string) { w.exempt[tag] = false }

// floorOf is the version of each table that a read beginning now, in process p,
// must see: the last that was committed. Of writes that the store failed, other
// processes need not know until they have landed.
func (s *sim) floorOf(p *simProcess) map[string]int {
	s.mu.Lock()
	defer s.mu.Unlock()
	floor := maps.Clone(s.db.versions)
	for table, writes := range s.commits {
		for i := len(writes) - 1; i >= 0 && writes[i].exempt[tableTag(table)] && writes[i].process != p; i-- {
			floor[table]--
		}
	}
	return floor
}

// writeOf finds the write of a token, which the first fence tells. A token that was
// never fenced (a protocol that is broken, in a test of these tests) is of no write.
func (s *sim) writeOf(ctx context.Context, p *simProcess, token backends.Token) *simWrite {
	s.mu.Lock()
	defer s.mu.Unlock()
	name, _ := ctx.Value(actorName{}).(string)
	for _, w := range s.writes {
		if w.token == token || w.process == p && w.name == name {
			w.token = token
			return w
		}
	}
	return &simWrite{s: s, name: "nobody", process: p, until: map[string]time.Time{}, exempt: map[string]bool{}}
}
