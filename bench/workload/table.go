package workload

import (
	"fmt"
	"math"
)

// A Table has rows 1 to Rows. Row id belongs to the parent (id-1) mod Parents + 1,
// so that the rows of a parent are known without asking the database.
type Table struct {
	Index      int
	Name       string
	Rows       int64
	Parents    int64  // rows of the parent, 1 without one
	Parent     *Table // nil if it has none or it is not part of the workload
	Append     bool   // rows are added and never changed
	ReadShare  float64
	WriteShare float64
}

// Group is how many of the first Rows rows belong to a parent.
func (t *Table) Group(parent int64) int64 {
	if parent > t.Rows {
		return 0
	}
	return (t.Rows-parent)/t.Parents + 1
}

// ParentOf is the parent of a row.
func (t *Table) ParentOf(id int64) int64 { return (id-1)%t.Parents + 1 }

// Ordinal is the position of a row among those of its parent, from 0.
func (t *Table) Ordinal(id int64) int64 { return (id - 1) / t.Parents }

// profile is a table of the shop. Shares are percent of all reads and writes.
type profile struct {
	name          string
	parent        string
	size          float64 // rows, in multiples of Config.Rows
	reads, writes float64
	grows         bool
}

// shop is in the order in which Config.Tables adds tables, so that one table is
// the catalogue, read and written, and the first five are a shop one can imagine.
var shop = []profile{
	// The catalogue is most of what visitors look at; stock and prices change.
	{name: "products", parent: "categories", size: 1, reads: 24, writes: 3},
	// The signed-in user is on every page; profiles and last logins change.
	{name: "users", parent: "countries", size: 1, reads: 12, writes: 4},
	// Few visitors buy; an order is written several times on its way.
	{name: "orders", parent: "users", size: 2, reads: 7, writes: 14},
	// Navigation, on every page; an editor changes one now and then.
	{name: "categories", size: 0.01, reads: 14, writes: 0.2},
	// Looked up by every request, touched by every few.
	{name: "sessions", parent: "users", size: 1, reads: 12, writes: 34},
	// Shown in the page's corner; changed by whoever shops.
	{name: "carts", parent: "users", size: 1, reads: 8, writes: 22},
	// Feature switches and texts, read everywhere, changed by hand.
	{name: "settings", size: 0.01, reads: 9, writes: 0.1},
	// Forms and addresses; as good as constant.
	{name: "countries", size: 0.01, reads: 6, writes: 0.02},
	// Shown with products; visitors add some.
	{name: "reviews", parent: "products", size: 2, reads: 6, writes: 3.68, grows: true},
	// What happened: written all the time, read by hardly a page.
	{name: "events", parent: "users", size: 2, reads: 2, writes: 19, grows: true},
}

// Shop is how many different tables there are. More are copies of them.
var Shop = len(shop)

// tables returns the first n tables, their shares adding up to 1.
func tables(n int, rows int64) []*Table {
	made := make([]*Table, n)
	byName := map[string]*Table{}
	var reads, writes float64
	for i := range made {
		p := shop[i%len(shop)]
		made[i] = &Table{
			Index: i, Name: copyName(p.name, i), Rows: p.rows(rows), Parents: 1,
			Append: p.grows, ReadShare: p.reads, WriteShare: p.writes,
		}
		byName[made[i].Name] = made[i]
		reads += p.reads
		writes += p.writes
	}
	for i, t := range made {
		t.ReadShare /= reads
		t.WriteShare /= writes
		if p := shop[i%len(shop)]; p.parent != "" {
			t.Parents = profileOf(p.parent).rows(rows)
			t.Parent = byName[copyName(p.parent, i)]
		}
	}
	return made
}

// copyName names the table at position i: products, and the eleventh products_2.
func copyName(name string, i int) string {
	if i < len(shop) {
		return name
	}
	return fmt.Sprintf("%s_%d", name, i/len(shop)+1)
}

func profileOf(name string) profile {
	for _, p := range shop {
		if p.name == name {
			return p
		}
	}
	panic("workload: no table " + name)
}

// rows is never so small that a table could not have a list worth showing.
func (p profile) rows(base int64) int64 {
	return max(20, int64(math.Round(p.size*float64(base))))
}
