package workload

import (
	"math"
	"math/rand/v2"
	"slices"
	"testing"

	"github.com/gojohnny/gojohnny/sqlparse"
	"github.com/gojohnny/gojohnny/sqlparse/pgquery"
)

func testConfig() Config { return Config{Tables: 10, Rows: 1000, Reads: 0.9, Skew: 0.99, Seed: 7} }

// take returns the next n operations, which Next alone would overwrite.
func take(s *Stream, n int) []Op {
	ops := make([]Op, n)
	for i := range ops {
		ops[i] = s.Next()
		ops[i].Steps = slices.Clone(ops[i].Steps)
	}
	return ops
}

// names tells operations apart across workloads.
func names(ops []Op) []Step {
	var steps []Step
	for _, op := range ops {
		for _, s := range op.Steps {
			s.Statement = &Statement{Name: s.Statement.Name}
			steps = append(steps, s)
		}
	}
	return steps
}

func equal(a, b []Step) bool {
	return slices.EqualFunc(a, b, func(x, y Step) bool {
		return x.Statement.Name == y.Statement.Name && x.ID == y.ID && x.Page == y.Page && x.Amount == y.Amount
	})
}

func TestSameSeedSameOperations(t *testing.T) {
	a := names(take(New(testConfig()).Stream(3), 5000))
	b := names(take(New(testConfig()).Stream(3), 5000))
	if !equal(a, b) {
		t.Error("one seed and worker gave two sequences")
	}
	other := testConfig()
	other.Seed++
	if equal(a, names(take(New(other).Stream(3), 5000))) {
		t.Error("two seeds gave one sequence")
	}
	if equal(a, names(take(New(testConfig()).Stream(4), 5000))) {
		t.Error("two workers gave one sequence")
	}
}

func TestZipfFollowsItsLaw(t *testing.T) {
	for _, s := range []float64{0, 0.5, 0.99, 1.5} {
		const n, draws = 100, 400_000
		z := newZipf(n, s)
		rng := rand.New(rand.NewPCG(1, 2))
		count := map[int64]float64{}
		for range draws {
			count[z.draw(rng)]++
		}
		sum := 0.0
		for k := 1; k <= n; k++ {
			sum += math.Pow(float64(k), -s)
		}
		for _, rank := range []int64{1, 2, 10, 100} {
			id := (rank-1)*z.stride%n + 1
			got, want := count[id]/draws, math.Pow(float64(rank), -s)/sum
			if math.Abs(got-want) > 0.1*want {
				t.Errorf("s=%v: rank %d was drawn with share %.5f; want %.5f", s, rank, got, want)
			}
		}
	}
}

func TestEveryKeyCanBeDrawn(t *testing.T) {
	for _, n := range []int64{1, 2, 20, 50, 97, 1000} {
		seen := map[int64]bool{}
		step := stride(n)
		for rank := range n {
			seen[rank*step%n] = true
		}
		if int64(len(seen)) != n {
			t.Errorf("n=%d: stride %d reaches %d keys", n, step, len(seen))
		}
	}
}

func TestSharesAreTheDeclaredOnes(t *testing.T) {
	w := New(testConfig())
	var reads, writes, all float64
	readsOf, writesOf := map[*Table]float64{}, map[*Table]float64{}
	for _, op := range take(w.Stream(0), 200_000) {
		all++
		if s := op.Steps[0].Statement; s.Writes {
			writes++
		} else {
			reads++
			readsOf[s.Table]++
		}
		if !op.Transaction && op.Steps[0].Statement.Writes {
			writesOf[op.Steps[0].Statement.Table]++
		}
	}
	if got := reads / all; math.Abs(got-0.9) > 0.005 {
		t.Errorf("share of reads is %.3f; want 0.9", got)
	}
	for _, table := range w.Tables {
		if got := readsOf[table] / reads; math.Abs(got-table.ReadShare) > 0.005 {
			t.Errorf("%s: share of the reads is %.3f; want %.3f", table.Name, got, table.ReadShare)
		}
		if got := writesOf[table] / writes; got > table.WriteShare+0.01 {
			t.Errorf("%s: share of the single writes is %.3f; want at most %.3f", table.Name, got, table.WriteShare)
		}
	}
}

func TestSharesOfTheShopAddUp(t *testing.T) {
	var reads, writes float64
	for _, p := range shop {
		reads += p.reads
		writes += p.writes
	}
	if math.Abs(reads-100) > 1e-9 || math.Abs(writes-100) > 1e-9 {
		t.Errorf("shares add up to %v %% of reads and %v %% of writes; want 100", reads, writes)
	}
}

