package servers

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
		return "", missing("PostgreSQL", "postgresql", "postgresql-server", "postgresql@17")
	}
	return dir, nil
}

func redisProgram() (string, error) {
	for _, name := range []string{"redis-server", "valkey-server"} {
		if program, err := exec.LookPath(name); err == nil {
			return program, nil
		}
	}
	return "", missing("Redis", "redis-server", "valkey", "redis")
}

func memcachedProgram() (string, error) {
	program, err := exec.LookPath("memcached")
	if err != nil {
		return "", missing("memcached", "memcached", "memcached", "memcached")
	}
	return program, nil
}

// compiler is that of C.
func compiler() (string, error) {
	for _, name := range []string{"cc", "gcc", "clang"} {
		if program, err := exec.LookPath(name); err == nil {
			return program, nil
		}
	}
	return "", missing("a C compiler", "gcc libc6-dev", "gcc", "gcc")
}

// ErrMissing is wrapped by the error of a server that is not installed, which says
// what to install.
var ErrMissing = errors.New("is not installed")

func missing(server, debian, fedora, brew string) error {
	return fmt.Errorf("%s %w\n\tDebian, Ubuntu: apt-get install %s\n\tFedora: dnf install %s\n\tmacOS: brew install %s",
		server, ErrMissing, debian, fedora, brew)
}
