// Package report is the outcome of a benchmark: as JSON, as text for a terminal, and
// as a page with charts that needs nothing but itself.
package report
