package redisstore_test

import (
	"context"
	"net"
	"slices"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"github.com/redis/go-redis/v9"

	"github.com/gojohnny/gojohnny/backends"
	"github.com/gojohnny/gojohnny/backends/redisstore"
	"github.com/gojohnny/gojohnny/internal/testservers"
)

// syncAtOnce has a master not wait for more replicas to come.
var syncAtOnce = []string{"--repl-diskless-sync-delay", "0"}

// replicate makes replica follow master, and returns when it does.
func replicate(t testing.TB, master, replica *redis.Client) {
	t.Helper()
	host, port, err := net.SplitHostPort(master.Options().Addr)
	must(t, err)
	must(t, replica.ConfigSet(t.Context(), "masterauth", master.Options().Password).Err())
	must(t, replica.ReplicaOf(t.Context(), host, port).Err())
	await(t, "replication", func() bool {
		info := must2(replica.Info(t.Context(), "replication").Result())(t)
		return strings.Contains(info, "master_link_status:up")
	})
}

// await returns once done reports true.
func await(t testing.TB, what string, done func() bool) {
	t.Helper()
	for deadline := time.Now().Add(30 * time.Second); !done(); {
		if time.Now().After(deadline) {
			t.Fatalf("%s: not yet after 30 s", what)
		}
		time.Sleep(time.Millisecond) // between two looks
	}
}

// A promoted replica that lacks the last writes has the generations of before, and
// the entries.
func TestFailoverToAReplicaThatLags(t *testing.T) {
	old, next := testservers.NewRedis(t, syncAtOnce...), testservers.NewRedis(t)
	master, replica := dial(t, old), dial(t, next)
	var addr atomic.Value
	addr.Store(master.Options().Addr)
	rdb := dial(t, old, func(o *redis.Options) {
		o.Dialer = func(ctx context.Context, network, _ string) (net.Conn, error) { // as Sentinel's does
			return (&net.Dialer{}).DialContext(ctx, network, addr.Load().(string))
		}
	})
	w := newWorld(t, open(t, rdb, nil))
	w.read("v1", miss)
	w.read("v1", hit)
	replicate(t, master, replica)
	must(t, replica.ReplicaOf(t.Context(), "NO", "ONE").Err()) // and the next write does not arrive
	w.write("v2")
	addr.Store(replica.Options().Addr)
	old.Kill(t)
	w.read("v2", miss)
	w.read("v2", hit)
	if got := w.store.Stats().Outlived; got == 0 {
		t.Error("no tag outlived its server; the test shows nothing")
	}
}

// A master that was demoted has the data of the other one, when it is promoted
// again: its process is the same.
func TestMasterDemotedAndPromotedAgain(t *testing.T) {
	first, second := testservers.NewRedis(t, syncAtOnce...), testservers.NewRedis(t, syncAtOnce...)
	a, b := dial(t, first), dial(t, second)
	w := newWorld(t, open(t, dial(t, first), nil))
	w.read("v1", miss)
	replicate(t, a, b)
	must(t, b.ReplicaOf(t.Context(), "NO", "ONE").Err())
	w.write("v2")
	w.read("v2", miss)
	replicate(t, b, a)
	must(t, a.ReplicaOf(t.Context(), "NO", "ONE").Err())
	must(t, a.ClientKillByFilter(t.Context(), "TYPE", "normal").Err()) // as Sentinel does
	w.read("v2", miss)
	w.read("v2", hit)
}

// A server may take another replication ID and lose neither data nor connections.
// A process that has not noticed must not begin the tags anew by turns with one
// that has.
func TestProcessesAgreeOnTheIncarnation(t *testing.T) {
	server := testservers.NewRedis(t)
	early := open(t, dial(t, server), nil)
	tags := newTags(1)
	before := load(t, early, tags)
	admin := dial(t, server)
	must(t, admin.ReplicaOf(t.Context(), "127.0.0.1", "1").Err()) // nobody is there
	must(t, admin.ReplicaOf(t.Context(), "NO", "ONE").Err())
	late := open(t, dial(t, server), nil)
	want := load(t, late, tags)
	if want[0] == before[0] {
		t.Error("the incarnation is the same; the test shows nothing")
	}
	for range 3 {
		for name, s := range map[string]*redisstore.Store{"early": early, "late": late} {
			if got := load(t, s, tags); !slices.Equal(got, want) {
				t.Errorf("%s: got %+v; want %+v", name, got, want)
			}
		}
	}
}

func TestWaitReplicas(t *testing.T) {
	first, second := testservers.NewRedis(t, syncAtOnce...), testservers.NewRedis(t)
	master, replica := dial(t, first), dial(t, second)
	opts := &redisstore.Options{WaitReplicas: 1, WaitTimeout: 50 * time.Millisecond}
	s := open(t, dial(t, first), opts)
	tags, token := []string{"app/public.users"}, backends.NewToken()
	calls := []struct {
		name   string
		call   func() error
		fences int // that stand afterwards
	}{
		{"Fence", func() error { return s.Fence(t.Context(), tags, token, time.Minute) }, 1},
		{"Lift", func() error { return s.Lift(t.Context(), tags, token, true) }, 0},
		{"FenceAndLook", func() error {
			_, err := s.FenceAndLook(t.Context(), tags, token, time.Minute, "app/")
			return err
		}, 1},
		{"LiftAndLook", func() error {
			_, err := s.LiftAndLook(t.Context(), tags, token, true, "app/")
			return err
		}, 0},
		{"Advance", func() error { return s.Advance(t.Context(), tags) }, 0},
	}
	for _, c := range calls {
		if c.call() == nil {
			t.Errorf("%s: acknowledged, and no replica has it", c.name)
		}
	}
	replicate(t, master, replica)
	opts.WaitTimeout = 2 * time.Second
	s = open(t, dial(t, first), opts)
	for _, c := range calls {
		must(t, c.call())
		if got := must2(replica.Get(t.Context(), tagKey(tags[0])).Result())(t); len(got) != 20+24*c.fences {
			t.Errorf("%s: the replica has %q; want %d fences", c.name, got, c.fences)
		}
	}
}

func TestWaitReplicasOnACluster(t *testing.T) {
	rdb := dialCluster(t, testservers.RedisCluster(t))
	s := open(t, rdb, &redisstore.Options{WaitReplicas: 1, WaitTimeout: time.Millisecond})
	tags := newTags(8)
	if err := s.Fence(t.Context(), tags, backends.NewToken(), time.Minute); err == nil || !strings.Contains(err.Error(), "0 of 1 replicas") {
		t.Errorf("got %v from a cluster without replicas", err)
	}
	for _, st := range load(t, s, tags) {
		if !st.Fenced {
			t.Error("not fenced")
		}
	}
}
