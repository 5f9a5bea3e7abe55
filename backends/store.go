package backends

import (
	"context"
	"crypto/rand"
	"encoding/binary"
	"errors"
	"time"
)

// ErrTooLarge is what Save answers, wrapped, to an entry that the store can never
// hold.
var ErrTooLarge = errors.New("entry too large")

// MaxTagLen is how many bytes a tag has at most.
const MaxTagLen = 512

// A Key says where an entry lives: a cryptographic digest of everything that
// shapes the result except the state of its tables.
type Key [32]byte

// A Token is a writer's, for one write: it tells its fence from every other.
type Token [16]byte

// NewToken returns a token that no other call returns, on any machine.
func NewToken() Token {
	var t Token
	rand.Read(t[:]) // never fails: crypto/rand's documentation
	return t
}

// A Generation is the version of what a tag stands for.
//
// INVARIANT: a tag's generation never returns to a value it has had, not even
// after the store lost it. A missing one starts at a random 63-bit value
// ([NewGeneration]), put there only where none stands (SET NX, add), and goes up
// by one with every advance.
type Generation uint64

// NewGeneration returns a value for a generation that the store does not have.
func NewGeneration() Generation {
	var b [8]byte
	rand.Read(b[:])                                          // never fails: crypto/rand's documentation
	return Generation(binary.LittleEndian.Uint64(b[:])) >> 1 // the upper half is room to count up
}

// A TagState is what Load finds at one tag at one instant.
type TagState struct {
	Generation Generation
	Fenced     bool // at least one write is on its way
}

// A Store keeps generations, fences and entries.
//
// All methods are safe for concurrent use, by many goroutines and, where the
// store is a server, many processes. They honour ctx as far as their client can,
// and say in their documentation where it cannot. None of them but Save keeps a
// slice it was given after it returned, and none changes its contents. Tags are any
// non-empty strings of at most MaxTagLen bytes; a call's tags are different from
// one another, and there may be none. What is absent is an answer, not an error:
// an error means that the store did not answer, and nothing is known of what it
// did.
//
// Leases and times to live run by the store's own clock; the hosts' clocks are
// never compared.
//
// What a store may lose at any time: entries, and generations as long as their
// INVARIANT holds. What it must not lose while it lives: fences. A store that
// can lose one (eviction, a restart, a failover) says so, and what prevents it.
type Store interface {
	// Load fills states[i] with the state of tags[i] and returns the entry
	// at key, nil if there is none. An empty entry is not nil. len(states) is
	// len(tags).
	//
	// The generation and fences of one tag are seen at one instant, which lies
	// within the call. The instants of different tags, and of the entry, may
	// differ, in any order. A tag without a generation gets one. A
	// fence whose lease ran out is settled first: it is removed and the
	// generation advanced, in one step.
	//
	// The entry may be shared with the store and with other callers: nobody
	// writes to it. It is the bytes of one Save under this very key, whole, or a
	// damaged store's, which the caller can tell from the entry's checksum.
	Load(ctx context.Context, key Key, tags []string, states []TagState) (entry []byte, err error)

	// Save keeps entry under key for at most ttl, in place of what stands there.
	// It may keep entry, which nobody writes to any more. ttl is positive.
	// An entry that is too large is ErrTooLarge, and what stood there may stay.
	Save(ctx context.Context, key Key, entry []byte, ttl time.Duration) error

	// Fence marks each tag with w's fence for the length of lease, which is
	// positive. Where w's fence stands already, its lease starts anew (renewal);
	// where it ran out, it stands again, and the generation has advanced.
	// Each tag is marked in one step; several tags in any order.
	// When Fence returns nil, every tag is fenced. When it returns an error, any
	// of them may be, or may become so shortly after.
	Fence(ctx context.Context, tags []string, w Token, lease time.Duration) error

	// Lift removes w's fence from each tag, and no other writer's, and advances
	// the generation if advance is set, in one step per tag. A fence that is not
	// there any more changes nothing about the advance. Lifting again is
	// harmless: at worst the generation advances once more.
	Lift(ctx context.Context, tags []string, w Token, advance bool) error

	// Advance moves the generation of each tag, whatever fences stand there, and
	// leaves those.
	Advance(ctx context.Context, tags []string) error
}

// A Locker is a Store that can elect one process: to fill a missed entry, or to move
// the epoch for definitions that have changed. Where a Store is no Locker, each process
// elects its own.
//
// A lock protects nothing but the load, the database's and the store's: two holders at
// once are harmless, and a lost lock is too.
type Locker interface {
	Store

	// TryLock reports whether w now holds the lock of key, for at most ttl, which
	// is positive. It does not wait. Where w holds it already, as after a request
	// that the client sent twice, its ttl starts anew.
	TryLock(ctx context.Context, key Key, w Token, ttl time.Duration) (bool, error)

	// Unlock gives up the lock of key if w holds it, and does nothing otherwise.
	Unlock(ctx context.Context, key Key, w Token) error
}

// A Looker is a Store that can look at one more tag in the round trip of a Fence or a
// Lift. Where a Store is no Looker, a Load comes after: see [FenceAndLook] and
// [LiftAndLook]. tag is none of tags.
type Looker interface {
	Store

	// FenceAndLook is Fence, and returns the state of tag at an instant when every
	// fence stands.
	FenceAndLook(ctx context.Context, tags []string, w Token, lease time.Duration, tag string) (TagState, error)

	// LiftAndLook is Lift, and returns the state of tag at an instant within the call.
	LiftAndLook(ctx context.Context, tags []string, w Token, advance bool, tag string) (TagState, error)
}

// A Downer is a Store that tells when it is out of reach, before anybody goes to the
// trouble of a call. Where a Store is no Downer, each call has to fail for itself.
type Downer interface {
	Store

	// Down reports whether a call would be refused, since no server answered
	// lately. It takes nanoseconds. It may be false at any time, and true only
	// as long as the store goes on looking whether a server answers again.
	Down() bool
}

// A Watcher is a Store that tells of changes as they happen, for those who remember
// what Load told them. Where a Store is no Watcher, they go by the time.
//
// It promises nothing about how soon: whoever needs the current state calls Load.
type Watcher interface {
	Store

	// Watch calls changed with tags whose state has changed, by anybody, and with
	// nil where it may have been any: when it begins to watch, when it has lost
	// the server, when it has found it again. It blocks until ctx ends, or until
	// it knows that it cannot watch, which the error says. changed is called by
	// several goroutines, and by none once Watch has returned.
	Watch(ctx context.Context, changed func(tags []string)) error
}
