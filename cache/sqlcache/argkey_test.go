package sqlcache

import (
	"database/sql"
	"database/sql/driver"
	"encoding/json"
	"encoding/xml"
	"errors"
	"fmt"
	"math"
	"math/big"
	"net"
	"net/netip"
	"reflect"
	"testing"
	"time"

	"github.com/google/uuid"
	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgtype"
	"github.com/jackc/pgx/v5/pgtype/zeronull"

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
	namedBytes  []byte
	namedList   []string
	plainOther  int
	pair        struct{ A, B string }
	recursive   []recursive

	// spoken tells drivers something that its value does not tell.
	spoken int
	// printed does so by String alone.
	printed int
	// marshalled does so in JSON.
	marshalled int
	// hasty is a Valuer that panics.
	hasty int

	// What follows is no plain data, by its methods or by what it is made of.
	empty     struct{}
	sealed    struct{ n int }
	failing   int
	counter   int
	texter    int
	xmler     int
	emptyTell [0]int
)

var unseen = "one"

func (spoken) Value() (driver.Value, error)                   { return unseen, nil }
func (printed) String() string                                { return unseen }
func (marshalled) MarshalJSON() ([]byte, error)               { return []byte(unseen), nil }
func (hasty) Value() (driver.Value, error)                    { panic("no such value") }
func (empty) Value() (driver.Value, error)                    { return time.Now(), nil }
func (sealed) Value() (driver.Value, error)                   { return unseen, nil }
func (failing) Value() (driver.Value, error)                  { return nil, errors.New("no") }
func (texter) TextValue() (pgtype.Text, error)                { return pgtype.Text{String: unseen, Valid: true}, nil }
func (xmler) MarshalXML(*xml.Encoder, xml.StartElement) error { return nil }
func (emptyTell) String() string                              { return unseen }
func (c *counter) Value() (driver.Value, error) {
	*c++
	return int64(*c), nil
}

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
		{[]byte("a")},
		{[]byte(nil)},
		{[]byte{}},
		{"a"},
		{namedString("a")},
		{namedInt(1)},
		{[1]byte{'a'}},
		{[]string{"a"}},
		{&one},
		{&other},
		{nilInt},
		{&text},
		{(*string)(nil)},
		{when},
		{when.In(berlin)},
		{when.In(time.FixedZone("X", 3600))},
		{when.In(time.FixedZone("X", 7200))},
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
		{pgx.NamedArgs{"a": 1}},
		{pgx.StrictNamedArgs{"a": 1}},
		{pgx.NamedArgs{"a": "1"}},
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
		{sql.Null[namedInt]{V: 1, Valid: true}},
		{sql.Null[plainOther]{V: 1, Valid: true}},
		{sql.NullTime{Time: when, Valid: true}},
		{sql.NullTime{Time: when.In(berlin), Valid: true}},
		{plainOther(1)},
		{namedBytes("a")},
		{namedBytes(nil)},
		{[]byte{}, nil},
		{namedList{"a"}},
		{spoken(1)},
		{spoken(2)},
		{[]spoken{1}},
		{printed(1)},
		{marshalled(1)},
		{time.Second},
		{time.January},
		{json.RawMessage("a")},
		{json.Number("1")},
		{net.IPv4(10, 0, 0, 1)},
		{net.IPv4(10, 0, 0, 1).To4()},
		{net.IPNet{IP: net.IP{10, 0, 0, 0}, Mask: net.CIDRMask(8, 32)}},
		{&net.IPNet{IP: net.IP{10, 0, 0, 0}, Mask: net.CIDRMask(9, 32)}},
		{netip.Addr{}},
		{netip.MustParseAddr("::ffff:10.0.0.1")},
		{uuid.NullUUID{}},
		{pgtype.Text{String: "a", Valid: true}},
		{pgtype.Text{String: "a"}},
		{pgtype.Timestamptz{Time: when, Valid: true}},
		{pgtype.Timestamptz{Time: when.Add(1), Valid: true}},
		{pgtype.Timestamp{Time: when, Valid: true}},
		{pgtype.Timestamptz{InfinityModifier: pgtype.Infinity, Valid: true}},
		{pgtype.FlatArray[int32]{1}},
		{pgtype.Array[string]{Elements: []string{"a"}, Valid: true}},
		{pgtype.Range[pgtype.Int4]{Lower: pgtype.Int4{Int32: 1, Valid: true}, Valid: true}},
		{pgtype.Range[pgtype.Int4]{Upper: pgtype.Int4{Int32: 1, Valid: true}, Valid: true}},
		{zeronull.Text("a")},
		{pgx.QueryExecModeExec, 1},
		{pgx.QueryExecModeSimpleProtocol, 1},
		{int32(pgx.QueryExecModeExec), 1},
		{pgx.QueryResultFormats{0}},
		{pgx.QueryResultFormats{1}},
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

