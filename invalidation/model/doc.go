// Package model has spin check the protocol of package invalidation: a model in
// Promela, protocol.pml, and the configurations in which it is checked,
// configurations.txt. It has a test only, and needs spin and a C compiler.
//
// The model follows the product's code step by step and names the functions. In the
// configurations of the protocol as it is, spin visits every state and finds no stale
// read. In those that break one thing it must find one: the checker can fail.
//
//	go test ./invalidation/model     some small configurations, in seconds
//	make model                       all but the big ones: minutes of the processor, and gigabytes
//	go test ./invalidation/model -big -v -timeout 0   the big ones
//
// What was checked, and the counts, are in invalidation/PROTOCOL.md.
package model
