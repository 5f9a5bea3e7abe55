package sqlcache

import (
	"github.com/gojohnny/gojohnny/cache"
	"github.com/gojohnny/gojohnny/invalidation"
)

// An ending is a run whose outcome matters: a fence may stand until it is told. It
// ends once; a nil ending is of a run that has ended already.
type ending struct {
	c     *conn
	run   cache.Run
	ended bool
}

// end says what became of the run: err is the first error that the driver had for
// it.
func (e *ending) end(err error) {
	if e != nil && !e.ended {
		e.endAs(e.c.outcome(err))
	}
}

// giveUp ends a run that nothing was heard of: the driver panicked.
func (e *ending) giveUp() {
	if e != nil && !e.ended {
		e.endAs(invalidation.Unknown)
	}
}

// endAs ends the run. A session whose statement nobody can tell the outcome of is followed
// no more, though its connection may live: the pool has no further use for it.
func (e *ending) endAs(o invalidation.Outcome) {
	e.ended = true
	e.c.discard = e.c.discard || o == invalidation.Unknown
	e.run.End(o)
}
