package backendtest

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"maps"
	"runtime"
	"slices"
	"strings"
	"sync"
	"time"

	"github.com/gojohnny/gojohnny/backends"
)

// A reference is the contract in as few lines as it takes, with everything under
// one mutex. Each fault breaks one sentence.
type reference struct {
	fault fault

	mu      sync.Mutex
	down    bool
	tags    map[string]*refTag
	entries map[backends.Key]refEntry
	locks   map[backends.Key]refLock

	served    map[backends.Token]bool // by a fault: writers that were seen
	leftReply []byte                  // by a fault: to a call that was cancelled
	kept      func()                  // by a fault: a Fence that waits for the next Load
}

type refTag struct {
	generation backends.Generation
	fences     map[backends.Token]time.Time
}

type refEntry struct {
	bytes []byte
	until time.Time
}

type refLock struct {
	holder backends.Token
	until  time.Time
}

const refMaxEntry = 2 << 20

var errDown = errors.New("reference: down")

func newReference(f fault) *reference {
	return &reference{
		fault:   f,
		tags:    map[string]*refTag{},
		entries: map[backends.Key]refEntry{},
		locks:   map[backends.Key]refLock{},
		served:  map[backends.Token]bool{},
	}
}

func (r *reference) Load(ctx context.Context, key backends.Key, tags []string, states []backends.TagState) ([]byte, error) {
	if err := r.answers(ctx); err != nil {
		return nil, err
	}
	if err := r.takes(tags); err != nil {
		return nil, err
	}
	if r.kept != nil {
		r.kept()
	}
	for i, name := range tags {
		states[i] = r.loadTag(name, states[i])
	}
	if r.fault == loadsInReverse {
		slices.Reverse(states)
	}
	return r.loadEntry(ctx, key)
}

func (r *reference) loadEntry(ctx context.Context, key backends.Key) ([]byte, error) {
	if r.fault == leavesReplies {
		runtime.Gosched()
	}
	r.mu.Lock()
	defer r.mu.Unlock()
	e, ok := r.entries[r.key(key)]
	switch {
	case r.fault == leavesReplies && ctx.Err() != nil:
		r.leftReply = e.bytes
		return nil, ctx.Err()
	case r.leftReply != nil:
		left := r.leftReply
		r.leftReply = nil
		return left, nil
	case r.fault == missIsEmpty && !ok:
		return []byte{}, nil
	case !ok, r.fault != entryNeverExpires && !e.until.After(time.Now()):
		return nil, nil
	case r.fault == emptyEntryIsNil && len(e.bytes) == 0:
		return nil, nil
	case r.fault == entryCutAtNUL:
		head, _, _ := bytes.Cut(e.bytes, []byte{0})
		return head, nil
	}
	return e.bytes, nil
}

func (r *reference) loadTag(name string, old backends.TagState) backends.TagState {
	if r.fault == createsWithPlainSet {
		r.createLate(name)
	}
	r.mu.Lock()
	defer r.mu.Unlock()
	tag := r.tagLocked(name)
	switch r.fault {
	case loadAdvances:
		tag.generation++
	case loadsInTwoSteps:
		g := tag.generation
		r.mu.Unlock()
		runtime.Gosched()
		r.mu.Lock()
		return backends.TagState{Generation: g, Fenced: len(tag.fences) > 0}
	case expiryWithoutAdvance:
		maps.DeleteFunc(tag.fences, ranOut)
	case expiryAdvancesLater:
		if n := len(tag.fences); n > 0 {
			maps.DeleteFunc(tag.fences, ranOut)
			st := backends.TagState{Generation: tag.generation, Fenced: len(tag.fences) > 0}
			tag.generation += backends.Generation(n - len(tag.fences))
			return st
		}
	default:
		r.settleLocked(tag)
	}
	return backends.TagState{
		Generation: tag.generation,
		Fenced:     len(tag.fences) > 0 || r.fault == keepsOldStates && old.Fenced,
	}
}

func (r *reference) Save(ctx context.Context, key backends.Key, entry []byte, ttl time.Duration) error {
	if err := r.answers(ctx); err != nil {
		return err
	}
	if len(entry) > refMaxEntry && r.fault != acceptsTooLarge {
		return fmt.Errorf("reference: save: %w", backends.ErrTooLarge)
	}
	r.mu.Lock()
	defer r.mu.Unlock()
	old, ok := r.entries[r.key(key)]
	e := refEntry{bytes: append([]byte{}, entry...), until: time.Now().Add(ttl)}
	switch {
	case r.fault == savesWithAdd && ok:
		return nil
	case r.fault == keepsOldTTL && ok:
		e.until = old.until
	case r.fault == savesInPlace && ok && cap(old.bytes) >= len(entry):
		e.bytes = append(old.bytes[:0], entry...)
	}
	r.entries[r.key(key)] = e
	return nil
}

