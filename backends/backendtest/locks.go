package backendtest

import (
	"sync"
	"sync/atomic"
	"time"

	"github.com/gojohnny/gojohnny/backends"
)

const (
	tryLock = "TryLock reports whether w now holds the lock of key, for at most ttl, which is positive."
	noWait  = "It does not wait."
	relock  = "Where w holds it already, as after a request that the client sent twice, its ttl starts anew."
	unlock  = "Unlock gives up the lock of key if w holds it, and does nothing otherwise."
	elects  = "A Locker is a Store that can elect one process: to fill a missed entry, or to move the epoch for definitions that have changed."
)

var lockTests = []subtest{
	{"LockIsHeldByOne", []string{tryLock, noWait, elects}, lockIsHeldByOne},
	{"OneOfManyGetsTheLock", []string{tryLock, elects}, oneOfManyGetsTheLock},
	{"LocksOfKeysAreApart", []string{tryLock}, locksOfKeysAreApart},
	{"LockAgainHoldsStill", []string{relock}, lockAgainHoldsStill},
	{"LockRunsOut", []string{tryLock}, lockRunsOut},
	{"UnlockFreesTheLock", []string{unlock}, unlockFreesTheLock},
	{"UnlockOfAnotherHolderDoesNothing", []string{unlock}, unlockOfAnotherHolderDoesNothing},
	{"LockIsNoEntry", []string{entryWhole}, lockIsNoEntry},
}

// lockers returns the clients as lockers, or skips the subtest.
func (e *env) lockers() (one, other backends.Locker) {
	e.Helper()
	one, ok1 := e.one.(backends.Locker)
	other, ok2 := e.other.(backends.Locker)
	if !ok1 || !ok2 {
		e.lacking = "the store is no backends.Locker"
		e.Skip(e.lacking)
	}
	return one, other
}

func (e *env) wantLock(s backends.Locker, key backends.Key, w backends.Token, ttl time.Duration, want bool) {
	e.Helper()
	got, err := s.TryLock(e.Context(), key, w, ttl)
	if err != nil {
		e.Fatalf("TryLock: %v", err)
	}
	if got != want {
		e.Errorf("TryLock: got %v; want %v", got, want)
	}
}

func (e *env) unlock(s backends.Locker, key backends.Key, w backends.Token) {
	e.Helper()
	if err := s.Unlock(e.Context(), key, w); err != nil {
		e.Fatalf("Unlock: %v", err)
	}
}

func lockIsHeldByOne(e *env) {
	one, other := e.lockers()
	key := newKey()
	e.wantLock(one, key, backends.NewToken(), long, true)
	e.wantLock(other, key, backends.NewToken(), long, false)
	e.wantLock(one, key, backends.NewToken(), long, false)
}

func oneOfManyGetsTheLock(e *env) {
	one, other := e.lockers()
	for range 20 {
		key := newKey()
		var winners atomic.Int32
		var wg sync.WaitGroup
		for i := range 8 {
			s := one
			if i%2 == 1 {
				s = other
			}
			wg.Go(func() {
				switch got, err := s.TryLock(e.Context(), key, backends.NewToken(), long); {
				case err != nil:
					e.Errorf("TryLock: %v", err)
				case got:
					winners.Add(1)
				}
			})
		}
		wg.Wait()
		if n := winners.Load(); n != 1 {
			e.Fatalf("%d of 8 got the lock; want 1", n)
		}
	}
}

func locksOfKeysAreApart(e *env) {
	one, other := e.lockers()
	key := newKey()
	next := key
	next[len(next)-1] ^= 1
	e.wantLock(one, key, backends.NewToken(), long, true)
	e.wantLock(other, next, backends.NewToken(), long, true)
}

func lockAgainHoldsStill(e *env) {
	one, other := e.lockers()
	key, w := newKey(), backends.NewToken()
	e.wantLock(one, key, w, e.Lease, true)
	e.wantLock(one, key, w, long, true)
	e.awaitOneLease()
	e.wantLock(other, key, backends.NewToken(), long, false)
}

func lockRunsOut(e *env) {
	one, other := e.lockers()
	key, w := newKey(), backends.NewToken()
	e.wantLock(one, key, backends.NewToken(), e.Lease, true)
	e.await("end of the lock", func() bool {
		got, err := other.TryLock(e.Context(), key, w, long)
		if err != nil {
			e.Fatalf("TryLock: %v", err)
		}
		return got
	})
	e.wantLock(one, key, backends.NewToken(), long, false)
}

func unlockFreesTheLock(e *env) {
	one, other := e.lockers()
	key, w := newKey(), backends.NewToken()
	e.wantLock(one, key, w, long, true)
	e.unlock(one, key, w)
	e.wantLock(other, key, backends.NewToken(), long, true)
}

func unlockOfAnotherHolderDoesNothing(e *env) {
	one, other := e.lockers()
	key, w := newKey(), backends.NewToken()
	e.unlock(one, key, w) // of a lock that nobody holds
	e.wantLock(one, key, backends.NewToken(), long, true)
	e.unlock(other, key, w)
	e.wantLock(other, key, w, long, false)
}

// lockIsNoEntry locks the key of an entry: the two must not meet.
func lockIsNoEntry(e *env) {
	one, _ := e.lockers()
	key, w := newKey(), backends.NewToken()
	e.wantLock(one, key, w, long, true)
	e.wantEntry(key, "locked", nil)
	e.save(e.one, key, []byte("rows"), long)
	e.unlock(one, key, w)
	e.wantEntry(key, "unlocked", []byte("rows"))
}
