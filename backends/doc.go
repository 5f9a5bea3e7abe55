// Package backends is the contract of a store: what keeps generations, fences
// and entries, in memory or on a server.
//
// Users choose a store and hand it to the cache; they call nothing here. Who
// writes a store implements [Store], and [Locker] where it can, and proves it
// with the suite in the package backendtest.
//
// The words: a tag is a string that a generation belongs to. A generation is a
// counter that never returns to a value it has had. A fence is a writer's mark on
// a tag: a write is on its way into the database. An entry is a stored result
// that carries the generations it was read under.
//
// A store knows neither SQL nor the database. What it is asked to keep is safe to
// lose, with one exception that [Store] names.
package backends
