package cache

import (
	"fmt"
	"testing"

	"github.com/gojohnny/gojohnny/backends"
)

// Two queries never share a key. Each line of field.md's "Keys" is a pair here.
func TestKeysDiffer(t *testing.T) {
	scope := digest{1}
	query := func(sql string, fill func(*Args)) backends.Key {
		d := textDigest("ns", []string{"ns/", "ns/*.t"}, sql)
		var a Args
		fill(&a)
		d = scopedDigest(&d, &scope)
		return keyOf(&d, &a)
	}
	none := func(*Args) {}
	text := func(values ...string) func(*Args) {
		return func(a *Args) {
			for _, v := range values {
				a.Text("string", v)
			}
		}
	}
	number := func(typ string, values ...uint64) func(*Args) {
		return func(a *Args) {
			for _, v := range values {
				a.Uint64(typ, v)
			}
		}
	}
	nulls := func(n int) func(*Args) {
		return func(a *Args) {
			for range n {
				a.Null()
			}
		}
	}
	const sql = "SELECT a FROM t WHERE b = $1"
	keys := map[backends.Key]string{}
	for name, key := range map[string]backends.Key{
		"plain":             query(sql, none),
		"upper case":        query("SELECT A FROM t WHERE b = $1", none),
		"blank in literal":  query("SELECT a FROM t WHERE b = 'x  y'", none),
		"blanks in literal": query("SELECT a FROM t WHERE b = 'x y'", none),
		"NULL":              query(sql, nulls(1)),
		"NULL, NULL":        query(sql, nulls(2)),
		"''":                query(sql, text("")),
		"'',''":             query(sql, text("", "")),
		"'NULL'":            query(sql, text("NULL")),
		"'0'":               query(sql, text("0")),
		"0":                 query(sql, number("int64", 0)),
		"0 in 32 bits":      query(sql, number("int32", 0)),
		"false":             query(sql, number("bool", 0)),
		"'1'":               query(sql, text("1")),
		"1":                 query(sql, number("int64", 1)),
		"1,23":              query(sql, text("1", "23")),
		"12,3":              query(sql, text("12", "3")),
		"a,bc":              query(sql, text("a", "bc")),
		"ab,c":              query(sql, text("ab", "c")),
		"abc":               query(sql, text("abc")),
		"bytes abc":         query(sql, func(a *Args) { a.Field("[]byte", []byte("abc")) }),
		"a type's name as a value": query(sql, func(a *Args) {
			a.Field("", []byte("string"))
			a.Field("", []byte("abc"))
		}),
	} {
		if other, ok := keys[key]; ok {
			t.Errorf("%s and %s share a key", name, other)
		}
		keys[key] = name
	}
	if once, again := query(sql, text("a", "b")), query(sql, text("a", "b")); once != again {
		t.Error("one query has two keys")
	}
}

func TestKeyDependsOn(t *testing.T) {
	seen := map[string]bool{}
	for _, ns := range []string{"a", "b"} {
		for _, tags := range [][]string{{"x", "y"}, {"xy"}, {"x"}, {"y", "x"}} {
			for _, sql := range []string{"s", "sx"} {
				for _, sc := range []digest{{1}, {2}} {
					d := textDigest(ns, tags, sql)
					d = scopedDigest(&d, &sc)
					k := fmt.Sprint(keyOf(&d, new(Args)))
					if seen[k] {
						t.Errorf("%s %v %s %v: key seen before", ns, tags, sql, sc[0])
					}
					seen[k] = true
				}
			}
		}
	}
}

func TestArgsRefuse(t *testing.T) {
	for value, refused := range map[string]bool{
		"now": true, "TODAY": true, "{yesterday,tomorrow}": true, "known": false, "nowhere": false, "": false,
	} {
		var a Args
		a.Text("string", value)
		if got := a.reason.Code == ArgumentDate; got != refused {
			t.Errorf("%q: refused is %v; want %v", value, got, refused)
		}
		a.Reset()
		if a.reason.Code != "" || len(a.buf) != 0 {
			t.Errorf("%q: Reset leaves %v", value, a)
		}
	}
}

func TestKeyAllocatesNothing(t *testing.T) {
	m := &meaning{digest: textDigest("ns", nil, "s")}
	sc := digest{1}
	a := &Args{buf: make([]byte, 0, 256)}
	if n := testing.AllocsPerRun(100, func() {
		a.Reset()
		a.Uint64("int64", 7)
		a.Text("string", "seven")
		_ = keyOf(m.in(&sc), a)
	}); n != 0 {
		t.Errorf("a key allocates %v times; want 0", n)
	}
}
