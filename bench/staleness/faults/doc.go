// Package faults breaks what the workers of a run rely on, and the workers themselves,
// in an order that follows from a seed.
//
// There are three lanes, each of which has one fault at a time: the workers, the store
// and the database. So a worker is killed while the store restarts.
package faults
