package explain

import (
	"slices"
	"strings"

	"github.com/gojohnny/gojohnny/cache"
	"github.com/gojohnny/gojohnny/invalidation"
	"github.com/gojohnny/gojohnny/invalidation/catalog"
	"github.com/gojohnny/gojohnny/sqlparse"
)

var (
	epoch = invalidation.EpochTag(namespace)
	blind = invalidation.BlindTag(namespace)
)

func isEpoch(u Use) bool { return u.Tag == epoch }

// resolved fills s with what the catalog tells.
func (s *Statement) resolved(res *catalog.Resolution, by cache.Explanation) {
	for _, r := range append(slices.Clone(res.Opaque), res.Reasons...) {
		s.reason(r)
	}
	switch by.Reason.Code {
	case cache.Skipped, cache.BadDirective: // of which no catalog knows
		s.reason(by.Reason)
	}
	for _, x := range res.Read {
		s.Reads = append(s.Reads, use(x.Tag, x.Path))
	}
	for _, x := range res.Written {
		s.Writes = append(s.Writes, use(x.Tag, x.Path))
	}
	for _, r := range res.Opaque {
		s.Writes = append(s.Writes, Use{Tag: epoch, Path: r.String()})
	}
	s.Reads = withOthers(s.Reads, res.Reads)
	s.Writes = withOthers(s.Writes, res.Writes)
}

// use is that of a table's tag: default/public.orders.
func use(tag, path string) Use {
	return Use{Tag: tag, Table: strings.TrimPrefix(tag, namespace+"/"), Path: path}
}

// withOthers adds those of the tags that no table has.
func withOthers(uses []Use, tags []string) []Use {
	for _, tag := range tags {
		switch {
		case slices.ContainsFunc(uses, func(u Use) bool { return u.Tag == tag }):
		case tag == epoch:
			uses = append(uses, Use{Tag: tag, Path: "a change of definitions, or a write that cannot be seen through"})
		case tag == blind:
			uses = append(uses, Use{Tag: tag, Path: "a write by a process without a catalog"})
		default:
			uses = append(uses, Use{Tag: tag, Path: "reads by processes without a catalog"})
		}
	}
	return uses
}

// static fills s with what the text alone tells.
func (s *Statement) static(by cache.Explanation) {
	if by.Reason.Code != "" {
		s.reason(by.Reason)
	}
	s.Reads = named(by.Reads, "a change of definitions, or a write that cannot be seen through")
	s.Writes = named(by.Writes, by.Reason.String())
}

// named are static tags, which say the name in the text; why is that of the epoch.
func named(tags []string, why string) []Use {
	uses := []Use{}
	for _, tag := range tags {
		switch tag {
		case epoch:
			uses = append(uses, Use{Tag: tag, Path: why})
		case blind:
			uses = append(uses, Use{Tag: tag, Path: "reads by processes with a catalog"})
		default:
			name := strings.TrimPrefix(tag, namespace+"/*.")
			uses = append(uses, Use{Tag: tag, Table: name, Path: name})
		}
	}
	return uses
}

// reason adds a reason, once.
func (s *Statement) reason(r sqlparse.Reason) {
	reason := Reason{Code: string(r.Code), Detail: r.Detail, Remedy: cache.RemedyFor(r.Code)}
	if !slices.Contains(s.Reasons, reason) {
		s.Reasons = append(s.Reasons, reason)
	}
}
