package pgxcache

import (
	"sync"
	"sync/atomic"
)

// strays are the connections that went back to the pool with settings of their own. As long as there
// are some, reads look up when they have their connection, since they may be given one of these:
//
//	1: user: SET search_path = mine   through the pool
//	2: user: query                    on the same connection: the rows of mine.t
//	3: user: the same query again     as in a new session, a hit: the rows of public.t
type strays struct {
	some atomic.Bool // the map is not empty: each lookup looks here

	mu sync.Mutex
	m  map[*link]struct{}
}

// put notes whether l, which the program is done with, has strayed.
func (s *strays) put(l *link, strayed bool) {
	if !strayed && !s.some.Load() {
		return
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	if strayed {
		s.m[l] = struct{}{}
	} else {
		delete(s.m, l)
	}
	s.some.Store(len(s.m) > 0)
}

// any reports whether there are some, whose connections live.
func (s *strays) any() bool {
	if !s.some.Load() {
		return false
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	for l := range s.m {
		select {
		case <-l.conn.PgConn().CleanupDone():
			delete(s.m, l)
		default:
		}
	}
	s.some.Store(len(s.m) > 0)
	return len(s.m) > 0
}
