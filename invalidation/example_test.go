package invalidation_test

import (
	"context"
	"fmt"

	"github.com/gojohnny/gojohnny/backends"
	"github.com/gojohnny/gojohnny/backends/memstore"
	"github.com/gojohnny/gojohnny/invalidation"
)

// A write, as an engine runs it: fence, COMMIT, end.
func Example() {
	ctx := context.Background()
	store, err := memstore.New(nil)
	if err != nil {
		panic(err)
	}
	defer store.Close()
	p, err := invalidation.New(store, nil)
	if err != nil {
		panic(err)
	}
	defer func() { _ = p.Close(ctx) }() // memory takes everything at once

	users := []string{invalidation.TableTag("app", "public", "users")}
	var before, during, after [1]backends.TagState
	_, _ = p.Load(ctx, backends.Key{}, users, before[:]) // memory answers

	w, err := p.Fence(ctx, users)
	if err != nil {
		panic(err) // and COMMIT is not sent
	}
	_, _ = p.Load(ctx, backends.Key{}, users, during[:])
	// Here COMMIT is sent and answered.
	w.End(invalidation.Committed)
	_, _ = p.Load(ctx, backends.Key{}, users, after[:])

	fmt.Println("fenced:", before[0].Fenced, during[0].Fenced, after[0].Fenced)
	fmt.Println("moved: ", after[0].Generation-before[0].Generation)
	// Output:
	// fenced: false true false
	// moved:  1
}
