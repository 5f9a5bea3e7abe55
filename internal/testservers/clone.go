package testservers

import (
	"net/url"
	"testing"
)

// Clone returns a copy of a server from [NewPostgres], with all that is in its
// databases, on another port, which ends with the test. The two have the same system
// identifier, as a copy that pg_basebackup made. The server restarts for it.
func (s *PostgresServer) Clone(t testing.TB) *PostgresServer {
	t.Helper()
	if !s.own {
		t.Fatal("testservers: Clone of a PostgreSQL that other tests use; ask NewPostgres for one")
	}
	server, err := s.server.Clone()
	check(t, err)
	closeLater(t, server)
	address, err := url.Parse(s.address)
	check(t, err)
	address.Host = server.URL().Host
	return &PostgresServer{server: server, name: s.name, address: address.String(), own: true}
}
