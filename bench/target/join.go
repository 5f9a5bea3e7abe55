package target

import (
	"context"
	"errors"
	"time"
)

// Shared is what programs agree on that keep results in one store.
type Shared struct {
	Prefix     string        // begins the keys of all of them
	Quarantine time.Duration // see redisstore.Options and memcachestore.Options

	WaitReplicas int // see redisstore.Options
}

// Join opens the store as one of several programs do. It does not wait until the store
// answers, and closing it removes nothing from it.
func (u *StoreURL) Join(workers int, shared Shared) (s *Store, err error) {
	s = &Store{}
	switch u.scheme {
	case "memory":
		return s, u.openMemory(s)
	case "memcached":
		_, err = u.joinMemcached(s, workers, shared)
	default:
		_, err = u.joinRedis(s, workers, shared)
	}
	if err == nil && u.tiered {
		err = u.addTier(s)
	}
	if err != nil {
		return nil, errors.Join(err, s.Close(context.Background()))
	}
	return s, nil
}
