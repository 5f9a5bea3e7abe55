package redisstore

import (
	"context"
	"fmt"
	"time"

	"github.com/gojohnny/gojohnny/backends"
)

// TryLock implements [backends.Locker]. Times to live count in milliseconds.
func (s *Store) TryLock(ctx context.Context, key backends.Key, w backends.Token, ttl time.Duration) (bool, error) {
	if ttl <= 0 {
		return false, fmt.Errorf("redisstore: lock: time to live of %v", ttl)
	}
	millis := max(1, ttl.Milliseconds())
	cmds, err := run(ctx, s.send, lockScript, []call{{[]string{s.lockKey(key)}, []any{w[:], millis}}})
	if err != nil {
		return false, fmt.Errorf("redisstore: lock: %w", err)
	}
	got, err := cmds[0].Int()
	if err != nil {
		return false, fmt.Errorf("redisstore: lock: %w", err)
	}
	return got == 1, nil
}

// Unlock implements [backends.Locker].
func (s *Store) Unlock(ctx context.Context, key backends.Key, w backends.Token) error {
	if _, err := run(ctx, s.send, unlockScript, []call{{[]string{s.lockKey(key)}, []any{w[:]}}}); err != nil {
		return fmt.Errorf("redisstore: unlock: %w", err)
	}
	return nil
}
