package servers

import (
	_ "embed"
	"encoding/binary"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"runtime"
	"time"
)

// clockSource is what stands between a server and its clock.
//
//go:embed clock/clock.c
var clockSource string

// StartRedisWithClock is StartRedis for a server whose clock [Redis.SetClock] sets. It takes
// a C compiler, and Linux: elsewhere the error wraps [errors.ErrUnsupported].
func StartRedisWithClock(args ...string) (*Redis, error) {
	if runtime.GOOS != "linux" {
		return nil, fmt.Errorf("a Redis whose clock is set: %w on %s", errors.ErrUnsupported, runtime.GOOS)
	}
	cc, err := compiler()
	if err != nil {
		return nil, err
	}
	return startRedis(func(c *child) (before []string, err error) {
		source, library := filepath.Join(c.dir, "clock.c"), filepath.Join(c.dir, "clock.so")
		if err := errors.Join(c.writeFile(source, clockSource), c.writeFile(clockFile(c), string(ahead(0)))); err != nil {
			return nil, err
		}
		if err := c.run(cc, "-O2", "-shared", "-fPIC", "-o", library, source); err != nil {
			return nil, err
		}
		return []string{"env", "LD_PRELOAD=" + library, "GOJOHNNY_CLOCK=" + clockFile(c)}, nil
	}, args)
}

// SetClock sets the server's time of day as far ahead of the machine's as it is told, or
// behind it by a negative time: a step, at once, as by date or a jump of NTP. The server
// must be one of StartRedisWithClock.
func (s *Redis) SetClock(by time.Duration) error {
	f, err := os.OpenFile(clockFile(s.child), os.O_WRONLY, 0)
	if err != nil {
		return err
	}
	_, err = f.WriteAt(ahead(by), 0) // in its place: the server has it mapped
	return errors.Join(err, f.Close())
}

func clockFile(c *child) string { return filepath.Join(c.dir, "clock") }

// ahead is what the clock's file has.
func ahead(by time.Duration) []byte {
	return binary.NativeEndian.AppendUint64(nil, uint64(by.Microseconds()))
}
