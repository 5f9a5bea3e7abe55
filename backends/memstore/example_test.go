package memstore_test

import (
	"context"
	"fmt"
	"time"

	"github.com/gojohnny/gojohnny/backends"
	"github.com/gojohnny/gojohnny/backends/memstore"
)

// What the cache does with a store: an entry answers as long as nobody has
// written to its tables.
func Example() {
	store, err := memstore.New(&memstore.Options{MaxBytes: 256 << 20})
	if err != nil {
		fmt.Println(err)
		return
	}
	defer store.Close()

	ctx := context.Background()
	key := backends.Key{1} // in real life, a digest of the query
	tags := []string{"app/public.users"}
	states := make([]backends.TagState, len(tags))

	// A miss: the states come first, then the query, then the entry.
	_, err = store.Load(ctx, key, tags, states)
	if err == nil {
		entry := backends.AppendEntry(nil, key, states, []byte("the rows"))
		err = store.Save(ctx, key, entry, time.Hour)
	}
	show := func(when string) {
		var b []byte
		if b, err = store.Load(ctx, key, tags, states); err == nil {
			entry, _ := backends.ParseEntry(key, b)
			fmt.Println(when, entry.Current(states))
		}
	}
	show("saved:  ")

	// A write: a fence, the COMMIT, and then the lift.
	writer := backends.NewToken()
	err = store.Fence(ctx, tags, writer, time.Minute)
	show("fenced: ")
	err = store.Lift(ctx, tags, writer, true)
	show("written:")

	if err != nil {
		fmt.Println(err)
	}
	// Output:
	// saved:   true
	// fenced:  false
	// written: false
}
