package cache

import (
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/gojohnny/gojohnny/backends"
	"github.com/gojohnny/gojohnny/invalidation"
)

// Definitions may have changed past the cache. Entries that rest on others than those a process finds stand
// under the present generation of the epoch then, and it has to move, once for all processes. Whoever moved it
// announces in the store which definitions it then found. The announcement is an entry over one tag, the
// database's own, whose generations are eras; each begins before the epoch moves:
//
//	1: admin:   ALTER VIEW, past the cache
//	2: one:     load the epoch, read the definitions   7, g: f is announced
//	3: one:     advance the era, and then the epoch    3 -> 4, 7 -> 8
//	4: one:     load the epoch, read the definitions   8, g: nothing else can be kept under 8
//	5: one:     announce g in era 4
//	6: another: load the epoch, read the definitions   8, g, and finds that announced: it goes on without
//	7: another: a write moves the epoch                8 -> 9: g is announced still
//
// INVARIANT: what is kept under a generation of the epoch rests on one state of the definitions. A process relies
// on definitions under a generation that it loaded before it read them, if after that
//
//   - they are announced in the present era, or
//   - it is in the era that it began itself when it moved the epoch, or
//   - it did so under the same generation before.
//
// No era has two states: it is announced by the one process that began it (see move). Of two that rely on
// different states, the later one found another era than the earlier one did, whose beginner moved the epoch in
// between.
//
// Fingerprints alone would not do, since definitions come back: what is made and dropped again leaves no trace
// in the catalog.
//
//	1: one:     announces f in era 4
//	2: admin:   CREATE FUNCTION, past the cache
//	3: two:     finds g, announces it in era 5; keeps rows of the function under 9
//	4: admin:   DROP FUNCTION
//	5: one:     load the epoch, read the definitions   9, f: announced in an era that is over
//
// A process that starts asks too: nobody may have been there to notice a migration. What the store loses or
// damages of an announcement costs an advance. Databases that share a namespace have eras of their own, or they would
// take each other's for over, and move the epoch for ever.
//
// Whoever is to move the epoch is elected, among the watchers of one cache where the store elects nobody, or many
// would begin eras at a time, and none be its only beginner. The others read past the cache meanwhile. Nothing else
// depends on it: see backends.Locker.

const (
	announced = 24 * time.Hour  // for how long definitions are: it costs an advance a day
	election  = 2 * time.Second // how long one holds if that process dies: a few looks of a large catalog
)

var errMoving = errors.New("another process moves the epoch")

// identitySQL asks whether this is a standby, and what tells the database from any other, as in a session's scope
// (probeHead), but in a form that is the same in all sessions: processes that keep rows of one database under
// eras of their own would not know of each other's.
const identitySQL = `SELECT pg_catalog.pg_is_in_recovery()` + asText + `,` +
	` (SELECT system_identifier FROM pg_catalog.pg_control_system())` + asText + `,` +
	` pg_catalog.to_char(pg_catalog.timezone('UTC', pg_catalog.pg_postmaster_start_time()), 'YYYYMMDDHH24MISSUS'),` +
	` (SELECT oid FROM pg_catalog.pg_database WHERE datname OPERATOR(pg_catalog.=) pg_catalog.current_database())` + asText

func identify(parts []string) string {
	f := newFields()
	for _, part := range parts {
		f.add(part)
	}
	return fmt.Sprintf("%x", f.sum())
}

// eraKey is the key of something that concerns the eras of the watcher's database.
func (w *watcher) eraKey(of string) backends.Key {
	f := newFields()
	f.add(of)
	f.add(w.cache.namespace)
	f.add(w.database)
	return backends.Key(f.sum())
}

func (w *watcher) eraTag() []string {
	return []string{invalidation.EraTag(w.cache.namespace, w.database)}
}

// era returns the present one. Nobody fences it, but the store may have it in quarantine: errFenced.
//
// It is asked for without an entry, as the epoch is: from what is kept in memory, tiered.Store may answer as of a
// moment ago, and who loaded the epoch since, and an era from before, takes what is over for announced.
func (w *watcher) era(ctx context.Context) (backends.TagState, error) {
	var era [1]backends.TagState
	_, err := w.cache.store.Load(ctx, backends.Key{}, w.eraTag(), era[:])
	if err == nil && era[0].Fenced {
		err = errFenced
	}
	return era[0], err
}

// isAnnounced reports whether nothing that is kept under d's generation of the epoch rests on other definitions.
func (w *watcher) isAnnounced(ctx context.Context, d *definitions) (bool, error) {
	era, err := w.era(ctx)
	if err != nil {
		return false, err
	}
	key := w.eraKey("announcement")
	b, err := w.cache.store.Load(ctx, key, nil, nil)
	if err != nil {
		return false, err
	}
	entry, err := backends.ParseEntry(key, b)
	return err == nil && entry.Current([]backends.TagState{era}) && string(entry.Rows) == d.snapshot.Fingerprint(), nil
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
	key, token := w.eraKey("election"), backends.NewToken()
	switch won, err := locker.TryLock(ctx, key, token, election); {
	case err != nil:
		return nil, err
	case !won:
		return nil, errMoving
	}
	return func() { _ = locker.Unlock(ctx, key, token) }, nil // it ends by itself
}

// move begins an era, moves the epoch, and announces what it then finds, which can be relied on.
//
// INVARIANT: who announces in an era has begun it. Generations go up by one: between one that was loaded before an
// advance of one's own and the next, nobody else's has been. Two that shared an era would announce two states in it:
//
//	1: one:  begin, advance, read    f
//	2: two:  begin                   both load the same era
//	3: two:  advance                 what one has read is the past
//	4: admin: past the cache, f becomes g
//	5: two:  read, announce          g; it keeps rows by that
//	6: one:  announce                f, in place of g, which a third process relies on when f has come back
func (w *watcher) move(ctx context.Context) (*definitions, error) {
	before, err := w.era(ctx)
	if err != nil {
		return nil, err
	}
	if err := w.cache.store.Advance(ctx, w.eraTag()); err != nil {
		return nil, err
	}
	if err := w.cache.InvalidateAll(ctx); err != nil {
		return nil, err
	}
	d, err := w.glimpse(ctx)
	if err != nil {
		return nil, err
	}
	switch era, err := w.era(ctx); {
	case err != nil:
		return nil, err
	case era.Generation != before.Generation+1:
		return nil, errMoving
	default:
		w.announce(ctx, d, era)
		return d, nil
	}
}

// announce says so in the store. What fails costs the next process an advance.
func (w *watcher) announce(ctx context.Context, d *definitions, era backends.TagState) {
	key := w.eraKey("announcement")
	entry := backends.AppendEntry(nil, key, []backends.TagState{era}, []byte(d.snapshot.Fingerprint()))
	_ = w.cache.store.Save(ctx, key, entry, announced)
}
