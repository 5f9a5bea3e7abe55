//go:build unix

package declared

import (
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"time"

	"github.com/jackc/pgx/v5"

	"github.com/gojohnny/gojohnny/bench/staleness/worker"
	"github.com/gojohnny/gojohnny/internal/servers"
)

// A stage is where one schedule runs. It remembers the first error, and does nothing after
// it.
type stage struct {
	ctx      context.Context
	err      error
	remedied bool // the documentation's remedy is in place
	lease    time.Duration
	ttl      time.Duration

	pg      *servers.Postgres
	address string    // of the database
	direct  *pgx.Conn // past the cache
	dir     string
	base    worker.Config // of actors
	actors  []*actor
	closers []func() error

	query string // what is watched: a version and the name of its write
	truth []fact
	count Measured
	until int64 // when it must be over; 0: not known yet
	since int64 // stale reads that begin before it do not count
}

// schema is a row whose versions are counted, behind a view, and one that a trigger writes.
const schema = `CREATE TABLE reg (id int PRIMARY KEY, version bigint NOT NULL, op bigint NOT NULL);
INSERT INTO reg VALUES (1, 1, 0);
CREATE TABLE other (id int PRIMARY KEY, version bigint NOT NULL, op bigint NOT NULL);
INSERT INTO other VALUES (1, 1, 0);
CREATE TABLE audited (id int PRIMARY KEY, version bigint NOT NULL, op bigint NOT NULL);
INSERT INTO audited VALUES (1, 1, 0);
CREATE TABLE audit (id int PRIMARY KEY, version bigint NOT NULL, op bigint NOT NULL);
INSERT INTO audit VALUES (1, 1, 0);
CREATE VIEW seen AS SELECT id, version, op FROM reg;
CREATE FUNCTION follow() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN UPDATE audit SET version = NEW.version, op = NEW.op WHERE id = NEW.id; RETURN NEW; END $$;
CREATE TRIGGER follow AFTER UPDATE ON audited FOR EACH ROW EXECUTE FUNCTION follow()`

const (
	readReg  = "SELECT version, op FROM reg WHERE id = 1"
	writeReg = "UPDATE reg SET version = version + 1, op = %d WHERE id = 1 RETURNING version"
)

// The leases and times to live of a run. A remedied run, and a schedule in which no lease
// is to end, have long ones.
const (
	ttlLeases  = 2
	longLeases = 20
)

// play runs a schedule.
func play(ctx context.Context, pg *servers.Postgres, cfg Config, c Case, remedied bool) (m Measured, err error) {
	ctx, cancel := context.WithTimeout(ctx, time.Minute+10*cfg.Lease)
	defer cancel()
	s := &stage{ctx: ctx, pg: pg, remedied: remedied, lease: cfg.Lease, ttl: ttlLeases * cfg.Lease, query: readReg}
	defer func() { err = errors.Join(err, s.close()) }()
	s.base = worker.Config{System: worker.Gojohnny, Prefix: "declared:", Lease: s.lease, TTL: s.ttl, Clients: 2, Actor: true}
	s.strict(true)
	if s.dir, s.err = os.MkdirTemp("", "gojohnny-declared"); s.err == nil {
		s.open()
	}
	c.run(s)
	if s.err == nil && !remedied && s.until == 0 {
		s.err = errors.New("nothing bounds it: the schedule has not come to its end")
	}
	return s.count, s.err
}

// open makes the database.
func (s *stage) open() {
	if s.err != nil {
		return
	}
	if _, s.address, s.err = s.pg.CreateDatabase(s.ctx, "declared_"); s.err != nil {
		return
	}
	s.base.Database = s.address
	s.sql(schema)
}

// close ends everything, the last first.
func (s *stage) close() error {
	var err error
	for _, a := range s.actors {
		a.process.Kill()
	}
	s.disconnect()
	for _, c := range slices.Backward(s.closers) {
		err = errors.Join(err, c())
	}
	return errors.Join(err, os.RemoveAll(s.dir))
}

// fail notes an error of the schedule.
func (s *stage) fail(format string, args ...any) {
	if s.err == nil {
		s.err = fmt.Errorf(format, args...)
	}
}

// conn is the connection past the cache.
func (s *stage) conn() *pgx.Conn {
	if s.direct == nil || s.direct.IsClosed() {
		s.direct, s.err = pgx.Connect(s.ctx, s.address)
	}
	return s.direct
}

// disconnect has conn connect anew.
func (s *stage) disconnect() {
	if s.direct != nil {
		_ = s.direct.Close(context.WithoutCancel(s.ctx)) // it may be lost already
		s.direct = nil
	}
}

// sql runs statements past the cache.
func (s *stage) sql(statements string) {
	if s.err != nil {
		return
	}
	if c := s.conn(); s.err == nil {
		_, s.err = c.Exec(s.ctx, statements, pgx.QueryExecModeSimpleProtocol)
	}
}

// await waits until done reports true.
func (s *stage) await(what string, done func() bool) {
	for deadline := time.Now().Add(20 * time.Second); s.err == nil && !done(); {
		if time.Now().After(deadline) {
			s.fail("%s: not yet after 20 s", what)
		}
		s.pass(time.Millisecond)
	}
}

// pass lets time pass.
func (s *stage) pass(d time.Duration) {
	if s.err != nil {
		return
	}
	select {
	case <-s.ctx.Done():
		s.err = s.ctx.Err()
	case <-time.After(d):
	}
}

// strict says whether writes are refused while the store is out of reach.
func (s *stage) strict(yes bool) { s.base.Mode = modes[yes] }

// long has leases that do not end while the schedule runs.
func (s *stage) long() { s.base.Lease = longLeases * s.lease }

// longIfRemedied is long where that is the remedy.
func (s *stage) longIfRemedied() {
	if s.remedied {
		s.long()
	}
}

// lock locks the row of a table, so that who writes it waits, until unlock is called.
func (s *stage) lock(table string) (unlock func()) {
	if s.err != nil {
		return func() {}
	}
	c, err := pgx.Connect(s.ctx, s.address)
	if err != nil {
		s.err = err
		return func() {}
	}
	_, s.err = c.Exec(s.ctx, "BEGIN; SELECT FROM "+table+" WHERE id = 1 FOR UPDATE")
	s.closers = append(s.closers, func() error { return c.Close(context.WithoutCancel(s.ctx)) })
	return func() {
		if s.err == nil {
			_, s.err = c.Exec(s.ctx, "ROLLBACK")
		}
	}
}

// onTheWire has an actor's write wait for a lock, with its fence, until unlock is called.
func (s *stage) onTheWire(w *actor) (write <-chan worker.Reply, unlock func()) {
	unlock = s.lock("reg")
	write = w.sends(s.update())
	s.awaitLock()
	return write, unlock
}

// awaitLock returns when somebody waits for a lock.
func (s *stage) awaitLock() {
	s.await("a write that waits for the lock", func() bool {
		var n int
		s.err = s.conn().QueryRow(s.ctx, "SELECT count(*) FROM pg_stat_activity "+
			"WHERE datname = current_database() AND wait_event_type = 'Lock'").Scan(&n)
		return n > 0
	})
}

// log is where an actor's log would be.
func (s *stage) log(number int) string { return filepath.Join(s.dir, fmt.Sprintf("actor-%d", number)) }
