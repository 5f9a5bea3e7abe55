package target

import (
	"cmp"
	"context"
	"crypto/tls"
	"errors"
	"net"
	"strings"
	"time"

	"github.com/redis/go-redis/v9"

	"github.com/gojohnny/gojohnny/backends/redisstore"
)

// redisTimeout and redisRetries are what redisstore recommends, with a second in the
// place of half of one: the benchmark keeps the machine busy.
const (
	redisTimeout = time.Second
	redisRetries = 1
)

// spareConns are for calls that a worker does not wait for.
const spareConns = 8

func (u *StoreURL) openRedis(ctx context.Context, s *Store, workers int) error {
	prefix := u.prefix()
	rdb, err := u.joinRedis(s, workers, Shared{Prefix: prefix})
	if err != nil {
		return err
	}
	if err := pingRedis(ctx, rdb); err != nil {
		return err
	}
	s.closeLater(func(ctx context.Context) error { return removeKeys(ctx, rdb, prefix) })
	return nil
}

// joinRedis opens a client and a store on it, and waits for no answer.
func (u *StoreURL) joinRedis(s *Store, workers int, shared Shared) (redis.UniversalClient, error) {
	redis.SetLogger(silent{}) // what goes wrong is returned as well
	rdb := u.redisClient(cmp.Or(u.options.pool, workers+spareConns))
	s.closeLater(func(context.Context) error { return rdb.Close() })
	store, err := redisstore.New(rdb, &redisstore.Options{
		Prefix: shared.Prefix, Quarantine: shared.Quarantine, WaitReplicas: shared.WaitReplicas,
		CompressAbove: u.options.compress,
	})
	s.Store = store
	return rdb, err
}

func (u *StoreURL) redisClient(pool int) redis.UniversalClient {
	user, password := "", ""
	if u.user != nil {
		user = u.user.Username()
		password, _ = u.user.Password()
	}
	if u.scheme == "redis-cluster" {
		return redis.NewClusterClient(&redis.ClusterOptions{
			Addrs: u.hosts, Username: user, Password: password, PoolSize: pool,
			ContextTimeoutEnabled: true, ReadTimeout: redisTimeout, MaxRetries: redisRetries,
		})
	}
	o := &redis.Options{
		Addr: u.hosts[0], Username: user, Password: password, DB: u.db, PoolSize: pool,
		ContextTimeoutEnabled: true, ReadTimeout: redisTimeout, MaxRetries: redisRetries,
	}
	if u.scheme == "rediss" {
		host, _, _ := net.SplitHostPort(u.hosts[0]) // splitHosts has joined it
		o.TLSConfig = &tls.Config{ServerName: host, MinVersion: tls.VersionTLS12}
	}
	return redis.NewClient(o)
}

// pingRedis asks every master, and makes sure that the scheme is the right one.
func pingRedis(ctx context.Context, rdb redis.UniversalClient) error {
	err := eachMaster(ctx, rdb, func(ctx context.Context, node *redis.Client) error {
		info, err := node.Info(ctx, "cluster").Result()
		if _, cluster := rdb.(*redis.ClusterClient); err == nil && !cluster && strings.Contains(info, "cluster_enabled:1") {
			return errors.New("the server is a node of a cluster; want redis-cluster://")
		}
		return err
	})
	switch text := errorText(err); {
	case strings.Contains(text, "NOAUTH"):
		return errors.New("the server wants a password: redis://:password@host:port")
	case strings.Contains(text, "WRONGPASS"):
		return errors.New("the server knows no such user and password")
	case strings.Contains(text, "cluster support disabled"):
		return errors.New("the server is no node of a cluster; want redis://")
	}
	return err
}

func errorText(err error) string {
	if err == nil {
		return ""
	}
	return err.Error()
}

// removeKeys removes all keys with a prefix. Entries would go by themselves, tags stay
// for ever.
func removeKeys(ctx context.Context, rdb redis.UniversalClient, prefix string) error {
	const page = 1000
	return eachMaster(ctx, rdb, func(ctx context.Context, node *redis.Client) error {
		var cursor uint64
		for {
			keys, next, err := node.Scan(ctx, cursor, globEscape(prefix)+"*", page).Result()
			if err != nil {
				return err
			}
			// One by one: on a cluster, a command's keys have to be in one slot.
			_, err = node.Pipelined(ctx, func(p redis.Pipeliner) error {
				for _, key := range keys {
					p.Unlink(ctx, key)
				}
				return nil
			})
			if cursor = next; err != nil || cursor == 0 {
				return err
			}
		}
	})
}

// globEscape quotes what SCAN takes for a pattern.
func globEscape(text string) string {
	return strings.NewReplacer(`\`, `\\`, `*`, `\*`, `?`, `\?`, `[`, `\[`, `]`, `\]`).Replace(text)
}

func eachMaster(ctx context.Context, rdb redis.UniversalClient, f func(context.Context, *redis.Client) error) error {
	switch c := rdb.(type) {
	case *redis.ClusterClient:
		return c.ForEachMaster(ctx, f)
	case *redis.Client:
		return f(ctx, c)
	}
	return nil
}

// silent keeps the client from writing between the results.
type silent struct{}

func (silent) Printf(context.Context, string, ...any) {}
