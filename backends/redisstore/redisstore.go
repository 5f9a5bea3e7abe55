package redisstore

import (
	"cmp"
	"errors"
	"fmt"
	"sync"
	"time"

	"github.com/redis/go-redis/v9"

	"github.com/gojohnny/gojohnny/backends"
	"github.com/gojohnny/gojohnny/backends/breaker"
)

const (
	defaultPrefix      = "gojohnny:"
	defaultWaitTimeout = 500 * time.Millisecond
)

// Options adjust a Store. The zero value and nil stand for the defaults.
type Options struct {
	// Prefix begins every key in the server. Defaults to "gojohnny:". Programs
	// that write to one database have to share it. On a cluster, one that holds
	// a hash tag ("{app}:") keeps everything on one node.
	Prefix string

	// Quarantine is for how long a tag that the server did not know is taken for
	// fenced, so that a fence that was lost with it does no harm: set it to the
	// protocol's lease where the server may lose a key that has no time to live
	// (FLUSHALL, allkeys eviction, a restart, a failover). The price is that
	// nothing is cached on a tag for that long after it was first used, or lost.
	// Defaults to none.
	Quarantine time.Duration

	// CompressAbove is the size in bytes above which entries are compressed, with
	// S2. Defaults to 0: none are. Programs with different settings understand
	// one another.
	CompressAbove int

	// WaitReplicas is how many replicas must have a fence, a lift or an advance
	// before it counts as done. Without them it fails, and the protocol's mode
	// decides, as for any store out of reach. Defaults to 0: the master's word is
	// enough.
	WaitReplicas int

	// WaitTimeout is how long the replicas may take. It must be shorter than the
	// client's ReadTimeout. Defaults to 500 ms.
	WaitTimeout time.Duration
}

func (o *Options) check() error {
	switch {
	case o.Quarantine < 0:
		return fmt.Errorf("redisstore: Quarantine is %v, want 0 or more", o.Quarantine)
	case o.CompressAbove < 0:
		return fmt.Errorf("redisstore: CompressAbove is %d, want 0 or more", o.CompressAbove)
	case o.WaitReplicas < 0:
		return fmt.Errorf("redisstore: WaitReplicas is %d, want 0 or more", o.WaitReplicas)
	case o.WaitTimeout < 0:
		return fmt.Errorf("redisstore: WaitTimeout is %v, want 0 for the default or more", o.WaitTimeout)
	}
	return nil
}

// A Store keeps generations, fences and entries in Redis. It is a [backends.Store]
// and, besides, a [backends.Locker], a [backends.Looker], a [backends.Downer] and a
// [backends.Watcher]; all methods are safe for concurrent use.
type Store struct {
	rdb      redis.UniversalClient
	cluster  *redis.ClusterClient // rdb, or nil if it is no cluster
	opts     Options
	counts   counters
	breakers breaker.Group

	mu    sync.Mutex
	nodes map[string]*node // by address
}

var (
	_ backends.Locker  = (*Store)(nil)
	_ backends.Looker  = (*Store)(nil)
	_ backends.Downer  = (*Store)(nil)
	_ backends.Watcher = (*Store)(nil)
)

// New returns a Store that uses rdb, which the caller closes. It does not connect.
// It adds hooks to rdb, which stay there.
//
// The error says what is out of range in opts, or why rdb cannot be used: it must
// be a [redis.Client], with or without Sentinel, or a [redis.ClusterClient], must
// not read from replicas, and must not keep a cache of its own.
func New(rdb redis.UniversalClient, opts *Options) (*Store, error) {
	o := Options{}
	if opts != nil {
		o = *opts
	}
	if err := o.check(); err != nil {
		return nil, err
	}
	o.Prefix = cmp.Or(o.Prefix, defaultPrefix)
	o.WaitTimeout = cmp.Or(o.WaitTimeout, defaultWaitTimeout)
	s := &Store{rdb: rdb, opts: o, nodes: map[string]*node{}}
	var err error
	switch c := rdb.(type) {
	case *redis.Client:
		err = s.useClient(c)
	case *redis.ClusterClient:
		err = s.useCluster(c)
	case *redis.Ring:
		err = errRing
	default:
		err = fmt.Errorf("a %T is neither a *redis.Client nor a *redis.ClusterClient", rdb)
	}
	if err != nil {
		return nil, fmt.Errorf("redisstore: new: %w", err)
	}
	return s, nil
}

var (
	errRing = errors.New("a Ring moves a key to another server while its own is down, and back: " +
		"generations that were there before would return; use Redis Cluster")
	errReadsReplicas = errors.New("the client reads from replicas (ReadOnly, RouteByLatency, RouteRandomly), whose data lags behind")
	errOwnCache      = errors.New("the client has a cache of its own (ClientSideCache), which lags behind the server")
)

func (s *Store) useClient(c *redis.Client) error {
	if o := c.Options(); o.ClientSideCache != nil || o.ClientSideCacheConfig != nil {
		return errOwnCache
	}
	if err := s.checkWait(c.Options().ReadTimeout); err != nil {
		return err
	}
	s.adopt(c)
	return nil
}

func (s *Store) useCluster(c *redis.ClusterClient) error {
	if o := c.Options(); o.ReadOnly || o.RouteByLatency || o.RouteRandomly {
		return errReadsReplicas
	}
	if err := s.checkWait(c.Options().ReadTimeout); err != nil {
		return err
	}
	s.cluster = c
	c.OnNewNode(s.adopt)
	return nil
}

func (s *Store) checkWait(readTimeout time.Duration) error {
	if s.opts.WaitReplicas > 0 && readTimeout > 0 && s.opts.WaitTimeout >= readTimeout {
		return fmt.Errorf("WaitTimeout is %v, want less than the client's ReadTimeout of %v", s.opts.WaitTimeout, readTimeout)
	}
	return nil
}

// adopt makes the server behind c a node. The client forgets servers that left a
// cluster, and makes them anew when they return.
func (s *Store) adopt(c *redis.Client) {
	s.mu.Lock()
	defer s.mu.Unlock()
	addr := c.Options().Addr
	n := s.nodes[addr]
	if n != nil && n.rdb == c {
		return
	}
	if n != nil {
		n.breaker.Leave()
	}
	s.nodes[addr] = newNode(c, &s.breakers)
}

// Down implements [backends.Downer]. On a cluster it takes all masters to be down.
func (s *Store) Down() bool { return s.breakers.Down() }

// The keys in a backends.Key's place hold its bytes as they are.
func (s *Store) entryKey(key backends.Key) string { return s.opts.Prefix + "e:" + string(key[:]) }

func (s *Store) tagKey(tag string) string { return s.opts.Prefix + "t:" + tag }

func (s *Store) lockKey(key backends.Key) string { return s.opts.Prefix + "l:" + string(key[:]) }
