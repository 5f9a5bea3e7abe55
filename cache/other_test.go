package cache_test

import (
	"context"
	"errors"
	"strings"
	"sync"
	"testing"

	"github.com/gojohnny/gojohnny/cache"
)

// Sessions of a database that is not PostgreSQL learn that at the same time, share what
// they learn, and so their entries.
func TestOtherDatabaseConcurrently(t *testing.T) {
	b := newBench(t, nil)
	other := func(_ context.Context, query string) ([]string, error) {
		if strings.Contains(query, "pg_catalog") {
			return nil, errors.New("no such function")
		}
		return []string{"1"}, nil
	}
	var all sync.WaitGroup
	for range 8 {
		all.Go(func() {
			s := b.src.NewSession(other)
			s.Connected()
			ans, err := s.Lookup(t.Context(), b.cache.Statement(t.Context(), orders), new(cache.Args))
			switch {
			case err != nil:
				t.Error(err)
			case ans.Ticket != nil:
				ans.Ticket.Save(t.Context(), append(ans.Ticket.Buffer(0), "rows"...))
			case !ans.Hit:
				t.Errorf("bypassed: %v", ans.Reason)
			}
		})
	}
	all.Wait()
}
