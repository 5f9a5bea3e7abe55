//go:build unix

package judge

import (
	"math/rand/v2"
	"reflect"
	"slices"
	"testing"
	"time"

	"github.com/gojohnny/gojohnny/bench/staleness/history"
)

// id is the ID of the n-th record of process 1.
func id(n int) int64 { return 1<<40 | int64(n+1) }

// one is the history of one process on one register.
func one(records ...history.Record) *History {
	return &History{Processes: map[uint32]*Process{1: {Records: records}}, Keys: 1}
}

func write(o history.Outcome, version, begin, end int64, slot int) history.Record {
	return history.Record{Kind: history.Write, Outcome: o, Version: version, Writer: id(slot), Begin: begin, End: end}
}

func read(version, writer, begin, end int64) history.Record {
	return history.Record{Kind: history.Read, Outcome: history.Done, Version: version, Writer: writer, Begin: begin, End: end}
}

func TestJudge(t *testing.T) {
	for _, c := range []struct {
		name string
		h    *History
		want []Offence
	}{
		{"ReadsWhatWasAcknowledged", one(write(history.Done, 2, 1, 2, 0), read(2, id(0), 3, 4)), nil},
		{"ReadsTheFirstVersion", one(read(1, 0, 1, 2)), nil},
		{"OldWhileTheWriteIsOnItsWay", one(write(history.Done, 2, 1, 9, 0), read(1, 0, 2, 3)), nil},
		{"NewWhileTheWriteIsOnItsWay", one(write(history.Done, 2, 1, 9, 0), read(2, id(0), 2, 3)), nil},
		{"OldAfterTheAcknowledgement", one(write(history.Done, 2, 1, 2, 0), read(1, 0, 3, 4)), []Offence{Stale}},
		{"OldAtTheInstantOfTheAcknowledgement", one(write(history.Done, 2, 1, 2, 0), read(1, 0, 2, 4)), nil},
		{
			"OldAfterAnotherReadTheNew",
			one(write(history.Done, 2, 1, 9, 0), read(2, id(0), 2, 3), read(1, 0, 4, 5)),
			[]Offence{Stale},
		},
		{
			"OldAfterANotification",
			one(write(history.Done, 2, 1, 9, 0),
				history.Record{Kind: history.Heard, Outcome: history.Done, Version: 2, Writer: id(0), Begin: 3, End: 3}, read(1, 0, 4, 5)),
			[]Offence{Stale},
		},
		{"UnknownWriteSeen", one(write(history.Unknown, 0, 1, 0, 0), read(2, id(0), 3, 4)), nil},
		{"UnknownWriteNotSeen", one(write(history.Unknown, 0, 1, 0, 0), read(1, 0, 3, 4)), nil},
		{
			"UnknownWriteSeenAndThenNot",
			one(write(history.Unknown, 0, 1, 0, 0), read(2, id(0), 3, 4), read(1, 0, 5, 6)),
			[]Offence{Stale},
		},
		{"RolledBackVersion", one(write(history.Aborted, 2, 1, 2, 0), read(2, id(0), 3, 4)), []Offence{FromAbort}},
		{"VersionOfNoWrite", one(read(2, id(7), 3, 4)), []Offence{Invented}},
		{"VersionOfAnotherWrite", one(write(history.Done, 2, 1, 2, 0), read(3, id(0), 3, 4)), []Offence{Invented}},
		{"VersionOfTheFuture", one(write(history.Done, 2, 5, 6, 0), read(2, id(0), 3, 4)), []Offence{Early, Overtaken}},
		{"MissingRow", one(read(0, 0, 1, 2)), []Offence{Stale, Invented}},
		{
			"VersionMadeTwice",
			one(write(history.Done, 2, 1, 2, 0), write(history.Done, 2, 3, 4, 1)),
			[]Offence{Overtaken},
		},
		{"FailedReadSaysNothing", one(history.Record{Kind: history.Failure, Begin: 1, End: 2}), nil},
	} {
		t.Run(c.name, func(t *testing.T) {
			var got []Offence
			for _, v := range Judge(c.h).Violations {
				got = append(got, v.Offence)
			}
			if !slices.Equal(got, c.want) {
				t.Errorf("got %v; want %v", got, c.want)
			}
		})
	}
}

func TestStaleReadIsExplained(t *testing.T) {
	h := one(write(history.Done, 2, 1, 2, 0), write(history.Done, 3, 3, 10, 1), read(3, id(1), 4, 5), read(1, 0, 7, 8))
	got := Judge(h).Violations
	if len(got) != 1 {
		t.Fatalf("got %d violations; want 1", len(got))
	}
	v := got[0]
	if v.Floor != 3 || v.Witness.Begin != 4 || v.Writer.Begin != 1 || v.Age != 5 {
		t.Errorf("got floor %d by the one that began at %d, first missed write at %d, age %d; want 3, 4, 1, 5",
			v.Floor, v.Witness.Begin, v.Writer.Begin, v.Age)
	}
}

