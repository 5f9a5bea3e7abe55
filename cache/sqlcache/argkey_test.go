package sqlcache

import (
	"database/sql"
	"database/sql/driver"
	"errors"
	"fmt"
	"math"
	"math/big"
	"net/netip"
	"reflect"
	"testing"
	"time"

	"github.com/google/uuid"
	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgtype"

	"github.com/gojohnny/gojohnny/cache"
)

// keyed gives the form of args in a key, and whether they were refused. It looks at
// what cache.Args holds, since two keys that differ in nothing else are equal.
func keyed(args ...driver.NamedValue) string {
	var key cache.Args
	keyArgs(&key, args)
	return fmt.Sprintf("%+v", key)
}

func values(args ...any) []driver.NamedValue {
	list := make([]driver.NamedValue, len(args))
	for i, v := range args {
		list[i] = driver.NamedValue{Ordinal: i + 1, Value: v}
	}
	return list
}

func isRefused(args ...any) bool {
	var key cache.Args
	keyArgs(&key, values(args...))
	return reflect.ValueOf(key).FieldByName("reason").FieldByName("Code").String() != ""
}

type (
	namedInt    int
	namedString string
	pair        struct{ A, B string }
	hidden      struct {
		a int
		t time.Time
	}
	tagged struct {
		A string `json:"a"`
	}
	otherTagged struct {
		A string `json:"b"`
	}
	// moment is a Valuer that has nothing to tell it by.
	moment struct{}
	// sealed is a Valuer whose parts do not tell all.
	sealed  struct{ n int }
	failing struct{}
)

var unseen = "one"

func (moment) Value() (driver.Value, error)   { return time.Now(), nil }
func (sealed) Value() (driver.Value, error)   { return unseen, nil }
func (*failing) Value() (driver.Value, error) { return nil, errors.New("no") }

// TestArgumentsDiffer lists arguments of which no two may share a key. field.md names
// seven systems in which some do.
func TestArgumentsDiffer(t *testing.T) {
	berlin := time.FixedZone("CET", 3600)
	when := time.Date(2026, 1, 2, 3, 4, 5, 6, time.UTC)
	one, other := 1, 2
	text := "a"
	var nilInt *int
	lists := [][]any{
		{},
		{nil},
		{nil, nil},
		{""},
		{"", ""},
		{"a", "bc"},
		{"ab", "c"},
		{"abc"},
		{"a", "bc", ""},
		{1},
		{int64(1)},
		{int32(1)},
		{int16(1)},
		{int8(1)},
		{uint(1)},
		{uint8(1)},
		{uint64(1)},
		{"1"},
		{true},
		{false},
		{0},
		{"0"},
		{1, 23},
		{12, 3},
		{123},
		{-1},
		{uint64(math.MaxUint64)},
		{1.0},
		{float32(1)},
		{math.NaN()},
		{math.Copysign(0, -1)},
		{0.0},
		{complex(1, 2)},
		{complex(2, 1)},
		{[]byte("a")},
		{[]byte(nil)},
		{[]byte{}},
		{"a"},
		{namedString("a")},
		{namedInt(1)},
		{[1]byte{'a'}},
		{[]string{"a"}},
		{[]any{"a"}},
		{&one},
		{&other},
		{nilInt},
		{&text},
		{(*string)(nil)},
		{when},
		{when.In(berlin)},
		{when.In(time.FixedZone("X", 3600))},
		{when.Add(1)},
		{&when},
		{when.Local()},
		{time.Time{}},
		{[]int{}},
		{[]int(nil)},
		{[]int{1, 2}},
		{[]int{2, 1}},
		{[]int64{1, 2}},
		{[2]int{1, 2}},
		{[][]int{{1}, {2}}},
		{[][]int{{1, 2}}},
		{[]int{1}, 2},
		{[]*int{nil}},
		{[]*int{&one}},
		{[]string{"a", "b"}},
		{[]string{"ab"}},
		{[]string{"a,b"}},
		{`{a,b}`},
		{map[string]int{"a": 1}},
		{map[string]int{"a": 2}},
		{map[string]int{"b": 1}},
		{map[string]int{}},
		{map[string]int(nil)},
		{map[string]any{"a": 1}},
		{map[string]any{"a": nil}},
		{pgx.NamedArgs{"a": 1}},
		{pgx.StrictNamedArgs{"a": 1}},
		{pgx.NamedArgs{"a": "1"}},
		{map[int]string{1: "a", 2: "b"}},
		{map[int]string{2: "a", 1: "b"}},
		{pair{"a", "b"}},
		{pair{"ab", ""}},
		{&pair{"a", "b"}},
		{struct{ A, B string }{"a", "b"}},
		{struct{ B, A string }{"a", "b"}},
		{hidden{a: 1}},
		{hidden{a: 2}},
		{hidden{t: when}},
		{hidden{t: when.In(berlin)}},
		{&hidden{t: when}},
		{tagged{"x"}},
		{otherTagged{"x"}},
		{struct{}{}},
		{netip.MustParseAddr("10.0.0.1")},
		{netip.MustParseAddr("10.0.0.2")},
		{netip.MustParseAddr("fe80::1%a")},
		{netip.MustParseAddr("fe80::1%b")},
		{netip.MustParsePrefix("10.0.0.0/8")},
		{netip.MustParsePrefix("10.0.0.0/9")},
		{pgtype.Numeric{Int: big.NewInt(12), Exp: 0, Valid: true}},
		{pgtype.Numeric{Int: big.NewInt(12), Exp: 1, Valid: true}},
		{pgtype.Numeric{Int: big.NewInt(-12), Exp: 0, Valid: true}},
		{pgtype.Numeric{NaN: true, Valid: true}},
		{pgtype.Numeric{}},
		{big.NewInt(12)},
		{big.NewInt(-12)},
		{uuid.MustParse("a0eebc99-9c0b-4ef8-bb6d-6bb9bd380a11")},
		{uuid.MustParse("a0eebc99-9c0b-4ef8-bb6d-6bb9bd380a12")},
		{[16]byte(uuid.MustParse("a0eebc99-9c0b-4ef8-bb6d-6bb9bd380a11"))},
		{sql.NullString{}},
		{sql.NullString{String: "a"}},
		{sql.NullString{String: "a", Valid: true}},
		{sql.NullInt64{}},
		{sealed{1}},
		{sealed{2}},
		{pgx.QueryExecModeExec, 1},
		{pgx.QueryExecModeSimpleProtocol, 1},
		{int32(pgx.QueryExecModeExec), 1},
		{pgx.QueryResultFormats{0}},
		{pgx.QueryResultFormats{1}},
		{pgx.QueryResultFormatsByOID{25: 1}},
		{pgx.QueryResultFormatsByOID{26: 1}},
	}
	seen := map[string][]any{}
	for _, args := range lists {
		key := keyed(values(args...)...)
		if before, ok := seen[key]; ok {
			t.Errorf("%#v and %#v share a key", before, args)
		}
		seen[key] = args
		if again := keyed(values(args...)...); again != key {
			t.Errorf("%#v has two keys", args)
		}
		if isRefused(args...) {
			t.Errorf("%#v is refused", args)
		}
	}
	a, b := values(1), values(1)
	b[0].Name = "n"
	if keyed(a...) == keyed(b...) {
		t.Error("a name makes no difference")
	}
}

