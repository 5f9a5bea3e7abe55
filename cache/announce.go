package cache

import (
	"bytes"
	"context"
	"encoding/binary"
	"errors"
	"time"

	"github.com/gojohnny/gojohnny/backends"
	"github.com/gojohnny/gojohnny/invalidation/catalog"
)

// Definitions may have changed past the cache. Entries that rest on others than those a process finds stand
// under the present generation of the epoch then, and it has to move, once for all processes. Whoever moved it
// announces in the store which definitions it then found, under which generation:
//
//	1: admin:   ALTER VIEW, past the cache
//	2: one:     load the epoch, read the definitions   7, f
//	3: one:     advance the epoch                      7 -> 8
//	4: one:     load the epoch, read the definitions   8, f: nothing else can be kept under 8
//	5: one:     announce f, 8
//	6: another: load the epoch, read the definitions   8, f, and finds that announced: it goes on without
//
// INVARIANT: what is kept under a generation of the epoch rests on one state of the definitions. A process relies on
// definitions under a generation only if it moved the epoch after it had first read them, if that is announced,
// or if it did so before. Two that moved it for different definitions do not rely on them under one generation: the
// later change was first read after it, and moved the epoch away from what was loaded before it.
//
// The generation is part of it since definitions come back: what is made and dropped again leaves no trace in the
// catalog, and the fingerprint is what it was.
//
//	1: one:     announce f, 8
//	2: admin:   CREATE FUNCTION, past the cache
//	3: two:     reads g, advances 8 -> 9; keeps rows of the function under 9
//	4: admin:   DROP FUNCTION
//	5: one:     load the epoch, read the definitions   9, f: announced, and what it had read before; and
//	            a hit on the rows of 3
//
// A process that starts asks too: nobody may have been there to notice a migration. What the store loses or
// damages of an announcement costs an advance.
//
// Whoever is to move the epoch is elected, among the watchers of one cache where the store elects nobody:
// between its advance and its announcement all others find a generation that is not announced, and would move it
// away from under each other. They read past the cache meanwhile.

const (
	announced = 24 * time.Hour  // for how long definitions are; whoever relies on them renews it
	election  = 2 * time.Second // how long one holds if that process dies: a few looks of a large catalog
)

var errMoving = errors.New("another process moves the epoch")

func (c *Cache) announcementKey(s *catalog.Snapshot) backends.Key {
	f := newFields()
	f.add("definitions")
	f.add(c.namespace)
	f.add(s.Fingerprint())
	return backends.Key(f.sum())
}

// elect makes the watcher the one that moves the epoch, until it resigns, or is errMoving.
func (w *watcher) elect(ctx context.Context) (resign func(), err error) {
	locker := w.cache.locker
	if locker == nil {
		if !w.cache.moving.TryLock() {
			return nil, errMoving
		}
		return w.cache.moving.Unlock, nil
	}
	f := newFields()
	f.add("who moves the epoch")
	f.add(w.cache.namespace)
	key, token := backends.Key(f.sum()), backends.NewToken()
	switch won, err := locker.TryLock(ctx, key, token, election); {
	case err != nil:
		return nil, err
	case !won:
		return nil, errMoving
	}
	return func() { _ = locker.Unlock(ctx, key, token) }, nil // it ends by itself
}

func announcement(d *definitions) []byte {
	return binary.LittleEndian.AppendUint64([]byte(d.snapshot.Fingerprint()), uint64(d.epoch))
}

// isAnnounced reports whether nothing that is kept under d's generation of the epoch rests on other definitions.
func (w *watcher) isAnnounced(ctx context.Context, d *definitions) (bool, error) {
	entry, err := w.cache.store.Load(ctx, w.cache.announcementKey(d.snapshot), nil, nil)
	return err == nil && bytes.Equal(entry, announcement(d)), err
}

// announce says so. What fails costs the next process an advance.
func (w *watcher) announce(ctx context.Context, d *definitions) {
	if w.cache.store.Save(ctx, w.cache.announcementKey(d.snapshot), announcement(d), announced) == nil {
		w.renewal = time.Now().Add(announced / 24)
	}
}
