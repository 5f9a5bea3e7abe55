package testservers

import (
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
)

// initdbs are the programs that packages keep out of PATH, below directories that
// end in the version.
var initdbs = []string{
	"/usr/lib/postgresql/*/bin/initdb",          // Debian, Ubuntu
	"/usr/pgsql-*/bin/initdb",                   // PostgreSQL's own for Fedora
	"/opt/homebrew/opt/postgresql@*/bin/initdb", // macOS
	"/usr/local/opt/postgresql@*/bin/initdb",    // macOS on Intel
}

// postgresBinDir is where postgres and initdb are: GOJOHNNY_PG_BINDIR, a directory
// in PATH, or the newest of those out of it.
func postgresBinDir() (string, error) {
	if dir := os.Getenv("GOJOHNNY_PG_BINDIR"); dir != "" {
		return dir, nil
	}
	if initdb, err := exec.LookPath("initdb"); err == nil {
		initdb, err = filepath.EvalSymlinks(initdb) // postgres is beside the real one
		return filepath.Dir(initdb), err
	}
	newest, dir := 0, ""
	for _, pattern := range initdbs {
		found, err := filepath.Glob(pattern)
		if err != nil {
			return "", err
		}
		for _, initdb := range found {
			bin := filepath.Dir(initdb)
			name := filepath.Base(filepath.Dir(bin))
			version, err := strconv.Atoi(strings.TrimLeft(name, "abcdefghijklmnopqrstuvwxyz@-"))
			if err == nil && version > newest {
				newest, dir = version, bin
			}
		}
	}
	if dir == "" {
		return "", missing("PostgreSQL", "GOJOHNNY_POSTGRES_URL", "postgresql", "postgresql-server", "postgresql@17")
	}
	return dir, nil
}

func redisProgram() (string, error) {
	for _, name := range []string{"redis-server", "valkey-server"} {
		if program, err := exec.LookPath(name); err == nil {
			return program, nil
		}
	}
	return "", missing("Redis", "GOJOHNNY_REDIS_URL", "redis-server", "valkey", "redis")
}

func memcachedProgram() (string, error) {
	program, err := exec.LookPath("memcached")
	if err != nil {
		return "", missing("memcached", "GOJOHNNY_MEMCACHED_ADDR", "memcached", "memcached", "memcached")
	}
	return program, nil
}

// errSkip is wrapped by errors for which a test is skipped.
var errSkip = errors.New("skipped for want of a server")

// missing says how to come by a server that was not found. The error wraps errSkip
// unless servers are required; one that is given by its variable is not, even by
// tests that cannot use it because they need one of their own.
func missing(server, variable, debian, fedora, brew string) error {
	err := fmt.Errorf("%s is not installed\n\tDebian, Ubuntu: apt-get install %s\n\tFedora: dnf install %s\n"+
		"\tmacOS: brew install %s\n\tor set %s", server, debian, fedora, brew, variable)
	if os.Getenv("GOJOHNNY_REQUIRE_SERVERS") == "1" && os.Getenv(variable) == "" {
		return err
	}
	return fmt.Errorf("%w: %w", errSkip, err)
}
