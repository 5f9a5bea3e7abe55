package target

import (
	"errors"
	"fmt"
	"math"
	"net/url"
	"strconv"
	"strings"

	"github.com/gojohnny/gojohnny/backends"
	"github.com/gojohnny/gojohnny/backends/memstore"
)

// A Store is a place for results that somebody named by a URL.
type Store struct {
	backends.Store
	Close func()
}

// openers open a store, by the scheme of its URL.
var openers = map[string]func(*url.URL) (Store, error){
	"memory": openMemory,
}

// OpenStore opens the store at address, such as memory://?size=64MiB.
func OpenStore(address string) (Store, error) {
	u, err := url.Parse(address)
	if err != nil {
		return Store{}, errors.New("not a URL")
	}
	open := openers[u.Scheme]
	if open == nil {
		return Store{}, fmt.Errorf("no store %q; there is memory://?size=64MiB", u.Scheme+"://")
	}
	return open(u)
}

// Redacted is a store's address as it may be shown: without a password.
func Redacted(address string) string {
	u, err := url.Parse(address)
	if err != nil {
		return ""
	}
	if _, ok := u.User.Password(); ok {
		return u.Redacted()
	}
	return address // as it was typed
}

func openMemory(u *url.URL) (Store, error) {
	if u.Host != "" || u.Path != "" {
		return Store{}, errors.New("memory:// takes no host or path")
	}
	var o memstore.Options
	for name, values := range u.Query() {
		if name != "size" {
			return Store{}, fmt.Errorf("memory:// knows size, not %q", name)
		}
		size, err := parseSize(values[0])
		if err != nil {
			return Store{}, err
		}
		o.MaxBytes = size
	}
	s, err := memstore.New(&o)
	if err != nil {
		return Store{}, err
	}
	return Store{Store: s, Close: s.Close}, nil
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
		return 0, fmt.Errorf("size %q: want a number of bytes above 0, or one of KiB, MiB, GiB, as in 64MiB", text)
	}
	return n * unit, nil
}
