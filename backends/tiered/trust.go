package tiered

import (
	"strings"
	"sync"
	"time"

	"github.com/gojohnny/gojohnny/backends"
)

// maxTrusted is how many tags are remembered. Above it, all are forgotten.
const maxTrusted = 1 << 16

// A trust remembers what the shared store told of tags, for a time. A nil trust
// remembers nothing.
//
// What it was told counts from when it asked, and a write of this process makes it
// forget, whatever was asked before:
//
//	1: reader: asks about orders     the shared store says 7
//	2: writer: COMMIT, lift          8
//	3: writer: forgets orders
//	4: reader: is told 7             and must not remember it
//	5: writer: reads orders          would not see its own write
type trust struct {
	most time.Duration

	mu     sync.RWMutex
	clock  uint64 // counts what is forgotten
	oldest uint64 // what was asked before is not remembered
	tags   map[string]*knowledge
}

// A knowledge is what is known of a tag.
type knowledge struct {
	state     backends.TagState
	known     bool
	asked     time.Time
	forgotten uint64 // by the trust's clock
}

// A question is when the shared store was asked.
type question struct {
	at    time.Time
	clock uint64
}

func newTrust(most time.Duration) *trust {
	return &trust{most: most, tags: map[string]*knowledge{}}
}

// ask is called before the shared store is.
func (t *trust) ask() question {
	if t == nil {
		return question{}
	}
	t.mu.RLock()
	defer t.mu.RUnlock()
	return question{at: time.Now(), clock: t.clock}
}

// left is for how long the answer to q may be trusted.
func (t *trust) left(q question) time.Duration {
	if t == nil {
		return 0
	}
	return t.most - time.Since(q.at)
}

// told remembers the answer to q. A fence is not remembered: its end should be seen
// at once.
func (t *trust) told(q question, tags []string, states []backends.TagState) {
	if t == nil {
		return
	}
	t.mu.Lock()
	defer t.mu.Unlock()
	for i, name := range tags {
		k := t.tagLocked(name)
		if q.clock >= max(k.forgotten, t.oldest) && !q.at.Before(k.asked) {
			k.state, k.known, k.asked = states[i], !states[i].Fenced, q.at
		}
	}
}

// forget forgets tags, and that they were asked about.
func (t *trust) forget(tags []string) {
	if t == nil {
		return
	}
	t.mu.Lock()
	defer t.mu.Unlock()
	t.clock++
	for _, name := range tags {
		k := t.tagLocked(name)
		k.known, k.forgotten = false, t.clock
	}
}

// forgetAll forgets all tags, and that they were asked about.
func (t *trust) forgetAll() {
	t.mu.Lock()
	defer t.mu.Unlock()
	t.forgetAllLocked()
}

func (t *trust) forgetAllLocked() {
	clear(t.tags)
	t.clock++
	t.oldest = t.clock
}

// states fills in the states of tags if all of them may be trusted.
func (t *trust) states(tags []string, states []backends.TagState) bool {
	t.mu.RLock()
	defer t.mu.RUnlock()
	oldest := time.Now().Add(-t.most)
	for i, name := range tags {
		k := t.tags[name]
		if k == nil || !k.known || !k.asked.After(oldest) {
			return false
		}
		states[i] = k.state
	}
	return true
}

// tagLocked returns what is known of a tag, to be changed.
func (t *trust) tagLocked(name string) *knowledge {
	k := t.tags[name]
	if k == nil {
		if len(t.tags) >= maxTrusted {
			t.forgetAllLocked()
		}
		k = &knowledge{}
		t.tags[strings.Clone(name)] = k // the caller's may be a piece of a large string
	}
	return k
}
