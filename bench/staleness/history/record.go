//go:build unix

package history

import "fmt"

// A Kind says what a record tells of.
type Kind uint8

// The kinds.
const (
	_       Kind = iota
	Read         // a read returned the version
	Write        // a write made the version, or tried to
	Heard        // a notification brought the version
	OwnRead      // a read inside of a transaction that had written the row
	Failure      // a read failed
	Stall        // the process stood still
	Untold       // the store did not take a fence, and does not know of the write until the end
)

// An Outcome says what became of an operation.
type Outcome uint8

// The outcomes.
const (
	Unknown  Outcome = iota // it never returned, or an error left it open
	Done                    // it was acknowledged
	Aborted                 // it is known not to have happened
	Canceled                // its context had ended: a read that failed for that
)

// A Source says how the cache met a read.
type Source uint8

// The sources.
const (
	Unasked Source = iota // the store was not asked: a bypass, or no cache
	Hit                   // the entry was current
	Miss                  // there was none, or it was outdated
	Fenced                // a write was on its way
	NoStore               // the store did not answer
)

// String is how a source reads in a schedule.
func (s Source) String() string {
	return [...]string{"", "hit", "miss", "fenced", "store down"}[s]
}

// A Record is one operation on one register. An operation on several has several.
type Record struct {
	present uint32 // 0 until the record is whole; written last

	Kind    Kind
	Outcome Outcome
	Source  Source
	Verb    Verb

	Key     uint32 // of the register
	Client  uint32 // of the process
	Version int64  // 0 if it was not learned
	Writer  int64  // the ID of the write that made the version, 0 for the first
	Begin   int64  // before the operation was sent
	End     int64  // after it returned, 0 if it never did
}

// A Verb says by what an operation was done: an index into the names that the
// worker gives to its statements.
type Verb uint8

// An ID of a write says in which log it is, and where. It is never 0.
type ID int64

// slotBits are for the slot; what is left below the sign is for 2^23 processes.
const slotBits = 40

func newID(process uint32, slot int) ID { return ID(int64(process)<<slotBits | int64(slot+1)) }

// Process is the number of the process that made the ID.
func (id ID) Process() uint32 { return uint32(id >> slotBits) }

// Slot is the index of the record in the log of the process.
func (id ID) Slot() int { return int(id&(1<<slotBits-1)) - 1 }

// String is the process and the slot.
func (id ID) String() string { return fmt.Sprintf("%d/%d", id.Process(), id.Slot()) }
