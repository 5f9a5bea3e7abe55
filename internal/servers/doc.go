// Package servers starts private PostgreSQL, Redis and memcached servers, for tests
// (through package testservers) and for the benchmark's fault injection.
//
// Each server is a child process on a free port of the loopback interface, in a
// directory of its own under /tmp. It ends when it is closed, and when the program
// that started it dies, be it by SIGKILL: [child] tells how.
//
// None of the types is safe for concurrent use. The package needs a Unix system.
package servers
