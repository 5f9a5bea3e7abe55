package behind

import (
	"testing"

	"github.com/gojohnny/gojohnny/internal/testservers"
)

// Both wrappers on one store keep rows of the same text, each in a form of its own: neither
// takes the other's entry for its own, or puts its own in that place.
func TestWrappersShareNoEntry(t *testing.T) {
	url, store := testservers.Postgres(t).URL(), newStore(t)
	exec(t, openBare(t, url), `CREATE TABLE a (x int)`)
	var clients []*client
	for _, open := range wrappers {
		c := newClient(t, open, url, newCache(t, store, nil))
		c.keeps(t, c, `SELECT x FROM a`)
		clients = append(clients, c)
	}
	for _, c := range clients {
		rows(t, c, `SELECT x FROM a`)
		if s := c.cache.Stats(); s.Hits != 2 || s.Damaged != 0 {
			t.Errorf("got %d hits and %d entries that are none; want 2 and 0", s.Hits, s.Damaged)
		}
	}
}
