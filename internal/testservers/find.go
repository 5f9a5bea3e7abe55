package testservers

import (
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
)

// postgresBinDir is where postgres and initdb are: GOJOHNNY_PG_BINDIR, a directory
// in PATH, or the newest of those where Debian has them.
func postgresBinDir() (string, error) {
	if dir := os.Getenv("GOJOHNNY_PG_BINDIR"); dir != "" {
		return dir, nil
	}
	if initdb, err := exec.LookPath("initdb"); err == nil {
		initdb, err = filepath.EvalSymlinks(initdb) // postgres is beside the real one
		return filepath.Dir(initdb), err
	}
	found, err := filepath.Glob("/usr/lib/postgresql/*/bin/initdb")
	if err != nil {
		return "", err
	}
	newest, dir := 0, ""
	for _, initdb := range found {
		bin := filepath.Dir(initdb)
		version, err := strconv.Atoi(filepath.Base(filepath.Dir(bin)))
		if err == nil && version > newest {
			newest, dir = version, bin
		}
	}
	if dir == "" {
		return "", missing("PostgreSQL", "GOJOHNNY_POSTGRES_URL or GOJOHNNY_PG_BINDIR",
			"postgresql", "postgresql-server", "postgresql@17")
	}
	return dir, nil
}

// missing says how to come by a server that was not found.
func missing(server, variables, debian, fedora, brew string) error {
	return fmt.Errorf("%w: %s\n\tDebian, Ubuntu: apt-get install %s\n\tFedora: dnf install %s\n\tmacOS: brew install %s\n\tor set %s",
		errMissing, server, debian, fedora, brew, variables)
}
