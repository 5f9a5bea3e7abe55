package sqlcache_test

import (
	"context"
	"database/sql/driver"
	"runtime"
	"sync"
	"testing"
	"time"

	"github.com/gojohnny/gojohnny/cache/sqlcache"
)

// A slowDialer is a driver's connector whose connections take until the channel in
// dials is closed, if there is one.
type slowDialer struct {
	driver.Connector
	dials chan chan struct{}
}

func (d *slowDialer) Connect(ctx context.Context) (driver.Conn, error) {
	select {
	case dialled := <-d.dials:
		<-dialled
	default:
	}
	return d.Connector.Connect(ctx)
}

// A read that has a connection does not wait for ever for one that is still dialling
// its own.
func TestWaiterWhoseLeaderDials(t *testing.T) {
	dialer := &slowDialer{Connector: pgxConnector(t), dials: make(chan chan struct{}, 1)}
	exec(t, open(t, dialer.Connector), `CREATE TABLE numbers AS SELECT 6 AS n`)
	c := newCache(t, nil)
	db := open(t, sqlcache.Connector(dialer, c))
	waiter := single(t, db)
	column(t, waiter, `SELECT count(*) FROM numbers`) // its settings are known, and so what others start with

	dialled := make(chan struct{})
	dialer.dials <- dialled
	misses := c.Stats().Misses
	var leader sync.WaitGroup
	leader.Go(func() { wantColumn(t, column(t, db, sum), int64(6)) })
	ctx, cancel := context.WithTimeout(t.Context(), time.Minute)
	defer cancel()
	for c.Stats().Misses == misses && ctx.Err() == nil {
		runtime.Gosched() // until it leads
	}
	var n int64
	if err := waiter.QueryRowContext(ctx, sum).Scan(&n); err != nil || n != 6 {
		t.Errorf("got %d, %v; want 6, while the leader dials", n, err)
	}
	close(dialled)
	leader.Wait()
}
