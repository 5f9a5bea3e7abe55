package cache

// Borrow returns a Session without a connection, for the lookups of a pool before it
// picks one: they are answered under the scope that the Source's sessions start
// with. A ticket that it gives is confirmed by the session of the connection that the
// query then runs on ([Session.Start]). It goes back with Return.
//
// probe is asked, on any connection, while that scope is not known.
func (src *Source) Borrow(probe Probe) *Session {
	if s, ok := src.idle.Get().(*Session); ok {
		s.probe = probe
		return s
	}
	return src.NewSession(probe)
}

// Return takes a Session back that Borrow gave, in whatever state. The caller does not
// use it any more.
func (src *Source) Return(s *Session) {
	if s.pristine && s.lost.Code == "" && s.tx == (txState{}) {
		s.scope, s.names, s.probe = nil, nil, nil // a lookup leaves nothing else of weight
	} else {
		*s = Session{src: src, cache: src.cache, number: s.number, pristine: true, untouched: true, states: s.states}
	}
	src.idle.Put(s)
}

// NoWait says that the caller holds what another read may need before it can run its
// query, such as a connection of a bounded pool: Lookup never waits for another
// read's query. A pool of one connection, without this:
//
//	1: reader A: acquires the connection
//	2: reader B: lookup   misses, leads; waits for a connection
//	3: reader A: lookup   misses, joins B; waits for ever
func (s *Session) NoWait() { s.noWait = true }

// Keeps reports whether Lookup may look at args, the arguments of st: whether the rows
// may be kept as far as the statement, the caller's directives, the session and the
// store tell without asking anyone. It is for callers to whom the arguments cost
// something.
//
// It empties args, and where it reports false, it refuses them: the store may be back
// when Lookup is called, or the catalog read, and would answer for a query without
// arguments.
func (s *Session) Keeps(st Statement, args *Args) bool {
	args.Reset()
	r := s.cache.refusal(st)
	if r.Code == "" {
		r = s.reason()
	}
	if r.Code == "" && s.cache.downer != nil && s.cache.downer.Down() {
		r = Reason{Code: StoreDown}
	}
	if v, ok := s.view(); r.Code == "" && ok {
		if m := s.cache.meaning(st, v); len(m.Writes) > 0 || !m.unknownNames() {
			r = m.Reason
		}
	}
	args.Refuse(r)
	return r.Code == ""
}
