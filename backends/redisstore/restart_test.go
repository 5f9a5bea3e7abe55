package redisstore_test

import (
	"context"
	"testing"

	"github.com/redis/go-redis/v9"

	"github.com/gojohnny/gojohnny/backends/redisstore"
	"github.com/gojohnny/gojohnny/internal/testservers"
)

// The server comes back with what it had before the last write: the old
// generations, and the old entries.
func TestRestartWithOldData(t *testing.T) {
	server := testservers.NewRedis(t)
	s := open(t, dial(t, server), nil)
	w, asleep := newWorld(t, s), newWorld(t, open(t, dial(t, server), nil))
	asleep.tags, asleep.key = w.tags, w.key
	w.read("v1", miss)
	w.read("v1", hit)
	asleep.read("v1", hit)
	must(t, dial(t, server).Save(t.Context()).Err())
	w.write("v2")
	w.read("v2", miss)
	server.Kill(t)
	server.Start(t)
	w.read("v2", miss)
	w.read("v2", hit)
	asleep.read("v2", hit) // of what w filled; it has not seen the restart until now
	if got := s.Stats().Outlived; got != 3 {
		t.Errorf("%d tags outlived their server; want 3", got)
	}
}

// A fence that was saved comes back, and stands.
func TestRestartWithOldDataWhileFenced(t *testing.T) {
	server := testservers.NewRedis(t)
	w := newWorld(t, open(t, dial(t, server), nil))
	w.read("v1", miss)
	w.fence()
	must(t, dial(t, server).Save(t.Context()).Err())
	w.write("v2")
	server.Kill(t)
	server.Start(t)
	w.read("v2", bypass)
	for i, st := range load(t, w.store, w.tags) {
		if !st.Fenced {
			t.Errorf("tag %d: a fence that was saved is gone", i)
		}
	}
}

// A beforeScript is a hook that runs before the next script does.
type beforeScript struct {
	run func()
}

func (h *beforeScript) DialHook(next redis.DialHook) redis.DialHook { return next }

func (h *beforeScript) ProcessPipelineHook(next redis.ProcessPipelineHook) redis.ProcessPipelineHook {
	return next
}

func (h *beforeScript) ProcessHook(next redis.ProcessHook) redis.ProcessHook {
	return func(ctx context.Context, cmd redis.Cmder) error {
		if run := h.run; run != nil && cmd.Name() == "evalsha" {
			h.run = nil
			run()
		}
		return next(ctx, cmd)
	}
}

// The server restarts with old data between the two round trips of a load: see
// settled.
func TestRestartWithOldDataWhileSettling(t *testing.T) {
	server := testservers.NewRedis(t)
	rdb := dial(t, server)
	w := newWorld(t, open(t, rdb, nil))
	w.read("v1", miss)
	must(t, dial(t, server).Save(t.Context()).Err())
	w.write("v2") // and the entry of v1 is still there
	w.fence()
	hook := &beforeScript{}
	rdb.AddHook(hook)
	hook.run = func() {
		server.Kill(t)
		server.Start(t)
	}
	w.read("v2", miss) // the fence was not saved
	if hook.run != nil {
		t.Error("no script ran; the test shows nothing")
	}
}

func TestRestartEmpty(t *testing.T) {
	server := testservers.NewRedis(t)
	w := newWorld(t, open(t, dial(t, server), nil))
	w.read("v1", miss)
	token := w.fence()
	server.Kill(t)
	server.Start(t)
	w.row = "v2"
	must(t, w.store.Lift(t.Context(), w.tags, token, true))
	w.read("v2", miss)
	w.write("v3")
	w.read("v3", miss)
}

func TestRestartOfAClusterNodeWithOldData(t *testing.T) {
	cluster := testservers.NewRedisCluster(t, 3)
	w := newWorld(t, open(t, dialCluster(t, cluster), nil))
	w.tags = newTags(12) // on every node
	w.read("v1", miss)
	for _, node := range cluster.Nodes {
		must(t, dial(t, node).Save(t.Context()).Err())
	}
	w.write("v2")
	w.read("v2", miss)
	for _, node := range cluster.Nodes {
		node.Kill(t)
	}
	for _, node := range cluster.Nodes {
		node.Start(t)
	}
	await(t, "a cluster that serves", func() bool { _, how := w.tryRead(); return how != bypass })
	w.read("v2", hit)
}

func TestFlushAll(t *testing.T) {
	server := testservers.NewRedis(t)
	w := newWorld(t, open(t, dial(t, server), nil))
	w.read("v1", miss)
	before := load(t, w.store, w.tags)
	must(t, dial(t, server).FlushAll(t.Context()).Err())
	for i, st := range load(t, w.store, w.tags) {
		if st.Generation == before[i].Generation {
			t.Errorf("generation %d came back", st.Generation)
		}
	}
	w.read("v1", miss)
	w.write("v2")
	w.read("v2", miss)
}

// A fence that is lost, with the tag, under a write that takes long:
//
//	1: writer: fence
//	2: FLUSHALL
//	3: reader: load, query    sees the rows before the write
//	4: writer: COMMIT
//	5: reader: save           old rows under the generation of step 3
//	6: writer: lift
//
// Between 4 and 6 the old rows are served. With a quarantine, step 3 bypasses.
func TestFlushAllUnderAWrite(t *testing.T) {
	for _, quarantine := range []bool{false, true} {
		server := testservers.NewRedis(t)
		opts := redisstore.Options{}
		want := []outcome{miss, hit}
		if quarantine {
			opts.Quarantine = hour
			want = []outcome{bypass, bypass}
		}
		w := newWorld(t, open(t, dial(t, server), &opts))
		token := w.fence()
		must(t, dial(t, server).FlushAll(t.Context()).Err())
		w.read("v1", want[0])
		w.row = "v2"
		if _, how := w.tryRead(); how != want[1] {
			t.Errorf("quarantine %v: between COMMIT and lift: a %s; want a %s", quarantine, how, want[1])
		}
		must(t, w.store.Lift(t.Context(), w.tags, token, true))
		w.read("v2", want[0])
	}
}

func TestScriptFlush(t *testing.T) {
	cluster := testservers.RedisCluster(t)
	for name, rdb := range map[string]redis.UniversalClient{
		"single":  dial(t, testservers.NewRedis(t)),
		"cluster": dialCluster(t, cluster),
	} {
		t.Run(name, func(t *testing.T) {
			w := newWorld(t, open(t, rdb, nil))
			for _, row := range []string{"v2", "v3", "v4"} {
				must(t, rdb.ScriptFlush(t.Context()).Err())
				w.read(w.row, miss)
				must(t, rdb.ScriptFlush(t.Context()).Err())
				w.write(row)
			}
		})
	}
}
