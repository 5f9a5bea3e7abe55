package cache_test

import (
	"testing"

	"github.com/gojohnny/gojohnny/cache"
)

// A ticket keeps the generations of its own lookup, whatever its session looks up before
// the rows are there:
//
//	1: session: lookup         generation 7, a ticket; its query is slow
//	2: writer:  COMMIT, lift   7 -> 8
//	3: session: lookup         8
//	4: session: save           the rows of 1, under 7 and not under 8
func TestTicketKeepsItsGenerations(t *testing.T) {
	b := newBench(t, nil)
	s := b.session()
	first := b.lookup(t.Context(), s, orders).Ticket
	b.exec(b.session(), "UPDATE orders SET a = 1")
	b.lookup(t.Context(), s, orders).Ticket.Drop(cache.Reason{Code: cache.QueryFailed})
	first.Save(t.Context(), append(first.Buffer(0), "old rows"...))
	b.want(b.session(), orders, "miss")
}
