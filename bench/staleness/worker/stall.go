//go:build unix

package worker

import (
	"context"
	"time"

	"github.com/gojohnny/gojohnny/bench/staleness/history"
)

// watch notes when the process stood still for half of a lease, because nobody gave it
// a processor: for the protocol that is the same as if it had been stopped.
func (c *client) watch(ctx context.Context) {
	const often = 20 * time.Millisecond
	tick := time.NewTicker(often)
	defer tick.Stop()
	for last := history.Now(); ; {
		select {
		case <-ctx.Done():
			return
		case <-tick.C:
		}
		now := history.Now()
		if time.Duration(now-last) > c.cfg.Lease/2 {
			c.log.Add(history.Record{Kind: history.Stall, Client: c.number, Begin: last, End: now})
		}
		last = now
	}
}