func (r *reference) Fence(ctx context.Context, tags []string, w backends.Token, lease time.Duration) error {
	if r.fault == cancelledIsDone && ctx.Err() != nil {
		return nil
	}
	if err := r.answers(ctx); err != nil {
		return err
	}
	switch r.fault {
	case fencesFirstTagOnly:
		tags = tags[:min(1, len(tags))]
	case fencesNothing:
		tags = nil
	case keepsSlice:
		r.kept = func() {
			for _, name := range tags {
				r.fenceTag(name, w, lease)
			}
		}
		return nil
	}
	for _, name := range tags {
		r.fenceTag(name, w, lease)
	}
	return nil
}

func (r *reference) fenceTag(name string, w backends.Token, lease time.Duration) {
	r.mu.Lock()
	defer r.mu.Unlock()
	if r.fault == fenceNeedsGeneration && r.tags[r.tagName(name)] == nil {
		return
	}
	tag := r.tagLocked(name)
	_, stands := tag.fences[w]
	switch {
	case r.fault == sharesTokens:
		w = backends.Token{}
	case r.fault == renewalDoesNotExtend && stands:
		return
	case r.fault == renewalNeverShortens && stands && tag.fences[w].After(time.Now().Add(lease)):
		return
	case r.fault == tokensServeOnce && r.served[w]:
		return
	case r.fault == renewalStacks && stands:
		tag.fences[backends.NewToken()] = time.Now().Add(lease)
	case r.fault == secondFenceReplacesFirst:
		clear(tag.fences)
	}
	if r.fault != lateRenewalRevives {
		r.settleLocked(tag)
	}
	if r.fault == fenceAdvances {
		tag.generation++
	}
	if r.fault == leaseEndsEarly {
		lease /= 2
	}
	tag.fences[w] = time.Now().Add(lease)
	r.served[w] = true
}

func (r *reference) FenceAndLook(ctx context.Context, tags []string, w backends.Token, lease time.Duration, tag string) (backends.TagState, error) {
	before, _ := backends.Look(ctx, r, tag)
	for range 100 {
		runtime.Gosched()
	}
	if err := r.Fence(ctx, tags, w, lease); err != nil || r.fault == looksFirst {
		return before, err
	}
	return backends.Look(ctx, r, tag)
}

func (r *reference) LiftAndLook(ctx context.Context, tags []string, w backends.Token, advance bool, tag string) (backends.TagState, error) {
	if err := r.Lift(ctx, tags, w, advance); err != nil || r.fault == looksAway {
		return backends.TagState{}, err
	}
	return backends.Look(ctx, r, tag)
}

func (r *reference) Lift(ctx context.Context, tags []string, w backends.Token, advance bool) error {
	if err := r.answers(ctx); err != nil {
		return err
	}
	for _, name := range tags {
		r.liftTag(name, w, advance)
	}
	return nil
}

func (r *reference) liftTag(name string, w backends.Token, advance bool) {
	r.mu.Lock()
	defer r.mu.Unlock()
	tag := r.tagLocked(name)
	if r.fault == sharesTokens {
		w = backends.Token{}
	}
	_, stands := tag.fences[w]
	delete(tag.fences, w)
	switch r.fault {
	case liftRemovesAll:
		clear(tag.fences)
	case liftForgetsExpired:
		maps.DeleteFunc(tag.fences, ranOut)
	case liftAlwaysAdvances:
		advance = true
	case liftNeverAdvances:
		advance = false
	case liftInTwoSteps:
		r.mu.Unlock()
		runtime.Gosched()
		r.mu.Lock()
	}
	if advance && (stands || r.fault != liftNeedsItsFence) {
		tag.generation++
	}
}

func (r *reference) Advance(ctx context.Context, tags []string) error {
	if err := r.answers(ctx); err != nil {
		return err
	}
	r.mu.Lock()
	defer r.mu.Unlock()
	if r.fault == advancesFirstTagOnly {
		tags = tags[:min(1, len(tags))]
	}
	for _, name := range tags {
		tag := r.tagLocked(name)
		tag.generation++
		switch r.fault {
		case advanceDropsFences:
			clear(tag.fences)
		case advanceFences:
			tag.fences[backends.NewToken()] = time.Now().Add(long)
		case advanceSkips:
			tag.generation++
		}
	}
	return nil
}

