//go:build unix

package worker

import (
	"context"
	"database/sql"
	"database/sql/driver"
	"errors"
	"fmt"
	"io"
	"net"
	"path/filepath"
	"reflect"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgconn"

	"github.com/gojohnny/gojohnny/backends"
	"github.com/gojohnny/gojohnny/backends/memstore"
	"github.com/gojohnny/gojohnny/bench/staleness/history"
	"github.com/gojohnny/gojohnny/bench/target"
	"github.com/gojohnny/gojohnny/invalidation"
)

func TestOutcome(t *testing.T) {
	for _, c := range []struct {
		name string
		err  error
		sent bool
		want history.Outcome
	}{
		{"Acknowledged", nil, true, history.Done},
		{"NotSent", io.ErrUnexpectedEOF, false, history.Aborted},
		{"Refused", fmt.Errorf("x: %w", invalidation.ErrRefused), true, history.Aborted},
		{"AnsweredWithRollback", pgx.ErrTxCommitRollback, true, history.Aborted},
		{"Deadlock", &pgconn.PgError{Code: "40P01"}, true, history.Aborted},
		{"NotConnected", &pgconn.ConnectError{}, true, history.Aborted},
		{"ShutDownMeanwhile", &pgconn.PgError{Code: "57P01"}, true, history.Unknown},
		{"ConnectionLost", io.ErrUnexpectedEOF, true, history.Unknown},
		{"ConnectionClosed", pgconn.ErrConnClosed, true, history.Unknown},
		{"Cancelled", context.Canceled, true, history.Unknown},
	} {
		if got := outcome(c.err, c.sent); got != c.want {
			t.Errorf("%s: got %v; want %v", c.name, got, c.want)
		}
	}
}

// A script is a database that notes what it is asked, and answers everything.
type script struct{ lines []string }

func (s *script) Query(_ context.Context, text string, args []any, row func(target.Row) error) error {
	s.lines = append(s.lines, fmt.Sprint(text, args))
	return row(ones{})
}

func (s *script) Exec(_ context.Context, text string, args []any) error {
	s.lines = append(s.lines, fmt.Sprint(text, args))
	return nil
}

func (s *script) InTx(_ context.Context, f func(target.Session) (bool, error)) error {
	s.lines = append(s.lines, "BEGIN")
	commit, err := f(s)
	s.lines = append(s.lines, fmt.Sprint("COMMIT ", commit))
	return err
}

// ones is a row of ones.
type ones struct{}

func (ones) Scan(dest ...any) error {
	for _, d := range dest {
		reflect.ValueOf(d).Elem().SetInt(1)
	}
	return nil
}

// noConnector connects to nothing.
type noConnector struct{}

func (noConnector) Connect(context.Context) (driver.Conn, error) { return nil, errors.New("nobody") }
func (noConnector) Driver() driver.Driver                        { return nil }

func newLog(t *testing.T) *history.Log {
	t.Helper()
	log, err := history.Create(filepath.Join(t.TempDir(), "log"), 1)
	if err != nil {
		t.Fatal(err)
	}
	return log
}

// programme is what a client of a seed asks, with what it writes.
func programme(t *testing.T, seed uint64, number, steps int) []string {
	t.Helper()
	db := sql.OpenDB(noConnector{})
	t.Cleanup(func() { _ = db.Close() }) // there is nothing
	s := &script{}
	cfg := Config{Process: 1, Seed: seed, Reads: 0.5, Mix: Mix{Rows: 4, Catalog: true}}
	c := newClient(&program{cfg: cfg, log: newLog(t), sql: db}, number)
	c.db = s
	for range steps {
		_ = c.step(t.Context()) // what is not there is an error
	}
	return s.lines
}

// TestSeed: the same seed brings the same statements in the same order; another seed, or
// another client, others.
func TestSeed(t *testing.T) {
	first := programme(t, 7, 0, 500)
	if again := programme(t, 7, 0, 500); !slices.Equal(first, again) {
		t.Error("two programmes of one seed differ")
	}
	if slices.Equal(first, programme(t, 8, 0, 500)) {
		t.Error("two seeds make one programme")
	}
	if slices.Equal(first, programme(t, 7, 2, 500)) {
		t.Error("two clients have one programme")
	}
}

// TestMix: every operation occurs.
func TestMix(t *testing.T) {
	all := strings.Join(programme(t, 1, 0, 20_000), "\n")
	for _, part := range []string{
		"ALTER TABLE altered", "TRUNCATE emptied", "NOTIFY", "FOR UPDATE", "UPDATE seen", "UPDATE owner", "UPDATE audited",
		"INSERT INTO copied", "REPEATABLE READ", "JOIN right_half", "FROM seen", "COMMIT false", "UPDATE left_half", "version = $3",
	} {
		if !strings.Contains(all, part) {
			t.Errorf("no %q in 20,000 operations", part)
		}
	}
}

