//go:build unix

package declared

import (
	"bufio"
	"context"
	"fmt"
	"io"
	"net"
	"time"

	"github.com/gojohnny/gojohnny/bench/staleness/worker"
	"github.com/gojohnny/gojohnny/bench/staleness/world"
)

// A loss is how a Redis loses a fence.
type loss struct {
	before func(*stage, *redisAt) // what is done before the fence; may be nil
	lose   func(*stage, *redisAt)
}

var (
	flushed   = loss{lose: func(s *stage, r *redisAt) { s.redisDo(r, "FLUSHALL") }}
	restarted = loss{lose: func(s *stage, r *redisAt) { s.restart(r) }}
	restored  = loss{
		before: func(s *stage, r *redisAt) { s.redisDo(r, "SAVE") },
		lose:   func(s *stage, r *redisAt) { s.restart(r) },
	}
)

func (s *stage) redisDo(r *redisAt, args ...any) {
	if s.err == nil {
		s.err = r.admin.Do(s.ctx, args...).Err()
	}
}

func (s *stage) restart(r *redisAt) {
	if s.err == nil {
		s.err = r.Kill()
	}
	if s.err == nil {
		s.err = r.Start()
	}
}

// quarantined is where Quarantine is the remedy. Without it no renewal places the fence
// again; with it, the lease is no longer than it takes to show it.
func (s *stage) quarantined() {
	s.long()
	if s.remedied {
		s.base.Lease = 3 * s.lease
		s.base.Quarantine = s.base.Lease
	}
}

func lostFence(s *stage, l loss) {
	s.quarantined()
	store := s.redis()
	before := func() {
		if l.before != nil {
			l.before(s, store)
		}
	}
	s.losesFence(store, before, func() { l.lose(s, store) })
}

func memcachedFlushed(s *stage) {
	s.quarantined()
	store := s.memcached()
	s.losesFence(store, func() {}, func() {
		if s.err == nil {
			s.err = store.Flush(s.ctx)
		}
	})
}

// losesFence has the store lose what it has between the fence of a write and its COMMIT.
//
//	1: writer: fence reg
//	2: store:  loses it
//	3: reader: read               the rows of before, kept under a new generation
//	4: writer: COMMIT
//	5: reader: read               a hit: stale
//	6: writer: lift               the write is acknowledged after it
func (s *stage) losesFence(store storeAt, before, lose func()) {
	s.base.TTL = time.Hour
	r, w := s.actor(store), s.actor(store)
	s.warm(r)
	before()
	w.arm(worker.AtCommit, worker.Wait)
	w.arm(worker.AtLift, worker.Wait)
	write := w.sends(s.update())
	w.comesTo(worker.AtCommit)
	lose()
	s.keep(r)
	w.goOn()
	s.looksBeforeLift(r, w, write)
}

// looksBeforeLift looks between a commit and its lift, at which the writer waits. The write
// is acknowledged after it, which bounds the case.
func (s *stage) looksBeforeLift(r, w *actor, write <-chan worker.Reply) {
	w.comesTo(worker.AtLift)
	s.watch(r, heldUp)
	w.goOn()
	s.bound(w.ended(write).End)
	s.watchUntilFresh(r)
}

func lostFenceAndWriter(s *stage) {
	s.quarantined()
	store := s.redis()
	r, w := s.actor(store), s.actor(store)
	s.warm(r)
	w.arm(worker.AtCommit, worker.Wait)
	w.arm(worker.AtLift, worker.Die)
	w.sends(s.update())
	w.comesTo(worker.AtCommit)
	s.redisDo(store, "FLUSHALL")
	kept := s.keep(r)
	w.ask(worker.Request{Do: worker.DoGo})
	w.comesTo(worker.AtLift)
	s.look()
	s.expires(kept)
	s.watchUntilFresh(r)
}

func evicted(s *stage) {
	s.long()
	policy := "allkeys-lru"
	if s.remedied {
		policy = "volatile-lru"
	}
	store := s.redis("--maxmemory", "8mb", "--maxmemory-policy", policy)
	s.losesFence(store, func() {}, func() {
		s.await("the eviction of the fence", func() bool {
			s.err = world.FillRedis(s.ctx, store.URL())
			return s.remedied || s.err == nil && len(s.tags(store)) == 0
		})
	})
}

// tags are the keys of the tags that stand.
func (s *stage) tags(r *redisAt) []string {
	if s.err != nil {
		return nil
	}
	var keys []string
	keys, s.err = r.admin.Keys(s.ctx, s.base.Prefix+"t:*").Result()
	return keys
}

