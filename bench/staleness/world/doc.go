// Package world is what the workers of a run share: a private PostgreSQL and a private
// store, each behind a proxy that can cut and delay what goes through it.
package world
