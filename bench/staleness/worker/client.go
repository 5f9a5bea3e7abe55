//go:build unix

package worker

import (
	"context"
	"math/rand/v2"
	"time"

	"github.com/gojohnny/gojohnny/bench/staleness/history"
	"github.com/gojohnny/gojohnny/bench/target"
)

// A client asks one thing after another. Those of even numbers go through
// database/sql, the others through pgx.
type client struct {
	*program
	number uint32
	rand   *rand.Rand
	db     target.DB
}

func newClient(p *program, number int) *client {
	c := &client{program: p, number: uint32(number)}
	c.rand = rand.New(rand.NewPCG(p.cfg.Seed, uint64(p.cfg.Process)<<32|uint64(number)))
	c.db = target.SQL(p.sql)
	if !c.viaSQL() {
		c.db = target.PGX(p.pgx)
	}
	return c
}

func (c *client) viaSQL() bool { return c.number%2 == 0 }

// A weighted is an operation and how often it is chosen, relative to the others.
type weighted struct {
	weight int
	do     func(*client, context.Context) error
}

var reads = []weighted{
	{50, (*client).readOne},
	{15, (*client).readList},
	{15, (*client).readJoin},
	{4, (*client).readInTx},
	{2, (*client).readSnapshot},
}

// An ALTER TABLE is rare, as it is elsewhere: each has every process read the catalog
// again, and bypass until it has.
var writes = []weighted{
	{160, (*client).update},
	{80, (*client).updatePair},
	{60, (*client).updateSeveral},
	{40, (*client).readModifyWrite},
	{32, (*client).updateNotify},
	{32, (*client).batch},
	{20, (*client).copyIn},
	{4, (*client).truncate},
	{1, (*client).alter},
}

// The operations whose effects only the catalog tells.
var (
	catalogReads  = []weighted{{20, (*client).readView}}
	catalogWrites = []weighted{
		{32, (*client).updateOwner},
		{32, (*client).updateAudited},
		{32, (*client).updateView},
	}
)

func (c *client) choose(from ...[]weighted) func(*client, context.Context) error {
	sum := 0
	for _, list := range from {
		for _, w := range list {
			sum += w.weight
		}
	}
	n := c.rand.IntN(sum)
	for _, list := range from {
		for _, w := range list {
			if n -= w.weight; n < 0 {
				return w.do
			}
		}
	}
	panic("unreachable: n is less than the sum")
}

// run asks until ctx ends.
func (c *client) run(ctx context.Context) {
	for ctx.Err() == nil {
		if err := c.step(ctx); err != nil {
			// A database that restarts is not to be asked as fast as it refuses.
			pause(ctx, time.Duration(c.rand.IntN(10))*time.Millisecond)
		}
	}
}

// step runs one operation.
func (c *client) step(ctx context.Context) error {
	if c.rand.Float64() < c.cfg.Cancel {
		var cancel func()
		ctx, cancel = context.WithTimeout(ctx, time.Duration(c.rand.IntN(3000))*time.Microsecond)
		defer cancel()
	}
	if c.rand.Float64() < c.cfg.Reads {
		c.reads.Add(1)
		if c.cfg.Mix.Catalog {
			return c.choose(reads, catalogReads)(c, ctx)
		}
		return c.choose(reads)(c, ctx)
	}
	c.writes.Add(1)
	if c.cfg.Mix.Catalog {
		return c.choose(writes, catalogWrites)(c, ctx)
	}
	return c.choose(writes)(c, ctx)
}

func pause(ctx context.Context, d time.Duration) {
	select {
	case <-ctx.Done():
	case <-time.After(d):
	}
}

// row picks a row: the first ones more often.
func (c *client) row() int {
	n := c.cfg.Mix.Rows
	return 1 + min(c.rand.IntN(n), c.rand.IntN(n))
}

// plain picks one of the tables that are written by simple UPDATEs.
func (c *client) plain() int { return reg0 + c.rand.IntN(reg3-reg0+1) }

// any picks one of all tables.
func (c *client) any() int { return c.rand.IntN(c.cfg.Mix.Tables()) }

func (c *client) begin(table, id int, verb history.Verb) history.Pending {
	return c.log.Begin(c.cfg.Mix.key(table, id), c.number, verb)
}
