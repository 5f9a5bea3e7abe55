package target

import (
	"fmt"
	"math"
	"net/url"
	"slices"
	"strconv"
	"strings"
	"time"
)

// storeOptions are the options of all kinds of stores; the zero value has the
// defaults.
type storeOptions struct {
	prefix       string
	compress     int // bytes above which entries are compressed; 0 for never
	pool         int // connections; 0 for as many as the workers need
	size         int64
	maxStaleness time.Duration
}

// The bounds of options are those beyond which a value is a slip.
const (
	maxPrefix = 64 // memcached's keys have 250 bytes in all
	maxPool   = 10_000
)

// parseStoreOptions reads the options that a kind of store knows.
func parseStoreOptions(values url.Values, known []string, scheme string) (o storeOptions, err error) {
	for name, v := range values {
		switch {
		case !slices.Contains(known, name):
			return o, fmt.Errorf("%s:// knows the options %s, not %q", scheme, strings.Join(known, ", "), name)
		case len(v) > 1:
			return o, fmt.Errorf("option %s is given twice", name)
		}
		if err := o.set(name, v[0]); err != nil {
			return o, err
		}
	}
	return o, nil
}

func (o *storeOptions) set(name, text string) (err error) {
	switch name {
	case "prefix":
		o.prefix = text
		if len(text) > maxPrefix || strings.ContainsFunc(text, func(r rune) bool { return r <= ' ' || r >= 0x7f }) {
			return fmt.Errorf("prefix %q: want at most %d printable ASCII characters without spaces", text, maxPrefix)
		}
	case "compress":
		var n int64
		n, err = parseSize(text)
		o.compress = int(min(n, math.MaxInt))
	case "size":
		o.size, err = parseSize(text)
	case "pool":
		if o.pool, err = strconv.Atoi(text); err != nil || o.pool < 1 || o.pool > maxPool {
			return fmt.Errorf("pool %q: want a number of connections from 1 to %d", text, maxPool)
		}
	case "max-staleness":
		if o.maxStaleness, err = time.ParseDuration(text); err != nil || o.maxStaleness <= 0 {
			return fmt.Errorf("max-staleness %q: want a time above 0, as in 100ms", text)
		}
	}
	if err != nil {
		return fmt.Errorf("%s %w", name, err)
	}
	return nil
}

// parseSize reads 64MiB, 1GiB, 512KiB or a number of bytes.
func parseSize(text string) (int64, error) {
	number, unit := text, int64(1)
	for i, suffix := range []string{"KiB", "MiB", "GiB"} {
		if n, ok := strings.CutSuffix(text, suffix); ok {
			number, unit = n, 1<<(10*(i+1))
		}
	}
	n, err := strconv.ParseInt(number, 10, 64)
	if err != nil || n <= 0 || n > math.MaxInt64/unit {
		return 0, fmt.Errorf("%q: want a number of bytes above 0, or one of KiB, MiB, GiB, as in 64MiB", text)
	}
	return n * unit, nil
}
