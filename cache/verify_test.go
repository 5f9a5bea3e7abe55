package cache_test

import (
	"bytes"
	"context"
	"log/slog"
	"slices"
	"strings"
	"testing"

	"github.com/gojohnny/gojohnny/cache"
)

// A watched bench verifies every hit, and remembers events and log.
type watched struct {
	*bench
	events []cache.Event
	log    bytes.Buffer
}

func newWatched(t *testing.T, verify float64) *watched {
	w := &watched{}
	w.bench = newBench(t, &cache.Options{
		Verify:  verify,
		Observe: func(_ context.Context, e cache.Event) { w.events = append(w.events, e) },
		Logger:  slog.New(slog.NewTextHandler(&w.log, nil)),
	})
	return w
}

// wantEvents takes the events since the last call.
func (w *watched) wantEvents(want ...cache.EventKind) {
	w.t.Helper()
	var got []cache.EventKind
	for _, e := range w.events {
		got = append(got, e.Kind)
	}
	w.events = nil
	if !slices.Equal(got, want) {
		w.t.Errorf("got events %q; want %q", got, want)
	}
}

func (w *watched) wantVerified(verified, mismatches uint64) {
	w.t.Helper()
	if s := w.cache.Stats(); s.Verified != verified || s.Mismatches != mismatches {
		w.t.Errorf("got %d verified, %d mismatches; want %d and %d", s.Verified, s.Mismatches, verified, mismatches)
	}
}

func TestObserve(t *testing.T) {
	w := newWatched(t, 0)
	s := w.session()
	w.want(s, orders, "miss")
	w.want(s, orders, "hit rows")
	w.exec(s, "UPDATE orders SET a = 1")
	w.query(s, "SELECT now() FROM orders WHERE a = 'secret'", "rows")
	if len(w.events) != 3 {
		t.Fatalf("got %+v; want three events", w.events)
	}
	hit, bypass := w.events[1], w.events[2]
	if hit.SQL != orders || !slices.Contains(hit.Tags, "default/*.orders") || hit.Age < 0 {
		t.Errorf("got %+v", hit)
	}
	if bypass.Reason.Code == "" {
		t.Errorf("got %+v; want a reason", bypass)
	}
	w.wantEvents(cache.Miss, cache.Hit, cache.Bypass)
}

func TestVerifyFindsWhatWasWrittenPastTheCache(t *testing.T) {
	w := newWatched(t, 1)
	s := w.session()
	w.want(s, orders, "miss")
	w.wantEvents(cache.Miss)
	w.want(s, orders, "miss") // the same rows
	w.wantEvents(cache.Miss)
	w.wantVerified(1, 0)
	if got := w.query(s, orders, "other rows"); got != "miss" {
		t.Errorf("got %q; want a miss", got)
	}
	mismatch := w.events[len(w.events)-1]
	if mismatch.SQL != orders || len(mismatch.Tags) == 0 {
		t.Errorf("got %+v; want the statement and its tags", mismatch)
	}
	w.wantEvents(cache.Miss, cache.Mismatch)
	if log := w.log.String(); !strings.Contains(log, "default/*.orders") || strings.Contains(log, "SELECT") {
		t.Errorf("got the log %q; want the tags and no SQL", log)
	}
	w.query(s, orders, "other rows") // they were replaced
	w.wantEvents(cache.Miss)
	w.wantVerified(3, 1)
	if st := w.cache.Stats(); st.Misses != st.Stored+sum(st.NotStored) || st.NotStored[cache.Verified] != 2 {
		t.Errorf("the parts do not add up: %+v", st)
	}
}

func sum[K comparable](m map[K]uint64) (n uint64) {
	for _, v := range m {
		n += v
	}
	return n
}

// The schedule of verify.go: a write in between is no mismatch, and the next hit is
// looked at instead.
func TestVerifyWithAWriteInBetween(t *testing.T) {
	for name, write := range map[string]func(w *watched){
		"lifted": func(w *watched) { w.exec(w.session(), "UPDATE orders SET a = 1") },
		"on its way": func(w *watched) {
			_, err := w.session().Start(w.t.Context(), w.cache.Statement(w.t.Context(), "UPDATE orders SET a = 1"), nil)
			if err != nil {
				w.t.Fatal(err)
			}
		},
	} {
		t.Run(name, func(t *testing.T) {
			w := newWatched(t, 1)
			s := w.session()
			w.want(s, orders, "miss")
			ans := w.lookup(t.Context(), s, orders) // 1
			if _, verifying := ans.Ticket.Kept(); !verifying {
				t.Fatal("the hit is not verified")
			}
			write(w)                                                                  // 2
			ans.Ticket.Save(t.Context(), append(ans.Ticket.Buffer(0), "new rows"...)) // 3, 4
			w.wantVerified(1, 0)
			if !cache.Recheck(w.cache.Statement(t.Context(), orders)).Load() {
				t.Error("the next hit is not verified")
			}
		})
	}
}

// What could not be compared is compared at the next hit, whatever the share: it is
// small enough here to choose none.
func TestVerifyOnceMore(t *testing.T) {
	const none = 1e-300
	w := newWatched(t, none)
	s := w.session()
	w.want(s, orders, "miss")
	w.want(s, orders, "hit rows")
	cache.Recheck(w.cache.Statement(t.Context(), orders)).Store(true)
	w.want(s, orders, "miss")
	w.want(s, orders, "hit rows")
	w.wantVerified(1, 0)
}

// In a transaction a query that fails aborts what the program did before it.
func TestVerifyNotInTransactions(t *testing.T) {
	w := newWatched(t, 1)
	s := w.session()
	w.want(s, orders, "miss")
	w.exec(s, "BEGIN")
	w.want(s, orders, "hit rows")
}

func TestVerifyCompares(t *testing.T) {
	w := newWatched(t, 1)
	w.src.CompareBy(func(result []byte) (head []byte, rows [][]byte, ok bool) {
		for i := range result {
			rows = append(rows, result[i:i+1])
		}
		return nil, rows, true
	})
	s := w.session()
	w.query(s, orders, "ab")
	w.query(s, orders, "ba")
	w.wantVerified(1, 0)
	w.query(s, orders, "abc")
	w.wantVerified(2, 1)
}