func newHook(t *testing.T) (*hookStore, backends.Store) {
	t.Helper()
	m, err := memstore.New(nil)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(m.Close)
	return hook(m)
}

// TestPoints: the points are where their names say, seen by the state of the store.
func TestPoints(t *testing.T) {
	h, s := newHook(t)
	tags, token := []string{"orders"}, backends.NewToken()
	look := func() (state backends.TagState, kept bool) {
		var states [1]backends.TagState
		entry, err := h.Store.Load(t.Context(), backends.Key{}, tags, states[:])
		if err != nil {
			t.Fatal(err)
		}
		return states[0], entry != nil
	}
	before, _ := look()
	at := make(chan string)
	h.reached = func(point string) { at <- point }
	for _, point := range Points {
		h.arm(point, Wait)
	}
	done := make(chan error, 1)
	go func() {
		err := s.Fence(t.Context(), tags, token, time.Minute)
		done <- errors.Join(err, s.Lift(t.Context(), tags, token, true), s.Save(t.Context(), backends.Key{}, []byte("rows"), time.Minute))
	}()
	for _, want := range []struct {
		point    string
		fenced   bool
		advanced bool
	}{{AtFence, false, false}, {AtCommit, true, false}, {AtLift, true, false}, {AtEnd, false, true}, {AtSave, false, true}} {
		if got := <-at; got != want.point {
			t.Fatalf("came to %q; want %q", got, want.point)
		}
		got, kept := look()
		if advanced := got.Generation > before.Generation; got.Fenced != want.fenced || advanced != want.advanced || kept {
			t.Errorf("%s: got fenced %v, advanced %v, rows kept %v; want %v, %v, false", want.point, got.Fenced, advanced, kept, want.fenced, want.advanced)
		}
		h.goOn <- struct{}{}
	}
	if err := <-done; err != nil {
		t.Fatal(err)
	}
	if err := s.Fence(t.Context(), tags, token, time.Minute); err != nil { // no point is armed for twice
		t.Fatal(err)
	}
}

// TestPointsOfConnections: one is before anything is sent, one behind a COMMIT alone.
func TestPointsOfConnections(t *testing.T) {
	h, _ := newHook(t)
	at := make(chan string, 1)
	h.reached = func(point string) { at <- point }
	here, there := net.Pipe()
	conn := watchedConn{here, h}
	for _, c := range []struct{ point, first, second string }{
		{AtSend, "", "select 1"},
		{AtSent, "select 1", "Q\x00\x00\x00\x0bcommit\x00"},
	} {
		h.arm(c.point, Wait)
		go func() {
			for _, text := range []string{c.first, c.second} {
				if _, err := conn.Write([]byte(text)); err != nil {
					t.Error(err)
				}
			}
		}()
		if c.point == AtSent {
			for _, want := range []string{c.first, c.second} { // both have been sent when it comes
				got := make([]byte, len(want))
				if _, err := io.ReadFull(there, got); err != nil || string(got) != want {
					t.Fatalf("got %q, error %v; want %q", got, err, want)
				}
			}
		}
		if got := <-at; got != c.point {
			t.Errorf("came to %q; want %q", got, c.point)
		}
		h.goOn <- struct{}{}
		if c.point == AtSend {
			if _, err := io.ReadFull(there, make([]byte, len(c.second))); err != nil {
				t.Fatal(err)
			}
		}
	}
}

// An unreachable store takes nothing while it is down.
type unreachable struct {
	backends.Store
	down bool
}

var errDown = errors.New("down")

func (s *unreachable) Fence(ctx context.Context, tags []string, w backends.Token, lease time.Duration) error {
	if s.down {
		return errDown
	}
	return s.Store.Fence(ctx, tags, w, lease)
}

// TestUntold: that the store does not know of a write is noted from the fence that it did
// not take to the call that tells it.
func TestUntold(t *testing.T) {
	h, s := newHook(t)
	away := &unreachable{Store: h.Store, down: true}
	h.Store, h.log = away, newLog(t)
	tags, told, untold := []string{"orders"}, backends.NewToken(), backends.NewToken()
	for _, w := range []backends.Token{told, untold} {
		if err := s.Fence(t.Context(), tags, w, time.Minute); !errors.Is(err, errDown) {
			t.Fatal(err)
		}
	}
	if len(h.untold) != 2 {
		t.Errorf("got %d writes that the store does not know; want 2", len(h.untold))
	}
	away.down = false
	if err := s.Lift(t.Context(), tags, told, true); err != nil {
		t.Fatal(err)
	}
	if _, ok := h.untold[untold]; len(h.untold) != 1 || !ok {
		t.Errorf("got %d writes that the store does not know; want the one that was not lifted", len(h.untold))
	}
}
