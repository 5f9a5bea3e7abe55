package invalidation

import (
	"slices"
	"strings"
)

// EpochTag is the tag that every read of the namespace depends on. DDL moves it,
// and any write that nobody can see through; with it, everything.
func EpochTag(namespace string) string { return namespace + "/" }

// BlindTag is the tag of the writes that nobody can see through to their end: every
// write moves it that was resolved without the database's catalog, and every read
// depends on it that was resolved with one. A write that was resolved by names alone does not know
// what it cascades to, so that nothing finer would be sound.
func BlindTag(namespace string) string { return namespace + "/*" }

// EraTag is the tag of what is announced of the definitions in one database, which has any
// name that tells it from others. No read of a table depends on it.
func EraTag(namespace, database string) string { return namespace + "/:" + database }

// TableTag is the tag of one table, written as SQL would name it:
// app/public.users, app/public."Odd Name".
func TableTag(namespace, schema, name string) string {
	var b strings.Builder
	b.Grow(len(namespace) + len(schema) + len(name) + 2)
	b.WriteString(namespace)
	b.WriteByte('/')
	writeIdent(&b, schema)
	b.WriteByte('.')
	writeIdent(&b, name)
	return b.String()
}

// writeIdent quotes what SQL would need quoted, so that a."b.c" and "a.b".c differ.
func writeIdent(b *strings.Builder, s string) {
	plain := s != ""
	for i := range len(s) {
		c := s[i]
		plain = plain && (c >= 'a' && c <= 'z' || c == '_' || i > 0 && (c >= '0' && c <= '9' || c == '$'))
	}
	if plain {
		b.WriteString(s)
		return
	}
	b.WriteByte('"')
	b.WriteString(strings.ReplaceAll(s, `"`, `""`))
	b.WriteByte('"')
}

// A WriteSet collects the tags that a transaction wrote, until its COMMIT. The zero
// value is empty. It is not safe for concurrent use.
type WriteSet struct {
	tags map[string]struct{}
}

// Add adds tags to the set.
func (s *WriteSet) Add(tags []string) {
	if s.tags == nil {
		s.tags = make(map[string]struct{}, len(tags))
	}
	for _, tag := range tags {
		s.tags[tag] = struct{}{}
	}
}

// Empty reports whether the set holds nothing.
func (s *WriteSet) Empty() bool { return len(s.tags) == 0 }

// Tags returns what the set holds, sorted, in a slice of the caller's own.
func (s *WriteSet) Tags() []string {
	tags := make([]string, 0, len(s.tags))
	for tag := range s.tags {
		tags = append(tags, tag)
	}
	slices.Sort(tags)
	return tags
}

// Clear empties the set.
func (s *WriteSet) Clear() { clear(s.tags) }
