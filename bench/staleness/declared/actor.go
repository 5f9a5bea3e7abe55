//go:build unix

package declared

import (
	"encoding/json"
	"sync"
	"syscall"
	"time"

	"github.com/gojohnny/gojohnny/bench/staleness/fleet"
	"github.com/gojohnny/gojohnny/bench/staleness/worker"
	"github.com/gojohnny/gojohnny/bench/staleness/world"
	"github.com/gojohnny/gojohnny/invalidation"
)

var modes = map[bool]invalidation.Mode{true: invalidation.Strict, false: invalidation.Available}

// An actor is a process with a cache, which reaches the store through a proxy of its own.
type actor struct {
	s       *stage
	process *fleet.Worker
	proxies []*world.Proxy
	pgx     bool // it reads through pgx, not database/sql

	mu      sync.Mutex
	last    int
	pending map[int]chan worker.Reply
	at      chan string
}

// actor starts a process. Its settings are the stage's.
func (s *stage) actor(store storeAt) *actor {
	a := &actor{s: s, pending: map[int]chan worker.Reply{}, at: make(chan string, 10)}
	if s.err != nil {
		return a
	}
	cfg := s.base
	cfg.Process = uint32(len(s.actors) + 1)
	cfg.Log = s.log(len(s.actors) + 1)
	if cfg.Store, a.proxies, s.err = store.reach(s); s.err != nil {
		return a
	}
	if a.process, s.err = fleet.Start(cfg, a.hear); s.err == nil {
		a.pgx = a.process.Number%2 == 1
		s.actors = append(s.actors, a)
	}
	return a
}

// hear takes what the process says.
func (a *actor) hear(line []byte) {
	var r worker.Reply
	if json.Unmarshal(line, &r) != nil {
		return // it was killed in the middle of a line
	}
	if r.At != "" {
		a.at <- r.At
		return
	}
	a.mu.Lock()
	reply := a.pending[r.ID]
	delete(a.pending, r.ID)
	a.mu.Unlock()
	reply <- r
}

// ask sends a request, whose reply will come.
func (a *actor) ask(q worker.Request) <-chan worker.Reply {
	reply := make(chan worker.Reply, 1)
	if a.s.err != nil {
		return reply
	}
	a.mu.Lock()
	a.last++
	q.ID = a.last
	a.pending[q.ID] = reply
	a.mu.Unlock()
	line, err := json.Marshal(q)
	if err == nil {
		err = a.process.Send(string(line))
	}
	a.s.err = err
	return reply
}

// wait waits for a reply.
func (a *actor) wait(reply <-chan worker.Reply) worker.Reply {
	if a.s.err != nil {
		return worker.Reply{}
	}
	select {
	case r := <-reply:
		return r
	case <-a.process.Gone():
		a.s.fail("actor %d is gone", a.process.Number)
	case <-a.s.ctx.Done():
		a.s.fail("actor %d does not reply: %w", a.process.Number, a.s.ctx.Err())
	}
	return worker.Reply{}
}

// do is ask and wait, for what must not fail.
func (a *actor) do(q worker.Request) worker.Reply {
	r := a.wait(a.ask(q))
	if r.Err != "" {
		a.s.fail("%s: %s", q.Do, r.Err)
	}
	return r
}

// read asks for what the stage watches. Readers of odd numbers ask through pgx.
func (a *actor) read() worker.Reply {
	return a.do(worker.Request{Do: worker.DoRead, Text: a.s.query, PGX: a.pgx})
}

// write sends a write, and must not be refused.
func (a *actor) write(text string) worker.Reply {
	return a.do(worker.Request{Do: worker.DoWrite, Text: text, PGX: true})
}

// written is write for a store that was lost from sight: the first tries may be refused.
func (a *actor) written(text string) {
	a.s.await("a write", func() bool {
		r := a.wait(a.sends(text))
		if r.Err != "" && !r.Refused {
			a.s.fail("write: %s", r.Err)
		}
		return r.Err == ""
	})
}

// sends has a write on its way.
func (a *actor) sends(text string) <-chan worker.Reply {
	return a.ask(worker.Request{Do: worker.DoWrite, Text: text, PGX: true})
}

// ended waits for a write that was sent. Its end may bound the case.
func (a *actor) ended(reply <-chan worker.Reply) worker.Reply {
	r := a.wait(reply)
	if r.Err != "" {
		a.s.fail("write: %s", r.Err)
	}
	return r
}

// arm has something happen the next time that the process is at a point.
func (a *actor) arm(point string, action worker.Action) {
	if a.s.err == nil {
		line, err := json.Marshal(worker.Request{Do: worker.DoArm, Point: point, Action: action})
		if err == nil {
			err = a.process.Send(string(line))
		}
		a.s.err = err
	}
}

// comesTo waits until the process is at a point that it was armed for.
func (a *actor) comesTo(point string) {
	if a.s.err != nil {
		return
	}
	select {
	case at := <-a.at:
		if at != point {
			a.s.fail("actor %d came to %q; want %q", a.process.Number, at, point)
		}
	case <-time.After(20 * time.Second):
		a.s.fail("actor %d did not come to %q in 20 s", a.process.Number, point)
	}
}

// goOn ends a Wait, resume a Stop.
func (a *actor) goOn() { a.do(worker.Request{Do: worker.DoGo}) }

func (a *actor) resume() {
	if a.s.err == nil {
		a.process.Signal(syscall.SIGCONT)
	}
}

// untold is how much the store has not been told yet.
func (a *actor) untold() uint64 { return a.do(worker.Request{Do: worker.DoStats}).Pending }

// kill ends the process.
func (a *actor) kill() {
	if a.s.err == nil {
		a.process.Kill()
	}
}

// cut cuts the process off from the store.
func (a *actor) cut() {
	for _, p := range a.proxies {
		p.Cut()
	}
}

// delay makes the store slow for the process.
func (a *actor) delay(d time.Duration) {
	for _, p := range a.proxies {
		if err := p.Delay(d); err != nil {
			a.s.fail("delay: %w", err)
		}
	}
}

// mend ends cut.
func (a *actor) mend() {
	for _, p := range a.proxies {
		if err := p.Mend(); err != nil {
			a.s.fail("mend: %w", err)
		}
	}
}

// retarget puts the process before another server.
func (a *actor) retarget(addr string) {
	for _, p := range a.proxies {
		if err := p.Retarget(addr); err != nil {
			a.s.fail("retarget: %w", err)
		}
	}
}
