package memstore

import (
	"sync"

	"github.com/gojohnny/gojohnny/backends"
)

// maxLocks is how many locks are held at once, those that ran out included. Above
// it one is lost, which is harmless.
const maxLocks = 1 << 14

// A lockTable keeps the locks of entries that are being filled. One mutex will
// do: it is asked for once per query that really runs.
type lockTable struct {
	mu    sync.Mutex
	locks map[backends.Key]lock
}

type lock struct {
	holder backends.Token
	until  instant
}

func newLockTable() *lockTable {
	return &lockTable{locks: make(map[backends.Key]lock)}
}

func (lt *lockTable) try(key backends.Key, w backends.Token, now, until instant) bool {
	lt.mu.Lock()
	defer lt.mu.Unlock()
	held, ok := lt.locks[key]
	if ok && held.until > now && held.holder != w {
		return false
	}
	if !ok && len(lt.locks) >= maxLocks {
		lt.dropOneLocked(now)
	}
	lt.locks[key] = lock{holder: w, until: until}
	return true
}

func (lt *lockTable) release(key backends.Key, w backends.Token) {
	lt.mu.Lock()
	defer lt.mu.Unlock()
	if lt.locks[key].holder == w {
		delete(lt.locks, key)
	}
}

// dropOneLocked drops a lock that ran out if there is one among a few, any other
// lock if not.
func (lt *lockTable) dropOneLocked(now instant) {
	const few = 16
	seen := 0
	for key, held := range lt.locks {
		seen++
		if held.until <= now || seen == few {
			delete(lt.locks, key)
			return
		}
	}
}

func (lt *lockTable) len() int {
	lt.mu.Lock()
	defer lt.mu.Unlock()
	return len(lt.locks)
}