// A writer that stands still between its fence and its COMMIT loses its fence.
func TestStoppedWriterIsDeclared(t *testing.T) {
	seen := []history.Record{write(history.Done, 2, 1, 90, 0), read(2, id(0), 10, 11), read(1, 0, 12, 13)}
	for _, c := range []struct {
		name     string
		change   func(*History)
		declared int
	}{
		{"NotStopped", func(*History) {}, 0},
		{"Stopped", func(h *History) { h.Processes[1].Stops = []Span{{2, 8}} }, 1},
		{"StoppedByTheSystem", func(h *History) {
			h.Processes[1].Records = append(h.Processes[1].Records, history.Record{Kind: history.Stall, Begin: 2, End: 8})
		}, 1},
		{"StoppedAfterwards", func(h *History) { h.Processes[1].Stops = []Span{{91, 99}} }, 0},
		{"StoppedAndAcknowledged", func(h *History) {
			h.Processes[1].Stops = []Span{{2, 8}}
			h.Processes[1].Records[0].End = 11
		}, 0},
	} {
		t.Run(c.name, func(t *testing.T) {
			h := one(slices.Clone(seen)...)
			c.change(h)
			if v := Judge(h); len(v.Declared) != c.declared || len(v.Violations) != 1-c.declared {
				t.Errorf("got %d declared, %d not; want %d, %d", len(v.Declared), len(v.Violations), c.declared, 1-c.declared)
			}
		})
	}
}

// A write that the store was not told of may be missed by other processes until it is.
func TestUntoldWriteIsDeclared(t *testing.T) {
	untold := func(begin, end int64) history.Record {
		return history.Record{Kind: history.Untold, Outcome: history.Done, Begin: begin, End: end}
	}
	for _, c := range []struct {
		name     string
		reader   uint32
		span     history.Record
		begin    int64 // of the read
		longest  time.Duration
		declared int
	}{
		{"Told", 2, history.Record{}, 5, 10, 0},
		{"UntilItIsTold", 2, untold(2, 50), 50, 10, 1},
		{"AfterItWasTold", 2, untold(2, 50), 51, 10, 0},
		{"ByItsOwnProcess", 1, untold(2, 50), 5, 10, 0},
		{"OfAWriteBefore", 2, untold(0, 50), 5, 10, 0},
		{"OfAWriteAfter", 2, untold(4, 50), 5, 10, 0},
		{"NeverTold", 2, untold(2, 0), 13, 10, 1},
		{"NeverToldAndTooLate", 2, untold(2, 0), 14, 10, 0},
		{"NotDeclaredForTheMode", 2, untold(2, 50), 5, 0, 0},
	} {
		t.Run(c.name, func(t *testing.T) {
			h := one(write(history.Done, 2, 1, 3, 0), c.span)
			h.Untold = c.longest
			if c.reader == 2 {
				h.Processes[2] = &Process{}
			}
			p := h.Processes[c.reader]
			p.Records = append(p.Records, read(1, 0, c.begin, c.begin+1))
			v := Judge(h)
			if len(v.Declared) != c.declared || len(v.Violations) != 1-c.declared {
				t.Errorf("got %d declared, %d not; want %d, %d", len(v.Declared), len(v.Violations), c.declared, 1-c.declared)
			}
			if got := Sample(h, v.Declared, 1, 10, time.Second, 1).Illegal; got != 1-c.declared {
				t.Errorf("porcupine: got %d registers that are not linearizable; want %d", got, 1-c.declared)
			}
		})
	}
}

// random makes a history: a register that is read at some instant of each read, and
// written at some instant of each write, except that one in wrong reads is of before.
func random(r *rand.Rand, wrong int) *History {
	type state struct{ version, writer int64 }
	values := []state{{1, 0}} // by instant
	var records []history.Record
	const instants = 200
	for now := int64(1); now < instants; now++ {
		last := values[now-1]
		begin, end := max(1, now-r.Int64N(5)), now+1+r.Int64N(5)
		if r.IntN(3) == 0 {
			last = state{last.version + 1, id(len(records))}
			o := write(history.Done, last.version, begin, end, len(records))
			if r.IntN(4) == 0 {
				o.Outcome, o.Version, o.End = history.Unknown, 0, 0
			}
			records = append(records, o)
		} else {
			got := last
			if wrong > 0 && r.IntN(wrong) == 0 {
				got = values[max(0, now-10)]
			}
			records = append(records, read(got.version, got.writer, begin, end))
		}
		values = append(values, last)
	}
	return one(records...)
}

// TestAgreesWithPorcupine compares the verdict with that of a checker for any kind of
// history, on random ones that are linearizable and on some that are not.
func TestAgreesWithPorcupine(t *testing.T) {
	r := rand.New(rand.NewPCG(1, 2))
	verdicts := map[bool]int{}
	for i := range 300 {
		h := random(r, []int{0, 100, 20}[i%3])
		bad := len(Judge(h).Violations) > 0
		verdicts[bad]++
		if s := Sample(h, nil, 1, 1000, time.Minute, 1); s.Illegal > 0 != bad || s.OutOfTime > 0 {
			t.Fatalf("history %d: got %v, porcupine said %+v", i, Judge(h).Violations, s)
		}
	}
	if verdicts[true] < 50 || verdicts[false] < 100 {
		t.Errorf("got %v; want many of both", verdicts)
	}
}

func TestSpansTouch(t *testing.T) {
	got := []bool{
		Span{1, 2}.Touches(Span{2, 3}), Span{1, 2}.Touches(Span{3, 4}), Span{1, 9}.Touches(Span{3, 4}),
	}
	if want := []bool{true, false, true}; !reflect.DeepEqual(got, want) {
		t.Errorf("got %v; want %v", got, want)
	}
}
