package workload

import "slices"

// Config says how large a workload is and how it is shaped.
type Config struct {
	Tables int     // how many, at least 1
	Rows   int64   // of the largest entities; lookup tables have a hundredth
	Reads  float64 // share of the operations that read, 0 to 1
	Skew   float64 // zipf exponent of the keys; 0 is uniform
	Seed   uint64
}

// A Workload is shared by its streams and does not change.
type Workload struct {
	Config     Config
	Tables     []*Table
	Statements []*Statement // reads before writes of each table

	reads, writes choice[*Statement]
	pairs         map[*Statement]*Statement // by the write that opens the transaction
	rowReads      map[*Table]*Statement     // Point, by table
	keys          map[int64]*zipf           // by how many keys there are
}

// transactions are the pairs of tables the shop writes together: who checks out
// empties the cart, a review moves its product's rating, a visit is logged.
var transactions = map[string]string{"carts": "orders", "reviews": "products", "sessions": "events"}

// New returns the workload of a configuration.
func New(c Config) *Workload {
	w := &Workload{
		Config: c, Tables: tables(c.Tables, c.Rows),
		pairs: map[*Statement]*Statement{}, rowReads: map[*Table]*Statement{}, keys: map[int64]*zipf{},
	}
	writes := map[string]*Statement{}
	for _, t := range w.Tables {
		kinds := t.reads()
		sum := 0.0
		for _, k := range kinds {
			sum += k.share
		}
		for _, k := range kinds {
			s := w.add(t.statement(k.kind))
			w.reads.add(s, t.ReadShare*k.share/sum)
			if k.kind == Point {
				w.rowReads[t] = s
			}
		}
		s := w.add(t.statement(t.writeKind()))
		w.writes.add(s, t.WriteShare)
		writes[t.Name] = s
		for _, n := range []int64{t.Rows, t.Parents} {
			if w.keys[n] == nil {
				w.keys[n] = newZipf(n, c.Skew)
			}
		}
	}
	w.pair(writes)
	return w
}

func (w *Workload) add(s *Statement) *Statement {
	s.Index = len(w.Statements)
	w.Statements = append(w.Statements, s)
	return s
}

func (w *Workload) pair(writes map[string]*Statement) {
	for i, t := range w.Tables {
		other := transactions[shop[i%len(shop)].name]
		if second := writes[copyName(other, i)]; second != nil {
			w.pairs[writes[t.Name]] = second
		}
	}
}

// Reading returns the read statements, in order.
func (w *Workload) Reading() []*Statement {
	return slices.DeleteFunc(slices.Clone(w.Statements), func(s *Statement) bool { return s.Writes })
}

// choice picks one of several by weight.
type choice[T any] struct {
	items     []T
	cumulated []float64
}

func (c *choice[T]) add(item T, weight float64) {
	sum := weight
	if n := len(c.cumulated); n > 0 {
		sum += c.cumulated[n-1]
	}
	c.items = append(c.items, item)
	c.cumulated = append(c.cumulated, sum)
}

// at returns the item at x of 0 to 1 of the weights.
func (c *choice[T]) at(x float64) T {
	i, _ := slices.BinarySearch(c.cumulated, x*c.cumulated[len(c.cumulated)-1])
	return c.items[min(i, len(c.items)-1)]
}