// What plain data says of itself counts besides what it is.
func TestValuesAreHeard(t *testing.T) {
	defer func() { unseen = "one" }()
	one := spoken(1)
	for _, v := range []any{spoken(1), printed(1), marshalled(1), &one, []spoken{1}, pgx.NamedArgs{"a": printed(1)}} {
		unseen = "one"
		before := keyed(values(v)...)
		unseen = "other"
		if keyed(values(v)...) == before {
			t.Errorf("%T says something else under the same key", v)
		}
	}
}

// Equal arguments have one key, wherever they lie in memory.
func TestEqualArgumentsShareAKey(t *testing.T) {
	one, same := 1, 1
	now := time.Now()
	for _, tt := range [][2]any{
		{&one, &same},
		{now, now.Round(0)}, // the monotonic reading is nobody's business
		{pgx.NamedArgs{"a": 1, "b": 2, "c": 3}, pgx.NamedArgs{"c": 3, "b": 2, "a": 1}},
		{netip.MustParseAddr("fe80::1%eth0"), netip.MustParseAddr("fe80::1%eth0")},
		{pgtype.Numeric{Int: big.NewInt(5), Valid: true}, pgtype.Numeric{Int: big.NewInt(5), Valid: true}},
	} {
		if keyed(values(tt[0])...) != keyed(values(tt[1])...) {
			t.Errorf("%#v and %#v have different keys", tt[0], tt[1])
		}
	}
}

func TestRefusedArguments(t *testing.T) {
	ring := recursive{nil}
	ring[0] = ring
	anyRing := []any{nil}
	anyRing[0] = anyRing
	own := pgx.NamedArgs{}
	own["own"] = own
	count := counter(0)
	for _, v := range []any{
		func() {}, make(chan int), complex(1, 2), uintptr(1),
		ring, anyRing, own,
		pair{},
		&pair{}, (*pair)(nil),
		[]pair{},
		struct{}{},
		struct{ A int }{1},
		map[string]int{},
		map[string]any{},
		[]any{1},
		empty{},
		&empty{},
		[]empty{{}},
		emptyTell{},
		sealed{1},
		failing(1), hasty(1), &count, counter(1),
		[]counter{1},
		texter(1),
		[]texter{1},
		xmler(1),
		sql.Null[pair]{},
		sql.Null[texter]{},
		sql.Null[any]{},
		pgtype.Array[texter]{},
		pgtype.Array[any]{},
		pgtype.Hstore{},
		pgtype.NewMap(),
		sql.Out{Dest: new(int)},
		netip.Prefix{},
		"now", "Today at noon", []byte("yesterday"), namedString("now"),
		[3]byte{'n', 'o', 'w'},
		[]string{"x", "tomorrow"},
		sql.NullString{String: "now", Valid: true},
		pgx.NamedArgs{"d": "now"},
		pgx.NamedArgs{"d": pair{}},
		*time.UTC,
	} {
		if !isRefused(v) {
			t.Errorf("%T is not refused", v)
		}
	}
	if count != 0 {
		t.Error("a Valuer was asked that may answer something else each time")
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
