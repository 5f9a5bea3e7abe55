package cache

import (
	"bytes"
	"context"
	"time"

	"github.com/gojohnny/gojohnny/backends"
	"github.com/gojohnny/gojohnny/invalidation/catalog"
)

// Definitions may have changed past the cache. Entries that rest on older ones than those a process finds stand
// under the present generation of the epoch then, and it has to move, once for all processes: whoever moved it
// announces in the store the fingerprint of what it had read before. Whoever finds that announced goes on without:
//
//	1: admin:   ALTER VIEW, past the cache
//	2: one:     reads the definitions     fingerprint f
//	3: one:     advance the epoch         7 -> 8
//	4: one:     announce f
//	5: another: load the epoch, then read the definitions    8 or later, and f
//	6: another: load the announcement     f
//
// What is kept under 8 and later rests on definitions that were read after 3, and so after 1; those that another
// reads in 5 are the same, since a fingerprint does not come back. With 4 before 3, another may keep in 6
// what rests on the view as it was.
//
// A process that starts asks too: nobody may have been there to notice a migration.
//
// The store may lose an announcement, and damage it: the epoch then moves once more.
const announced = 24 * time.Hour // for how long; it is renewed by those who rest on it

func (c *Cache) announcementKey(s *catalog.Snapshot) backends.Key {
	f := newFields()
	f.add("definitions")
	f.add(c.namespace)
	f.add(s.Fingerprint())
	return backends.Key(f.sum())
}

// isAnnounced reports whether the epoch is known to have moved since s was first read.
func (w *watcher) isAnnounced(ctx context.Context, s *catalog.Snapshot) (bool, error) {
	entry, err := w.cache.store.Load(ctx, w.cache.announcementKey(s), nil, nil)
	return err == nil && bytes.Equal(entry, []byte(s.Fingerprint())), err
}

// announce says that the epoch has moved since s was read. What fails costs the next process an advance.
func (w *watcher) announce(ctx context.Context, s *catalog.Snapshot) {
	if w.cache.store.Save(ctx, w.cache.announcementKey(s), []byte(s.Fingerprint()), announced) == nil {
		w.renewal = time.Now().Add(announced / 24)
	}
}
