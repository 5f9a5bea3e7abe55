// Package testservers starts real PostgreSQL, Redis and memcached servers for
// tests.
//
// Each is a private child process of package servers. It ends with the test that
// asked for it, or, where the tests of a binary share it, with the binary, even when
// that is killed.
//
// A server that runs already is used instead where an environment variable names
// it, except by tests that need one of their own. A server that is neither named
// nor installed skips the test.
//
//	GOJOHNNY_POSTGRES_URL     a PostgreSQL, 13 or newer, on which databases may be created
//	GOJOHNNY_PG_BINDIR        the directory of postgres and initdb
//	GOJOHNNY_REDIS_URL        a Redis or Valkey, 6.2 or newer
//	GOJOHNNY_MEMCACHED_ADDR   a memcached, 1.6 or newer, as host:port
//	GOJOHNNY_REQUIRE_SERVERS  if 1, a missing server fails the test instead
//
// Tests that share servers should wait for them to be gone before they exit:
//
//	func TestMain(m *testing.M) { testservers.Main(m) }
//
// The package is for tests only and needs a Unix system.
package testservers