func TestTransactionsWriteInTableOrderAndReadWhatTheyWrote(t *testing.T) {
	seen := map[string]bool{}
	for _, op := range take(New(testConfig()).Stream(0), 50_000) {
		if !op.Transaction {
			continue
		}
		first, second := op.Steps[0], op.Steps[1]
		if first.Statement.Table.Index >= second.Statement.Table.Index {
			t.Fatalf("%s comes before %s", first.Statement.Name, second.Statement.Name)
		}
		seen[first.Statement.Table.Name+" "+second.Statement.Table.Name] = true
		own := op.Steps[2]
		if own.Statement.Kind != Point ||
			own.Statement.Table == first.Statement.Table && own.ID != first.ID ||
			own.Statement.Table == second.Statement.Table && own.ID != second.ID {
			t.Fatalf("third step is %s of %d after %d and %d", own.Statement.Name, own.ID, first.ID, second.ID)
		}
	}
	for _, pair := range []string{"orders carts", "products reviews", "sessions events"} {
		if !seen[pair] {
			t.Errorf("no transaction of %s", pair)
		}
	}
}

func TestSlotsAreDenseAndDistinct(t *testing.T) {
	c := testConfig()
	c.Rows = 60
	type argument struct{ id, page int64 }
	seen := map[string]map[int64]argument{}
	for _, op := range take(New(c).Stream(0), 100_000) {
		step := op.Steps[0]
		s := step.Statement
		if s.Writes {
			continue
		}
		slot, arg := step.Slot(), argument{step.ID, step.Page}
		if slot < 0 || slot >= s.Slots {
			t.Fatalf("%s of %v has slot %d of %d", s.Name, arg, slot, s.Slots)
		}
		if seen[s.Name] == nil {
			seen[s.Name] = map[int64]argument{}
		}
		if other, ok := seen[s.Name][slot]; ok && other != arg {
			t.Fatalf("%s: %v and %v share slot %d", s.Name, arg, other, slot)
		}
		seen[s.Name][slot] = arg
	}
}

func TestRowsOfParentsAreKnown(t *testing.T) {
	for _, table := range New(testConfig()).Tables {
		counted := map[int64]int64{}
		for id := int64(1); id <= table.Rows; id++ {
			parent := table.ParentOf(id)
			if got := table.Ordinal(id); got != counted[parent] {
				t.Fatalf("%s: row %d is number %d of its parent; want %d", table.Name, id, got, counted[parent])
			}
			counted[parent]++
		}
		for parent := int64(1); parent <= table.Parents; parent++ {
			if got := table.Group(parent); got != counted[parent] || got == 0 {
				t.Fatalf("%s: parent %d has %d rows; want %d, and some", table.Name, parent, got, counted[parent])
			}
		}
	}
}

// What the benchmark believes of its statements is what the parser sees in them.
func TestStatementsTouchTheirTables(t *testing.T) {
	analyzer := pgquery.New()
	for _, n := range []int{1, 3, 10, 13} {
		c := testConfig()
		c.Tables = n
		w := New(c)
		if len(w.Tables) != n {
			t.Fatalf("%d tables; want %d", len(w.Tables), n)
		}
		for _, s := range w.Statements {
			a, err := analyzer.Analyze(s.SQL)
			if err != nil {
				t.Fatalf("%s: %v", s.Name, err)
			}
			checkAnalysis(t, s, a)
		}
	}
}

func checkAnalysis(t *testing.T, s *Statement, a *sqlparse.Analysis) {
	t.Helper()
	if len(a.Statements) != 1 {
		t.Fatalf("%s: %d statements", s.Name, len(a.Statements))
	}
	parsed := a.Statements[0]
	var got, want []string
	for _, table := range s.Tables {
		want = append(want, table.Name)
	}
	for _, r := range parsed.Reads {
		got = append(got, r.Name)
	}
	if s.Writes {
		got = nil
		for _, write := range parsed.Writes {
			got = append(got, write.Name)
		}
	}
	slices.Sort(got)
	slices.Sort(want)
	if !slices.Equal(got, want) {
		t.Errorf("%s touches %v; want %v", s.Name, got, want)
	}
	if parsed.Cacheable() != (s.Cacheable && !s.Writes) {
		t.Errorf("%s: cacheable is %v, reasons %v", s.Name, parsed.Cacheable(), parsed.Reasons)
	}
}
