package target

import (
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"
)

func TestParseStore(t *testing.T) {
	for _, c := range []struct {
		address string
		hosts   string
		user    string // with the password
		db      int
		options storeOptions
		shown   string // if it is not the address
	}{
		{address: "memory:", shown: "memory://"},
		{address: "memory://"},
		{address: "memory://?size=64MiB", options: storeOptions{size: 64 << 20}},
		{address: "memory://?size=1048576", options: storeOptions{size: 1 << 20}},
		{address: "memory://?size=1GiB", options: storeOptions{size: 1 << 30}},
		{address: "redis://host", hosts: "host:6379", shown: "redis://host:6379"},
		{address: "redis://host:1/", hosts: "host:1"},
		{address: "redis://host:65535/15", hosts: "host:65535", db: 15},
		{address: "redis://[::1]:7000", hosts: "[::1]:7000"},
		{address: "redis://[::1]", hosts: "[::1]:6379", shown: "redis://[::1]:6379"},
		{
			address: "redis://me:sec%2Fr%40t@host:1?pool=64&compress=1KiB&prefix=shop:", hosts: "host:1", user: "me:sec%2Fr%40t",
			options: storeOptions{pool: 64, compress: 1024, prefix: "shop:"},
			shown:   "redis://me:xxxxx@host:1?pool=64&compress=1KiB&prefix=shop:",
		},
		{address: "rediss://:secret@host:1/2", hosts: "host:1", user: ":secret", db: 2, shown: "rediss://:xxxxx@host:1/2"},
		{
			address: "redis-cluster://:secret@h1:1,h2:2,h3", hosts: "h1:1,h2:2,h3:6379", user: ":secret",
			shown: "redis-cluster://:xxxxx@h1:1,h2:2,h3:6379",
		},
		{address: "memcached://h1:1,h2", hosts: "h1:1,h2:11211", shown: "memcached://h1:1,h2:11211"},
		{
			address: "tiered+redis://host:1/3?size=1MiB&max-staleness=100ms", hosts: "host:1", db: 3,
			options: storeOptions{size: 1 << 20, maxStaleness: 100 * time.Millisecond},
		},
		{address: "tiered+redis-cluster://h:1,i:1", hosts: "h:1,i:1"},
		{address: "tiered+rediss://h:1", hosts: "h:1"},
		{address: "tiered+memcached://h:1?size=1KiB", hosts: "h:1", options: storeOptions{size: 1024}},
	} {
		u, err := ParseStore(c.address)
		if err != nil {
			t.Errorf("%s: %v", c.address, err)
			continue
		}
		got := fmt.Sprint(strings.Join(u.hosts, ","), u.user, u.db, u.options)
		user := c.user
		if u.user == nil {
			user = "<nil>"
		}
		if want := fmt.Sprint(c.hosts, user, c.db, c.options); got != want {
			// fmt puts spaces between operands that are not strings only.
			if want = fmt.Sprint(c.hosts, u.user, c.db, c.options); got != want || u.user.String() != c.user {
				t.Errorf("%s: got %s; want %s", c.address, got, want)
			}
		}
		shown := c.shown
		if shown == "" {
			shown = c.address
		}
		if u.String() != shown {
			t.Errorf("%s: shown as %s; want %s", c.address, u, shown)
		}
	}
}

func TestParseStoreSaysWhatIsWrong(t *testing.T) {
	for address, want := range map[string]string{
		"":                                  "want memory://, redis://",
		"redit://host":                      "want memory://, redis://",
		"password=secret":                   "want memory://, redis://",
		"tiered+memory://":                  "want memory://, redis://",
		"tiered+tiered+redis://h":           "want memory://, redis://",
		"memory://host":                     "memory:// takes no host",
		"memory:///path":                    "memory:// takes no path",
		"memory://me:secret@":               "memory:// takes no user",
		"memory://?size=0":                  "want a number of bytes above 0",
		"memory://?size=-1MiB":              "want a number of bytes above 0",
		"memory://?size=9999999999999GiB":   "want a number of bytes above 0",
		"memory://?size=64MB":               `size "64MB": want a number`,
		"memory://?sice=64MiB":              `memory:// knows the options size, not "sice"`,
		"memory://?size=1&size=2":           "size is given twice",
		"memory://?size=%zz":                "options need %-encoding",
		"memory://#secret":                  "not a URL",
		"redis://":                          "want redis://host:port",
		"redis://:6379":                     "want redis://host:port",
		"redis://host:0":                    "want redis://host:port",
		"redis://host:65536":                "want redis://host:port",
		"redis://host:port":                 "want redis://host:port",
		"redis://::1":                       "want redis://host:port",
		"redis://h1,h2":                     "redis:// takes 1 host at most, not 2",
		"redis://host/one":                  "want the number of a database",
		"redis://host/-1":                   "want the number of a database",
		"redis://secret@host":               "want redis://user:password@host",
		"redis://me:sec/ret@host":           "%-encoding",
		"redis://me:secret?@host":           "%-encoding",
		"redis://me:12#secret@host":         "%-encoding",
		"redis://me:secret%@host":           "%-encoding",
		"redis://me:secret/":                "want redis://host:port",
		"redis://h?password=secret":         `knows the options compress, pool, prefix, not "password"`,
		"redis://h?size=1MiB":               `knows the options compress, pool, prefix, not "size"`,
		"redis://h?pool=0":                  "from 1 to 10000",
		"redis://h?pool=many":               "from 1 to 10000",
		"redis://h?compress=no":             `compress "no": want a number of bytes`,
		"redis://h?prefix=a%20b":            "prefix",
		"redis-cluster://h1,,h2":            "want redis-cluster://host:port",
		"redis-cluster://h1/1":              "redis-cluster:// takes no path",
		"memcached://me:secret@h1":          "memcached:// takes no user or password",
		"memcached://h1/1":                  "memcached:// takes no path",
		"tiered+redis://h?max-staleness=":   "want a time above 0",
		"tiered+redis://h?max-staleness=0s": "want a time above 0",
		"tiered+memcached://h?sice=1":       `knows the options compress, max-staleness, pool, prefix, size, not "sice"`,
	} {
		_, err := ParseStore(address)
		if err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%q: got %v; want an error with %q", address, err, want)
			continue
		}
		if text := err.Error(); strings.Contains(text, "secret") || strings.Contains(text, "\n") {
			t.Errorf("%q: error holds the password or a line break: %q", address, text)
		}
	}
}

// No address makes the parser panic, and none that it takes shows its password.
func FuzzParseStore(f *testing.F) {
	f.Add("redis://me:secret@host:6379/1?pool=3")
	f.Add("tiered+memcached://h1,h2?size=1KiB")
	f.Add("redis-cluster://:a%2fb@h1:1,[::1]:2")
	f.Fuzz(func(t *testing.T, address string) {
		u, err := ParseStore(address)
		if err != nil {
			return
		}
		again, err := ParseStore(u.String())
		if err != nil || !slices.Equal(again.hosts, u.hosts) || again.options != u.options || again.String() != u.String() {
			t.Errorf("%q is shown as %q, which is another store: %v", address, u, err)
		}
		if p, _ := again.user.Password(); again.user != nil && p != "xxxxx" {
			t.Errorf("%q is shown with the password %q", address, p)
		}
	})
}
