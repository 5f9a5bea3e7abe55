//go:build unix

package history

import (
	"fmt"

	"golang.org/x/sys/unix"
)

// Now is the time in nanoseconds by the clock that all processes of the machine
// share: what happened before in one of them has a smaller time in every other.
// [time.Time] does not do: its monotonic reading counts from the start of the process.
func Now() int64 {
	var t unix.Timespec
	if err := unix.ClockGettime(unix.CLOCK_MONOTONIC, &t); err != nil {
		panic(fmt.Sprintf("history: the system has no monotonic clock: %v", err))
	}
	return t.Nano()
}
