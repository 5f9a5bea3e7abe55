package redisstore

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"sync"
	"time"

	"github.com/redis/go-redis/v9"
	"github.com/redis/go-redis/v9/maintnotifications"
	"github.com/redis/go-redis/v9/push"
)

const (
	// watchPing is how often the watch's connection is asked whether it lives, and
	// watchSilence how long it may say nothing.
	watchPing    = time.Second
	watchSilence = 3 * time.Second

	// The pauses between one connection and the next.
	firstWatchPause = 50 * time.Millisecond
	lastWatchPause  = 10 * time.Second
)

// Watch implements [backends.Watcher] on a single server, with Sentinel or without:
// on a cluster it returns [errors.ErrUnsupported]. It makes one connection besides
// those of the client, in RESP3, and has the server's key tracking (CLIENT TRACKING
// with BCAST) send the names of all tags that change there. Where the server does not
// do that, Watch goes on trying.
//
// The server sends them after it has answered the writer, and two for a write: its
// fence, and its lift.
func (s *Store) Watch(ctx context.Context, changed func(tags []string)) error {
	rdb, ok := s.rdb.(*redis.Client)
	if !ok {
		return fmt.Errorf("redisstore: watch: keys are tracked by each node of a cluster: %w", errors.ErrUnsupported)
	}
	w := &watch{prefix: s.tagKey(""), changed: changed, counts: &s.counts}
	if err := w.open(rdb); err != nil {
		return fmt.Errorf("redisstore: watch: %w", err)
	}
	defer func() { _ = w.rdb.Close() }() // it has no connection any more
	for pause := firstWatchPause; ; pause = min(2*pause, lastWatchPause) {
		if w.follow(ctx) {
			pause = firstWatchPause
		}
		changed(nil)
		select {
		case <-ctx.Done():
			return ctx.Err()
		case <-time.After(pause):
		}
	}
}

// A watch is the connection on which the server tells of changes.
type watch struct {
	rdb     *redis.Client // of that connection alone
	prefix  string        // of the tags' keys
	changed func(tags []string)
	counts  *counters
}

// open makes a client like rdb, whose connections have their keys tracked. The client
// that the program uses cannot do: its push handlers and its connections' set-up were
// settled when it was made.
func (w *watch) open(rdb *redis.Client) error {
	o := *rdb.Options()
	o.Protocol = 3 // the server pushes in no other
	o.PushNotificationProcessor = nil
	o.MinIdleConns = 0
	o.MaintNotificationsConfig = &maintnotifications.Config{Mode: maintnotifications.ModeDisabled}
	prepare := o.OnConnect
	o.OnConnect = func(ctx context.Context, c *redis.Conn) error {
		if prepare != nil {
			if err := prepare(ctx, c); err != nil {
				return err
			}
		}
		return w.track(ctx, c)
	}
	w.rdb = redis.NewClient(&o)
	return w.rdb.RegisterPushNotificationHandler("invalidate", w, true)
}

// track has the keys of tags tracked on a new connection. What was told before is
// not to be trusted: it may have changed while nobody watched.
func (w *watch) track(ctx context.Context, c *redis.Conn) error {
	// The client is content with RESP2 where the server has no other.
	if err := c.Do(ctx, "hello", 3).Err(); err != nil {
		return err
	}
	if err := c.ClientTrackingOn(ctx, &redis.ClientTrackingOptions{Bcast: true, Prefixes: []string{w.prefix}}).Err(); err != nil {
		return err
	}
	w.counts.watched.Add(1)
	w.changed(nil)
	return nil
}

// follow makes a connection and listens to it until it fails, or ctx ends. It reports
// whether the server has answered.
func (w *watch) follow(ctx context.Context) (answered bool) {
	ctx, cancel := context.WithCancel(ctx)
	conn := w.rdb.Subscribe(ctx) // to nothing: it listens to what the server pushes
	closed := make(chan struct{})
	context.AfterFunc(ctx, func() {
		_ = conn.Close() // which ends Receive
		close(closed)
	})
	var pings sync.WaitGroup
	pings.Go(func() { w.ping(ctx, conn) })
	defer func() {
		cancel()
		<-closed
		pings.Wait()
	}()
	for {
		// What it returns is the answer to a ping: pushes are heard on the way.
		if _, err := conn.ReceiveTimeout(ctx, watchSilence); err != nil {
			return answered
		}
		answered = true
	}
}

// ping asks the server whether it lives. A failure is one of the connection, which
// whoever listens finds too.
func (w *watch) ping(ctx context.Context, conn *redis.PubSub) {
	tick := time.NewTicker(watchPing)
	defer tick.Stop()
	for {
		if err := conn.Ping(ctx); err != nil {
			return
		}
		select {
		case <-ctx.Done():
			return
		case <-tick.C:
		}
	}
}

// HandlePushNotification implements push.NotificationHandler: an "invalidate" names
// keys, or none if all of them are gone.
func (w *watch) HandlePushNotification(_ context.Context, _ push.NotificationHandlerContext, message []any) error {
	if tags := w.tags(message); len(tags) > 0 {
		w.changed(tags)
	} else {
		w.changed(nil)
	}
	return nil
}

// tags returns the tags in a message, nil if it is none that names tags alone.
func (w *watch) tags(message []any) []string {
	if len(message) != 2 {
		return nil
	}
	keys, _ := message[1].([]any)
	tags := make([]string, len(keys))
	for i, k := range keys {
		text, _ := k.(string)
		tag, ok := strings.CutPrefix(text, w.prefix)
		if !ok {
			return nil
		}
		tags[i] = tag
	}
	return tags
}
