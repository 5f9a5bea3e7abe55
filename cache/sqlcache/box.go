package sqlcache

import (
	"time"
	"unsafe"
)

// A driver.Value is an interface, and to make one of an int64, a string or a time
// costs an allocation each, which is most of what a hit would cost. Here many values
// lie in one piece of memory, and an interface is made to point to its own.
//
// This rests on the layout of an empty interface, a word for the type and a pointer
// to the value, which has been the same since Go 1.4, and which TestBox checks. It is
// sound because interfaces are immutable: nobody writes to a slot once it is taken.

type iface struct{ typ, data unsafe.Pointer }

func typeWord(v any) unsafe.Pointer { return (*iface)(unsafe.Pointer(&v)).typ }

var (
	int64Word   = typeWord(int64(0))
	float64Word = typeWord(float64(0))
	stringWord  = typeWord("")
	bytesWord   = typeWord([]byte(nil))
	timeWord    = typeWord(time.Time{})
)

// box makes an interface of the value at p, whose type is word's.
func box(word, p unsafe.Pointer) (v any) {
	*(*iface)(unsafe.Pointer(&v)) = iface{word, p}
	return v
}

// slabMax is the most values that share memory: one that the program keeps holds no
// more than the others of its slab.
const slabMax = 256

// A slab hands out slots for the values of one type.
type slab[T any] struct {
	free []T
	left int // how many values are still to come, beyond free
}

// put returns a slot that holds v.
func (s *slab[T]) put(v T) unsafe.Pointer {
	if len(s.free) == 0 {
		n := min(max(s.left, 1), slabMax)
		s.free = make([]T, n)
		s.left -= n
	}
	p := &s.free[0]
	*p = v
	s.free = s.free[1:]
	return unsafe.Pointer(p)
}

// arenaMax is the most bytes of []byte values that share memory.
const arenaMax = 16 << 10

// An arena hands out memory for the contents of []byte values.
type arena struct {
	free []byte
	left int // how many bytes are still to come, beyond free
}

// own copies b to memory of the program's own, which may write there.
func (a *arena) own(b []byte) []byte {
	if len(b) == 0 {
		return []byte{} // not nil, which is NULL to some
	}
	if len(b) > len(a.free) {
		if len(b) > arenaMax {
			a.left -= len(b)
			return append(make([]byte, 0, len(b)), b...)
		}
		a.free = make([]byte, min(max(a.left, len(b)), arenaMax))
	}
	n := copy(a.free, b)
	own := a.free[:n:n]
	a.free = a.free[n:]
	a.left -= n
	return own
}

// textOf is the string whose bytes are b, which nobody changes any more.
func textOf(b []byte) string { return unsafe.String(unsafe.SliceData(b), len(b)) }

// bytesOf is the bytes of s, for those who only read them.
func bytesOf(s string) []byte { return unsafe.Slice(unsafe.StringData(s), len(s)) }
