//go:build unix

package judge

import (
	"math"
	"math/rand/v2"
	"slices"
	"time"

	"github.com/anishathalye/porcupine"

	"github.com/gojohnny/gojohnny/bench/staleness/history"
)

// A Sampled is what porcupine said of some registers.
type Sampled struct {
	Keys, Ops  int
	Illegal    int // registers whose history is not linearizable
	OutOfTime  int // registers of which porcupine said nothing in time
	IllegalKey uint32
}

// Sample has porcupine check the first operations of some registers, which it picks
// by seed, less reads that were found to be declared. It takes at most so long for each of
// them.
func Sample(h *History, declared []Violation, keys, ops int, each time.Duration, seed uint64) Sampled {
	all := h.less(declared)
	s := Sampled{}
	for _, key := range rand.New(rand.NewPCG(seed, 0)).Perm(int(h.Keys))[:min(keys, int(h.Keys))] {
		some := h.operations(of(all, uint32(key)), ops)
		if len(some) == 0 {
			continue
		}
		s.Keys++
		s.Ops += len(some)
		switch porcupine.CheckOperationsTimeout(register, some, each) {
		case porcupine.Illegal:
			s.Illegal++
			s.IllegalKey = uint32(key)
		case porcupine.Unknown:
			s.OutOfTime++
		}
	}
	return s
}

// less returns all operations but some.
func (h *History) less(some []Violation) []op {
	type whose struct {
		record  history.Record
		process uint32
	}
	out := map[whose]bool{}
	for _, v := range some {
		out[whose{v.Op, v.Process}] = true
	}
	return slices.DeleteFunc(h.ops(), func(o op) bool { return out[whose{*o.Record, o.process}] })
}

// A cell is the content of a register, and the input of an operation on it.
type cell struct {
	write   bool
	version int64
	writer  int64
}

// register is porcupine's model of a register whose versions only grow. A version may
// be left out: its write was not acknowledged, and nobody read it.
var register = porcupine.Model{
	Init: func() any { return cell{version: 1} },
	Step: func(state, input, _ any) (bool, any) {
		s, in := state.(cell), input.(cell)
		if in.write {
			in.write = false
			return in.version > s.version, in
		}
		return s == in, state
	},
}

// operations are the first n of a register, in the order of their beginnings, as
// porcupine takes them. Leaving reads out never makes a history less linearizable, nor
// does leaving out a write that nobody saw.
func (h *History) operations(ops []op, n int) []porcupine.Operation {
	until := int64(math.MaxInt64)
	if len(ops) > n {
		until = ops[n].Begin
	}
	var some []porcupine.Operation
	seen := map[int64]int64{} // writes that reads named, and their versions
	clients := map[[2]uint32]int{}
	add := func(o op, in cell, end int64) {
		who := [2]uint32{o.process, o.Client}
		if _, ok := clients[who]; !ok {
			clients[who] = len(clients)
		}
		some = append(some, porcupine.Operation{ClientId: clients[who], Input: in, Call: o.Begin, Return: end})
	}
	for _, o := range ops {
		if o.Kind == history.Read && o.Outcome == history.Done && o.End < until {
			add(o, cell{version: o.Version, writer: o.Writer}, o.End)
			seen[o.Writer] = o.Version
		}
	}
	for _, o := range ops {
		if o.Kind != history.Write || o.Begin >= until || o.Outcome == history.Aborted {
			continue
		}
		version, wasSeen := seen[o.Writer]
		switch {
		case o.Outcome == history.Done && o.Version > 0:
			add(o, cell{true, o.Version, o.Writer}, o.End)
		case wasSeen:
			add(o, cell{true, version, o.Writer}, math.MaxInt64)
		}
	}
	slices.SortFunc(some, func(a, b porcupine.Operation) int { return int(a.Call - b.Call) })
	return some
}
