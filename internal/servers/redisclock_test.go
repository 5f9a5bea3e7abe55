package servers

import (
	"errors"
	"os"
	"testing"
	"time"

	"github.com/redis/go-redis/v9"
)

// TestSetClock sets a server's clock forward, and back behind the machine's. What ends by
// the time of day ends early, or late, and the server goes on, after a restart too.
func TestSetClock(t *testing.T) {
	ctx := t.Context()
	s, err := StartRedisWithClock()
	if errors.Is(err, errors.ErrUnsupported) || errors.Is(err, ErrMissing) && os.Getenv("GOJOHNNY_REQUIRE_SERVERS") != "1" {
		t.Skip(err)
	}
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := s.Close(); err != nil {
			t.Error(err)
		}
	})
	opts, err := redis.ParseURL(s.URL().String())
	if err != nil {
		t.Fatal(err)
	}
	rdb := redis.NewClient(opts)
	t.Cleanup(func() { _ = rdb.Close() }) // ends with the tests anyway

	const leeway = time.Minute // a call takes less
	for _, by := range []time.Duration{0, time.Hour, -time.Hour} {
		if err := s.SetClock(0); err != nil {
			t.Fatal(err)
		}
		if err := rdb.Set(ctx, "key", "", 2*leeway).Err(); err != nil {
			t.Fatal(err)
		}
		if err := s.SetClock(by); err != nil {
			t.Fatal(err)
		}
		before := time.Now()
		now, err := rdb.Time(ctx).Result()
		if err != nil || now.Before(before.Add(by).Truncate(time.Microsecond)) || now.After(before.Add(by+leeway)) {
			t.Errorf("set by %v at %v: got %v, error %v", by, before, now, err)
		}
		left, err := rdb.PTTL(ctx, "key").Result()
		switch {
		case err != nil:
			t.Error(err)
		case by == time.Hour && left >= 0, by != time.Hour && (left > 2*leeway-by+time.Millisecond || left < leeway-by):
			t.Errorf("set by %v: got %v left of %v", by, left, 2*leeway)
		}
	}
	if err := errors.Join(s.SetClock(time.Hour), s.Kill(), s.Start()); err != nil {
		t.Fatal(err)
	}
	if now, err := rdb.Time(ctx).Result(); err != nil || time.Until(now) < time.Hour-leeway {
		t.Errorf("after a restart: got %v, error %v; want an hour from now", now, err)
	}
}
