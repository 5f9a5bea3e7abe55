package invalidation_test

import (
	"slices"
	"testing"

	"pgregory.net/rapid"

	"github.com/gojohnny/gojohnny/invalidation"
	"github.com/gojohnny/gojohnny/sqlparse"
)

func TestTagsAreWrittenAsSQLWould(t *testing.T) {
	tests := []struct{ schema, name, want string }{
		{"public", "users", "app/public.users"},
		{"public", "Odd Name", `app/public."Odd Name"`},
		{"a", "b.c", `app/a."b.c"`},
		{"a.b", "c", `app/"a.b".c`},
		{"a", `b"c`, `app/a."b""c"`},
		{"_a1", "b$2", "app/_a1.b$2"},
		{"1a", "$b", `app/"1a"."$b"`},
		{"", "é", `app/""."é"`},
		{"*", "users", `app/"*".users`},
	}
	for _, test := range tests {
		if got := invalidation.TableTag("app", test.schema, test.name); got != test.want {
			t.Errorf("TableTag(%q, %q) is %s; want %s", test.schema, test.name, got, test.want)
		}
	}
	if got := invalidation.EpochTag("app"); got != "app/" {
		t.Errorf("EpochTag is %s; want app/", got)
	}
}

// Two tables never share a tag, and none has the epoch's or the static one of
// another.
func TestTagsDiffer(t *testing.T) {
	ident := rapid.StringOf(rapid.SampledFrom([]rune(`ab1_$."*/ é`)))
	rapid.Check(t, func(r *rapid.T) {
		type table struct{ schema, name string }
		a := table{ident.Draw(r, "schema"), ident.Draw(r, "name")}
		b := table{ident.Draw(r, "other schema"), ident.Draw(r, "other name")}
		tag := invalidation.TableTag("app", a.schema, a.name)
		if other := invalidation.TableTag("app", b.schema, b.name); (tag == other) != (a == b) {
			r.Errorf("%q and %q have the tags %s and %s", a, b, tag, other)
		}
		if tag == invalidation.EpochTag("app") || tag == invalidation.StaticTag("app", sqlparse.Relation{Name: b.name}) {
			r.Errorf("%q has the tag %s", a, tag)
		}
	})
}

func TestWriteSet(t *testing.T) {
	var s invalidation.WriteSet
	if !s.Empty() || len(s.Tags()) != 0 {
		t.Errorf("a zero WriteSet holds %q", s.Tags())
	}
	s.Add([]string{"b", "a"})
	s.Add([]string{"c", "a"})
	got := s.Tags()
	if s.Empty() || !slices.Equal(got, []string{"a", "b", "c"}) {
		t.Errorf("got %q; want a, b, c", got)
	}
	s.Clear()
	if !s.Empty() || got[0] != "a" {
		t.Error("Clear left something, or took the caller's slice")
	}
}
