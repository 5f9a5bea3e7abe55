package sqlcache

import (
	"database/sql/driver"
	"errors"

	"github.com/gojohnny/gojohnny/cache"
	"github.com/gojohnny/gojohnny/invalidation"
)

// An ending is a run whose outcome matters: a fence may stand until it is told. It
// ends once; a nil ending is of a run that has ended already.
type ending struct {
	c      *conn
	run    cache.Run
	commit bool // it is a COMMIT
	ended  bool
}

// end says what became of the run: err is the first error that the driver had for
// it.
//
// database/sql does not send a COMMIT again after driver.ErrBadConn, so nothing has
// held drivers to their contract there: lib/pq gives it when the connection ends
// before the server has replied. That outcome is unknown.
func (e *ending) end(err error) {
	switch {
	case e == nil || e.ended:
	case e.commit && errors.Is(err, driver.ErrBadConn):
		e.endAs(invalidation.Unknown)
	default:
		e.endAs(e.c.outcome(err))
	}
}

// giveUp ends a run that nothing was heard of: the driver panicked.
func (e *ending) giveUp() {
	if e != nil && !e.ended {
		e.endAs(invalidation.Unknown)
	}
}

func (e *ending) endAs(o invalidation.Outcome) {
	e.ended = true
	e.run.End(o)
}
