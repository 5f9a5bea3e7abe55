// Package model has spin check the protocol of package invalidation, in Promela: reads and
// writes in protocol.pml, and in announcement.pml who moves the epoch when definitions have
// changed past gojohnny (package cache). The configurations in which they are checked are in
// protocol.txt and announcement.txt. It has a test only, and needs spin and a C compiler.
//
// The models follow the product's code step by step and name the functions. In the
// configurations of the protocol as it is, spin visits every state and finds no stale
// read. In those that break one thing it must find one: the checker can fail.
//
//	go test ./invalidation/model     some small configurations, in seconds
//	make model                       all but the big ones: minutes of the processor, and gigabytes
//	go test ./invalidation/model -big -v -timeout 0   the big ones
//
// What was checked, and the counts, are in invalidation/PROTOCOL.md.
package model
