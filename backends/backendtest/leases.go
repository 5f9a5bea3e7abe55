package backendtest

import (
	"github.com/gojohnny/gojohnny/backends"
)

const (
	loadSettles = "A fence whose lease ran out is settled first: it is removed and the generation advanced, in one step."
	fenceRenews = "Where w's fence stands already, its lease starts anew (renewal); where it ran out, it stands again, and the generation has advanced."
	storesClock = "Leases and times to live run by the store's own clock; the hosts' clocks are never compared."
)

var leaseTests = []subtest{
	{"ExpiredFenceAdvances", []string{loadSettles, storesClock}, expiredFenceAdvances},
	{"FenceStandsForItsLease", []string{fenceMarks, storesClock}, fenceStandsForItsLease},
	{"ExpiredFenceOfAnotherWriterAdvances", []string{loadSettles, liftRemoves}, expiredFenceOfAnotherWriterAdvances},
	{"ExpiredFenceBesideAStandingOneAdvances", []string{loadSettles}, expiredFenceBesideAStandingOneAdvances},
	{"ExpiredFenceOnEveryTagAdvances", []string{loadSettles}, expiredFenceOnEveryTagAdvances},
	{"FenceAgainRenews", []string{fenceRenews}, fenceAgainRenews},
	{"FenceAgainMayShortenItsLease", []string{fenceRenews}, fenceAgainMayShortenItsLease},
	{"RenewalIsOneFence", []string{fenceRenews, liftRemoves}, renewalIsOneFence},
	{"FenceAfterItRanOutStandsAgain", []string{fenceRenews}, fenceAfterItRanOutStandsAgain},
	{"FenceAfterItRanOutUnseenStandsAgain", []string{fenceRenews}, fenceAfterItRanOutUnseenStandsAgain},
	{"LiftAfterItRanOutStillAdvances", []string{liftGone}, liftAfterItRanOutStillAdvances},
}

func expiredFenceAdvances(e *env) {
	tag := e.tag()
	before := e.state(e.one, tag)
	e.fence(e.one, backends.NewToken(), e.Lease, tag)
	e.await("end of the lease", func() bool {
		st := e.state(e.other, tag)
		if st.Fenced == (st.Generation != before.Generation) {
			e.Fatalf("got %+v from %+v; want the fence gone and the generation advanced in one step", st, before)
		}
		return !st.Fenced
	})
	st := e.wantMoved(tag, "after the lease", before.Generation, false)
	e.wantState(tag, "settled once", st)
}

// fenceStandsForItsLease measures from before the store knew of the lease to after
// it said that it was over.
func fenceStandsForItsLease(e *env) {
	tag := e.tag()
	start := e.now()
	e.fence(e.one, backends.NewToken(), e.Lease, tag)
	e.await("end of the lease", func() bool { return !e.state(e.one, tag).Fenced })
	if stood := e.now() - start; stood < e.Lease {
		e.Errorf("a fence stood for %v at most; want its lease of %v", stood, e.Lease)
	}
}

// expiredFenceOfAnotherWriterAdvances runs
//
//	1: first writer:  fence, and dies
//	2: its lease runs out, and nobody loads
//	3: second writer: roll back, lift without advancing
//	4: reader:        load         must not see the generation of before step 1
//
// with the second writer's fence placed before step 1, and after step 2.
func expiredFenceOfAnotherWriterAdvances(e *env) {
	for _, late := range []bool{false, true} {
		tag, second := e.tag(), backends.NewToken()
		before := e.state(e.one, tag)
		if !late {
			e.fence(e.other, second, long, tag)
		}
		e.fence(e.one, backends.NewToken(), e.Lease, tag)
		e.awaitOneLease()
		if late {
			e.fence(e.other, second, long, tag)
		}
		e.lift(e.other, second, false, tag)
		e.wantMoved(tag, "after another writer came and went", before.Generation, false)
	}
}

func expiredFenceBesideAStandingOneAdvances(e *env) {
	tag, living := e.tag(), backends.NewToken()
	before := e.state(e.one, tag)
	e.fence(e.one, living, long, tag)
	e.fence(e.one, backends.NewToken(), e.Lease, tag)
	e.awaitOneLease()
	st := e.wantMoved(tag, "one of two leases ran out", before.Generation, true)
	e.lift(e.one, living, false, tag)
	st.Fenced = false
	e.wantState(tag, "the living writer lifted", st)
}

func expiredFenceOnEveryTagAdvances(e *env) {
	tags := e.tags(10)
	before := e.load(e.one, tags...)
	e.fence(e.one, backends.NewToken(), e.Lease, tags...)
	e.awaitOneLease()
	for i, tag := range tags {
		e.wantMoved(tag, "after the lease", before[i].Generation, false)
	}
}

func fenceAgainRenews(e *env) {
	tag, w := e.tag(), backends.NewToken()
	before := e.state(e.one, tag)
	start := e.now()
	e.fence(e.one, w, e.Lease, tag)
	e.fence(e.one, w, long, tag)
	inTime := e.now()-start < e.Lease
	e.awaitOneLease()
	st := e.state(e.other, tag)
	if !st.Fenced {
		e.Error("a fence that was renewed ran out with its first lease")
	}
	if inTime && st.Generation != before.Generation {
		e.Error("a renewal in time advanced the generation")
	}
}

func fenceAgainMayShortenItsLease(e *env) {
	tag, w := e.tag(), backends.NewToken()
	before := e.state(e.one, tag)
	e.fence(e.one, w, long, tag)
	e.fence(e.one, w, e.Lease, tag)
	e.awaitOneLease()
	e.wantMoved(tag, "after the second, shorter lease", before.Generation, false)
}

func renewalIsOneFence(e *env) {
	tag, w := e.tag(), backends.NewToken()
	before := e.state(e.one, tag)
	for range 3 {
		e.fence(e.one, w, long, tag)
	}
	e.lift(e.one, w, false, tag)
	e.wantState(tag, "fenced three times, lifted once", before)
}

func fenceAfterItRanOutStandsAgain(e *env) {
	tag, w := e.tag(), backends.NewToken()
	before := e.state(e.one, tag)
	e.fence(e.one, w, e.Lease, tag)
	e.await("end of the lease", func() bool { return !e.state(e.one, tag).Fenced })
	e.fence(e.one, w, long, tag)
	e.wantMoved(tag, "fenced again after the lease", before.Generation, true)
}

// fenceAfterItRanOutUnseenStandsAgain renews a fence too late, with nobody having
// loaded the tag since: a store must not take it for one that stood all the time.
func fenceAfterItRanOutUnseenStandsAgain(e *env) {
	tag, w := e.tag(), backends.NewToken()
	before := e.state(e.one, tag)
	e.fence(e.one, w, e.Lease, tag)
	e.awaitOneLease()
	e.fence(e.one, w, long, tag)
	e.wantMoved(tag, "fenced again after the lease", before.Generation, true)
}

func liftAfterItRanOutStillAdvances(e *env) {
	for _, seen := range []bool{true, false} {
		tag, w := e.tag(), backends.NewToken()
		before := e.state(e.one, tag)
		e.fence(e.one, w, e.Lease, tag)
		e.awaitOneLease()
		if seen {
			before = e.wantMoved(tag, "after the lease", before.Generation, false)
		}
		e.lift(e.one, w, true, tag)
		e.wantMoved(tag, "after a late Lift", before.Generation, false)
	}
}
