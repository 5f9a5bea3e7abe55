package cache

import "sync/atomic"

// Recheck is whether the next hit of st is verified in any case.
func Recheck(st Statement) *atomic.Bool { return &st.recheck }
