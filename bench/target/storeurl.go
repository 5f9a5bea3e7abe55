package target

import (
	"errors"
	"fmt"
	"net"
	"net/url"
	"slices"
	"strconv"
	"strings"
)

// A StoreURL is the address of a store, taken apart and found to make sense:
//
//	tiered+redis://user:password@host:port/2?prefix=shop:&size=64MiB
//
// No error of this package holds any of it but scheme, host, port and the names and
// values of options: there may be a password in it.
type StoreURL struct {
	scheme  string // without "tiered+"
	tiered  bool
	hosts   []string // each with its port
	user    *url.Userinfo
	db      int
	options storeOptions
	shown   string
}

// String is the address without the password.
func (u *StoreURL) String() string { return u.shown }

// A storeKind is what the URL of a kind of store may hold.
type storeKind struct {
	port     string // where none is given; "" if the store is on no host
	hosts    int    // at most
	password bool
	db       bool
	options  []string
}

var storeKinds = map[string]storeKind{
	"memory":        {options: []string{"size"}},
	"redis":         {port: "6379", hosts: 1, password: true, db: true, options: sharedOptions},
	"rediss":        {port: "6379", hosts: 1, password: true, db: true, options: sharedOptions},
	"redis-cluster": {port: "6379", hosts: 100, password: true, options: sharedOptions},
	"memcached":     {port: "11211", hosts: 100, options: sharedOptions},
}

var (
	sharedOptions = []string{"compress", "pool", "prefix"}
	tieredOptions = []string{"max-staleness", "size"}
)

const tieredScheme = "tiered+"

// StoreSchemes says which stores there are.
const StoreSchemes = "memory://, redis://, rediss://, redis-cluster://, memcached://, or tiered+ before one of the last four"

var errNotEncoded = errors.New("not a URL: a user or password with / ? # @ or % in it needs %-encoding")

// ParseStore takes a store's address apart, without connecting.
func ParseStore(address string) (*StoreURL, error) {
	scheme, rest, _ := strings.Cut(address, ":")
	u := &StoreURL{}
	u.scheme, u.tiered = strings.CutPrefix(scheme, tieredScheme)
	kind, ok := storeKinds[u.scheme]
	if !ok || u.tiered && kind.port == "" {
		return nil, fmt.Errorf("want %s", StoreSchemes)
	}
	authority, tail := strings.TrimPrefix(rest, "//"), ""
	if i := strings.IndexAny(authority, "/?#"); i >= 0 {
		authority, tail = authority[:i], authority[i:]
	}
	if strings.Contains(tail, "@") { // or the end of a password would be taken for options
		return nil, errNotEncoded
	}
	// The hosts are taken off first: net/url takes no list of them.
	user, hosts := "", authority
	if i := strings.LastIndexByte(authority, '@'); i >= 0 {
		user, hosts = authority[:i+1], authority[i+1:]
	}
	parsed, err := url.Parse("store://" + user + "hosts" + tail)
	if err != nil || parsed.Fragment != "" {
		return nil, errNotEncoded
	}
	u.user = parsed.User
	if err := u.check(kind, hosts, parsed); err != nil {
		return nil, err
	}
	u.shown = scheme + "://" + u.shownUser() + strings.Join(u.hosts, ",") + tail
	return u, nil
}

func (u *StoreURL) shownUser() string {
	if u.user == nil {
		return ""
	}
	return url.UserPassword(u.user.Username(), "xxxxx").String() + "@"
}

// check holds an address against what its kind of store takes.
func (u *StoreURL) check(kind storeKind, hosts string, parsed *url.URL) (err error) {
	if u.user != nil && !kind.password {
		return fmt.Errorf("%s:// takes no user or password", u.scheme)
	}
	if _, ok := u.user.Password(); u.user != nil && !ok { // it may be the password that was meant
		return fmt.Errorf("want %s://user:password@host or %s://:password@host", u.scheme, u.scheme)
	}
	if u.hosts, err = splitHosts(hosts, kind, u.scheme); err != nil {
		return err
	}
	if path := strings.TrimPrefix(parsed.Path, "/"); path != "" {
		if !kind.db {
			return fmt.Errorf("%s:// takes no path", u.scheme)
		}
		if u.db, err = strconv.Atoi(path); err != nil || u.db < 0 {
			return fmt.Errorf("%s://host/%s: want the number of a database, as in %s://host/0", u.scheme, path, u.scheme)
		}
	}
	known := kind.options
	if u.tiered {
		known = slices.Concat(known, tieredOptions)
		slices.Sort(known)
	}
	values, err := url.ParseQuery(parsed.RawQuery)
	if err != nil {
		return errors.New("not a URL: the options need %-encoding")
	}
	u.options, err = parseStoreOptions(values, known, u.scheme)
	return err
}

// splitHosts gives each of several hosts its port. It repeats none that is wrong: it
// may be a part of a password.
func splitHosts(list string, kind storeKind, scheme string) ([]string, error) {
	if kind.hosts == 0 {
		if list != "" {
			return nil, fmt.Errorf("%s:// takes no host", scheme)
		}
		return nil, nil
	}
	hosts := strings.Split(list, ",")
	if len(hosts) > kind.hosts {
		return nil, fmt.Errorf("%s:// takes %d host at most, not %d", scheme, kind.hosts, len(hosts))
	}
	for i, host := range hosts {
		if j := strings.LastIndexByte(host, ':'); j < 0 || strings.HasSuffix(host, "]") {
			host += ":" + kind.port
		}
		name, port, err := net.SplitHostPort(host)
		n, portErr := strconv.ParseUint(port, 10, 16)
		if err != nil || portErr != nil || n == 0 || name == "" {
			return nil, fmt.Errorf("want %s://host:port with a port of 1 to 65535, as in %s://localhost:%s", scheme, scheme, kind.port)
		}
		hosts[i] = net.JoinHostPort(name, port)
	}
	return hosts, nil
}
