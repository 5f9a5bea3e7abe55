package ceiling

import (
	"strings"
	"testing"

	"github.com/gojohnny/gojohnny/bench/workload"
)

// A trace is a line of operations: "users.point:7" reads, "!users" writes. A read
// that ends in + must be a hit, every other must not.
func TestHandMadeTraces(t *testing.T) {
	for name, trace := range map[string]string{
		"SecondReadHits":              "users.point:7 users.point:7+ users.point:7+",
		"ArgumentsDiffer":             "users.point:7 users.point:8 users.point:7+",
		"StatementsDiffer":            "users.point:7 users.list:7 users.total:7 users.list:7+",
		"WriteLosesTheTable":          "users.point:7 users.point:8 !users users.point:7 users.point:8 users.point:7+",
		"WriteLosesNoOtherTable":      "users.point:7 !orders users.point:7+",
		"JoinIsLostByEither":          "orders.join:7 orders.join:7+ !users orders.join:7 !orders orders.join:7 orders.join:7+",
		"WriteBeforeTheFirstRead":     "!users users.point:7 users.point:7+",
		"RandomNeverHits":             "products.pick:1 products.pick:1",
		"FillDuringAWriteIsLost":      "users.point:7 !users users.point:7 users.point:7+ !users users.point:7",
		"WriteBetweenFillAndHitOfTwo": "users.point:1 users.point:2 !users users.point:2 users.point:2+ users.point:1",
	} {
		t.Run(name, func(t *testing.T) { play(t, trace) })
	}
}

func play(t *testing.T, trace string) {
	w := workload.New(workload.Config{Tables: 10, Rows: 100, Skew: 1})
	m := New(w)
	for i, op := range strings.Fields(trace) {
		if table, ok := strings.CutPrefix(op, "!"); ok {
			m.Write(find(w, table+".update").Table)
			continue
		}
		op, want := strings.CutSuffix(op, "+")
		name, id, _ := strings.Cut(op, ":")
		if got := m.Read(workload.Step{Statement: find(w, name), ID: int64(id[0] - '0')}); got != want {
			t.Errorf("operation %d, %s: hit is %v; want %v", i, op, got, want)
		}
	}
}

func find(w *workload.Workload, name string) *workload.Statement {
	for _, s := range w.Statements {
		if s.Name == name {
			return s
		}
	}
	panic("no statement " + name)
}
