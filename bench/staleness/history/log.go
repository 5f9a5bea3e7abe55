//go:build unix

package history

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"sync/atomic"
	"unsafe"

	"golang.org/x/sys/unix"
)

const recordSize = int(unsafe.Sizeof(Record{}))

// Capacity is how many records a log holds. The file takes room on the disk only as it
// is filled.
const Capacity = 8 << 20

// ErrFull is what a log panics with that has more to note than it holds.
var ErrFull = errors.New("history: the log is full")

// A Log is where one process notes what it does. It is safe for concurrent use.
type Log struct {
	process uint32
	records []Record
	next    atomic.Int64
}

// Create makes the log of a process, whose number is above 0, in a new file.
func Create(path string, process uint32) (*Log, error) {
	f, err := os.OpenFile(path, os.O_CREATE|os.O_EXCL|os.O_RDWR, 0o600)
	if err != nil {
		return nil, err
	}
	defer func() { _ = f.Close() }() // the map stays
	if err := f.Truncate(int64(Capacity * recordSize)); err != nil {
		return nil, err
	}
	records, err := mapRecords(f, Capacity, unix.PROT_READ|unix.PROT_WRITE)
	return &Log{process: process, records: records}, err
}

// mapRecords maps a file until the program ends.
func mapRecords(f *os.File, n, protection int) ([]Record, error) {
	mem, err := unix.Mmap(int(f.Fd()), 0, n*recordSize, protection, unix.MAP_SHARED)
	if err != nil {
		return nil, fmt.Errorf("history: map %s: %w", f.Name(), err)
	}
	return unsafe.Slice((*Record)(unsafe.Pointer(&mem[0])), n), nil
}

// take returns the next free record.
func (l *Log) take() (int, *Record) {
	slot := int(l.next.Add(1)) - 1
	if slot >= len(l.records) {
		panic(ErrFull)
	}
	return slot, &l.records[slot]
}

// Add notes an operation that has ended.
func (l *Log) Add(r Record) {
	_, at := l.take()
	at.note(r)
}

// note fills in everything but whether the record is there, and then that: a process
// that is killed in between leaves none.
func (r *Record) note(what Record) {
	present := &r.present
	what.present = 0
	*r = what
	atomic.StoreUint32(present, 1)
}

// A Pending write has been noted, and its outcome has not.
type Pending struct {
	ID ID
	at *Record
}

// Begin notes a write of a register that is about to be sent.
func (l *Log) Begin(key, client uint32, verb Verb) Pending {
	slot, at := l.take()
	id := newID(l.process, slot)
	at.note(Record{Kind: Write, Verb: verb, Key: key, Client: client, Writer: int64(id), Begin: Now()})
	return Pending{id, at}
}

// Span notes that something begins which has no register, and ends with [Pending.End].
func (l *Log) Span(kind Kind) Pending {
	slot, at := l.take()
	at.note(Record{Kind: kind, Begin: Now()})
	return Pending{newID(l.process, slot), at}
}

// Of notes that another write makes the version, of which this one is a part.
func (p Pending) Of(id ID) { p.at.Writer = int64(id) }

// Version notes which version the write makes.
func (p Pending) Version(v int64) { p.at.Version = v }

// End notes what became of the write.
func (p Pending) End(o Outcome) {
	// The outcome counts only with the time: a reader of the log takes one without for
	// unknown.
	p.at.Outcome = o
	atomic.StoreInt64(&p.at.End, Now())
}

// ReadLog returns what a process has noted, by slot; a slot that it never filled has
// Kind 0. The process must have ended, perhaps before it made a log.
func ReadLog(path string) ([]Record, error) {
	b, err := readUsed(path)
	if errors.Is(err, fs.ErrNotExist) {
		return nil, nil
	}
	if err != nil || len(b) < recordSize {
		return nil, err
	}
	records := unsafe.Slice((*Record)(unsafe.Pointer(&b[0])), len(b)/recordSize)
	n := 0
	for i := range records {
		r := &records[i]
		switch {
		case r.present == 0:
			*r = Record{}
			continue
		case r.End == 0:
			r.Outcome = Unknown
		}
		n = i + 1
	}
	return records[:n:n], nil
}
