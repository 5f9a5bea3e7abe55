// Package parity tests that a program cannot tell the pgx wrapper from the bare pool. It has
// tests only.
//
// TestParity runs programs at random on a bare pool and, step by step, on a wrapped one over another
// database of the same schema, and compares all that they see: rows, field descriptions, command tags,
// errors. A failure prints the shortest program that was found. Longer runs:
//
//	GOJOHNNY_PARITY_ROUNDS   how many programs it runs; 16 by default
//	GOJOHNNY_PARITY_SEED     the seed of the first, 1 by default; a failure prints its own
package parity