// failover has a replica promoted that was cut off from its master before the fence.
func failover(s *stage) {
	s.long()
	if s.remedied {
		s.base.WaitReplicas = 1
	}
	master, replica := s.redis("--repl-diskless-sync-delay", "0"), s.redis()
	link := s.replicate(master, replica)
	s.base.TTL = time.Hour
	r, w := s.actor(master), s.actor(master)
	s.warm(r)
	if s.err != nil {
		return
	}
	link.Cut()
	w.arm(worker.AtCommit, worker.Wait)
	w.arm(worker.AtLift, worker.Wait)
	write := w.sends(s.update())
	if s.remedied {
		if reply := w.wait(write); !reply.Refused {
			s.fail("a write whose fence no replica has: got error %q; want it refused", reply.Err)
		}
	} else {
		w.comesTo(worker.AtCommit)
	}
	s.promote(master, replica, r, w)
	s.keep(r)
	if s.remedied {
		return
	}
	w.goOn()
	s.looksBeforeLift(r, w, write)
}

// replicate has a replica follow a master through a proxy.
func (s *stage) replicate(master, replica *redisAt) (link *world.Proxy) {
	if s.err != nil {
		return nil
	}
	if link, s.err = s.proxy(master.URL().Host); s.err != nil {
		return nil
	}
	host, port, _ := net.SplitHostPort(link.Addr) // a proxy has made it
	password, _ := master.URL().User.Password()
	s.redisDo(replica, "CONFIG", "SET", "masterauth", password)
	s.redisDo(replica, "REPLICAOF", host, port)
	s.await("the replica", func() bool {
		var got int64
		got, s.err = master.admin.Wait(s.ctx, 1, 100*time.Millisecond).Result()
		return got == 1
	})
	return link
}

func (s *stage) promote(master, replica *redisAt, actors ...*actor) {
	s.redisDo(replica, "REPLICAOF", "NO", "ONE")
	if s.err != nil {
		return
	}
	s.err = master.Kill()
	for _, a := range actors {
		a.retarget(replica.URL().Host)
	}
}

// leaseEvicted has the item of a lease evicted by others of its size.
func leaseEvicted(s *stage) {
	s.long()
	s.base.Quarantine = s.lease // for tags, which are not what this is about
	args := []string{"-m", "8"}
	if s.remedied {
		args = append(args, "-o", "temporary_ttl=61")
	}
	store := s.memcached(args...)
	s.losesFence(store, func() {}, func() {
		if s.err == nil {
			s.err = fillSmall(s.ctx, store.Addr())
		}
	})
}

// fillSmall sets more items of a lease's size than a memcached of 8 MiB has room for.
func fillSmall(ctx context.Context, addr string) error {
	const items, keySize = 300_000, len("declared:f:") + 22
	conn, err := (&net.Dialer{}).DialContext(ctx, "tcp", addr)
	if err != nil {
		return err
	}
	defer func() { _ = conn.Close() }() // has been answered
	out := bufio.NewWriter(conn)
	for i := range items {
		if _, err := fmt.Fprintf(out, "set %0*d 0 0 0 noreply\r\n\r\n", keySize, i); err != nil {
			return err
		}
	}
	if _, err := out.WriteString("mn\r\n"); err != nil {
		return err
	}
	if err := out.Flush(); err != nil {
		return err
	}
	_, err = io.ReadFull(conn, make([]byte, len("MN\r\n")))
	return err
}

// backInTime puts the tags of before a write in the place of those after it.
//
//	1: reader: read               kept under generation 7
//	2: DUMP                       7
//	3: writer: write              7 -> 8
//	4: RESTORE                    7
//	5: reader: read               a hit: stale
func backInTime(s *stage) {
	store := s.redis()
	r, w := s.actor(store), s.actor(store)
	kept := s.warm(r)
	dumps := map[string]string{}
	if s.remedied {
		s.redisDo(store, "SAVE")
	}
	for _, key := range s.tags(store) {
		if s.err == nil {
			dumps[key], s.err = store.admin.Dump(s.ctx, key).Result()
		}
	}
	w.write(s.update())
	s.look()
	if s.remedied {
		s.restart(store)
	} else {
		for key, dump := range dumps {
			s.redisDo(store, "RESTORE", key, 0, dump, "REPLACE")
		}
	}
	s.expires(kept)
	s.watchUntilFresh(r)
}

func twoMasters(s *stage) {
	old, other := s.redis(), s.redis()
	r, w := s.actor(old), s.actor(old)
	s.warm(w)
	kept := s.warm(r)
	if s.err == nil {
		w.retarget(other.URL().Host)
	}
	w.written(s.update())
	s.look()
	s.expires(kept)
	s.watchUntilFresh(r)
}

// movedAndBack puts a memcached out of the list of servers and back. Entries live for whole
// seconds there, of a clock that ticks each second, or later where the machine is busy.
func movedAndBack(s *stage) {
	s.ttl = 2*s.ttl + 900*time.Millisecond
	s.base.TTL = s.ttl
	first, other := s.memcached(), s.memcached()
	r, w := s.actor(first), s.actor(first)
	s.warm(w)
	kept := s.warm(r)
	if s.err != nil {
		return
	}
	w.retarget(other.Addr())
	r.retarget(other.Addr())
	w.written(s.update())
	s.look()
	if s.remedied {
		s.err = first.Flush(s.ctx)
	}
	r.retarget(first.Addr())
	s.reached(r)
	s.expires(kept)
	s.watchUntilFresh(r)
}