func (r *reference) TryLock(ctx context.Context, key backends.Key, w backends.Token, ttl time.Duration) (bool, error) {
	if err := r.answers(ctx); err != nil {
		return false, err
	}
	r.mu.Lock()
	defer r.mu.Unlock()
	key = r.key(key)
	held, ok := r.locks[key]
	if r.fault == lockInTwoSteps {
		r.mu.Unlock()
		runtime.Gosched()
		r.mu.Lock()
	}
	if r.fault == lockIsEverybodys {
		ok = false
	}
	stands := ok && (held.until.After(time.Now()) || r.fault == lockNeverEnds)
	if stands && (held.holder != w || r.fault == lockAgainIsRefused) {
		return false, nil
	}
	r.locks[key] = refLock{w, time.Now().Add(ttl)}
	if r.fault == lockIsAnEntry {
		r.entries[key] = refEntry{w[:], time.Now().Add(ttl)}
	}
	return true, nil
}

func (r *reference) Unlock(ctx context.Context, key backends.Key, w backends.Token) error {
	if err := r.answers(ctx); err != nil {
		return err
	}
	r.mu.Lock()
	defer r.mu.Unlock()
	key = r.key(key)
	if r.locks[key].holder == w || r.fault == unlockIsAnybodys {
		delete(r.locks, key)
	}
	if r.fault == unlockDoesNothing {
		r.locks[key] = refLock{w, time.Now().Add(long)}
	}
	return nil
}

// answers reports why the store does not.
func (r *reference) answers(ctx context.Context) error {
	r.mu.Lock()
	defer r.mu.Unlock()
	switch {
	case r.down && r.fault != downIsAMiss:
		return errDown
	case r.fault == leavesReplies:
		return nil
	}
	return ctx.Err()
}

// takes reports what a faulty store has against tags.
func (r *reference) takes(tags []string) error {
	switch {
	case r.fault == sortsTags:
		slices.Sort(tags)
	case r.fault == refusesNoTags && len(tags) == 0:
		return errors.New("reference: no tags")
	case r.fault == refusesSpaces && slices.ContainsFunc(tags, func(t string) bool { return strings.ContainsAny(t, " \n") }):
		return errors.New("reference: malformed key")
	}
	return nil
}

func (r *reference) tagName(name string) string {
	switch {
	case r.fault == foldsCase:
		return strings.ToLower(name)
	case r.fault == cutsLongTags && len(name) > 250:
		return name[:250]
	}
	return name
}

func (r *reference) key(k backends.Key) backends.Key {
	if r.fault == cutsKeys {
		clear(k[16:])
	}
	return k
}

func (r *reference) restart() {
	r.mu.Lock()
	defer r.mu.Unlock()
	if r.fault != restartBringsBack {
		clear(r.tags)
		clear(r.entries)
	}
	for _, tag := range r.tags { // what a snapshot from before the last writes holds
		tag.generation -= 2
	}
}

func (r *reference) setDown(down bool) {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.down = down
}

func (r *reference) settleLocked(tag *refTag) {
	before := len(tag.fences)
	maps.DeleteFunc(tag.fences, ranOut)
	tag.generation += backends.Generation(before - len(tag.fences))
}

func ranOut(_ backends.Token, until time.Time) bool { return !until.After(time.Now()) }

// tagLocked returns the tag called name, and makes it where there is none.
func (r *reference) tagLocked(name string) *refTag {
	name = r.tagName(name)
	tag := r.tags[name]
	if tag == nil {
		tag = &refTag{generation: backends.NewGeneration(), fences: map[backends.Token]time.Time{}}
		if r.fault == startsAtOne {
			tag.generation = 1
		}
		r.tags[name] = tag
		if r.fault == dropsFencedTags && len(r.tags) > 1000 {
			r.tags = map[string]*refTag{name: tag}
		}
	}
	return tag
}

// createLate makes a tag as a client would that asks, gets nothing, and sets.
func (r *reference) createLate(name string) {
	r.mu.Lock()
	tag := r.tags[name]
	r.mu.Unlock()
	if tag != nil {
		return
	}
	runtime.Gosched()
	r.mu.Lock()
	r.tags[name] = &refTag{generation: backends.NewGeneration(), fences: map[backends.Token]time.Time{}}
	r.mu.Unlock()
}

var (
	_ backends.Locker = (*reference)(nil)
	_ backends.Looker = (*reference)(nil)
)