// What a Valuer says counts besides its parts.
func TestValuerIsAsked(t *testing.T) {
	defer func() { unseen = "one" }()
	before := keyed(values(sealed{1})...)
	unseen = "other"
	if keyed(values(sealed{1})...) == before {
		t.Error("two values of one structure share a key")
	}
	if nested := []sealed{{1}}; keyed(values(nested)...) == func() string { unseen = "third"; return keyed(values(nested)...) }() {
		t.Error("likewise in a slice")
	}
}

// Equal arguments have one key, wherever they lie in memory.
func TestEqualArgumentsShareAKey(t *testing.T) {
	one, same := 1, 1
	now := time.Now()
	for _, tt := range [][2]any{
		{&one, &same},
		{now, now.Round(0)}, // the monotonic reading is nobody's business
		{map[string]int{"a": 1, "b": 2, "c": 3}, map[string]int{"c": 3, "b": 2, "a": 1}},
		{netip.MustParseAddr("fe80::1%eth0"), netip.MustParseAddr("fe80::1%eth0")},
		{pgtype.Numeric{Int: big.NewInt(5), Valid: true}, pgtype.Numeric{Int: big.NewInt(5), Valid: true}},
	} {
		if keyed(values(tt[0])...) != keyed(values(tt[1])...) {
			t.Errorf("%#v and %#v have different keys", tt[0], tt[1])
		}
	}
}

type cycle struct{ next *cycle }

func TestRefusedArguments(t *testing.T) {
	ring := &cycle{}
	ring.next = ring
	var deep any
	for range maxDepth + 2 {
		deep = []any{deep}
	}
	for _, v := range []any{
		func() {}, make(chan int), ring, deep,
		moment{},
		&moment{},
		[]moment{{}},
		struct{ M any }{moment{}},
		struct{ f func() }{func() {}},
		map[float64]int{1: 1},
		map[any]int{1: 1},
		&failing{},
		sql.Out{Dest: new(int)},
		"now", "Today at noon", []byte("yesterday"), namedString("now"),
		[]string{"x", "tomorrow"},
		sql.NullString{String: "now", Valid: true},
		pgx.NamedArgs{"d": "now"},
		*time.UTC,
	} {
		if !isRefused(v) {
			t.Errorf("%T %v is not refused", v, v)
		}
	}
	if isRefused("I know", "nowhere") {
		t.Error("a word with now in it is refused")
	}
}

func TestCommonArgumentsDoNotAllocate(t *testing.T) {
	var key cache.Args
	args := values("a string", 1, int64(2), int32(3), true, 1.5, []byte("bytes"), time.Now(), nil)
	keyArgs(&key, args)
	if n := testing.AllocsPerRun(100, func() { keyArgs(&key, args) }); n != 0 {
		t.Errorf("got %v allocations; want none", n)
	}
}
