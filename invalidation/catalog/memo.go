package catalog

import (
	"sync/atomic"

	"github.com/gojohnny/gojohnny/sqlparse"
)

// A Memo remembers what one analysis does by each of the latest Resolvers that asked, a few. It
// belongs to whoever remembers the analysis; the zero value is empty. It is safe for
// concurrent use.
type Memo struct {
	list atomic.Pointer[[]remembered] // the latest first; replaced, never changed
}

type remembered struct {
	resolver   *Resolver
	resolution *Resolution
}

// maxRemembered bounds a Memo: sessions of one program have few search paths, or so many that
// each comes too seldom.
const maxRemembered = 8

// Resolve is r.Resolve(a), which is asked once while it is remembered. a is the same in all
// calls. The caller does not change the Resolution.
func (m *Memo) Resolve(r *Resolver, a *sqlparse.Analysis) *Resolution {
	old := m.list.Load()
	if old != nil {
		for i := range *old {
			if (*old)[i].resolver == r {
				return (*old)[i].resolution
			}
		}
	}
	res := r.Resolve(a)
	list := append(make([]remembered, 0, maxRemembered), remembered{r, &res})
	if old != nil {
		list = append(list, (*old)[:min(len(*old), maxRemembered-1)]...)
	}
	m.list.CompareAndSwap(old, &list) // or another one is remembered
	return &res
}
