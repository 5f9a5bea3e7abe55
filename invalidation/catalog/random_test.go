package catalog

import (
	"flag"
	"fmt"
	"math/rand/v2"
	"testing"

	"github.com/gojohnny/gojohnny/internal/randomsql"
)

var (
	schemas = flag.Int("schemas", 6, "how many schemas TestRandomSchemas makes")
	seed    = flag.Uint64("seed", 1, "of the first of them")
)

// TestRandomSchemas makes schemas of tables, partitions, children, keys, triggers, views and
// rules at random, and executes statements at random on them: what they change must be in
// what they are said to write. Every other session looks for names in another schema first. A failure prints
// the schema.
func TestRandomSchemas(t *testing.T) {
	for i := range uint64(*schemas) {
		t.Run(fmt.Sprintf("seed=%d", *seed+i), func(t *testing.T) {
			db := newDatabase(t, "")
			g := &randomsql.Generator{Server: db.server, Pick: rand.New(rand.NewPCG(*seed+i, 0)).IntN}
			script := g.Schema()
			db.exec(t, script)
			if i%2 == 1 {
				db.exec(t, "SET search_path = "+randomsql.HidingPath)
			}
			o := newOracle(t, db)
			refused := 0
			for range 100 {
				if err := o.try(t, g.Statement()); err != nil {
					refused++
				}
			}
			t.Logf("%d statements, %d refused; tags named: %d, untouched: %d", o.statements, refused, o.named, o.untouched)
			if t.Failed() {
				t.Log(script)
			}
		})
	}
}
