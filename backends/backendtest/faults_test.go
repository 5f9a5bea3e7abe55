package backendtest

import (
	"os"
	"os/exec"
	"path"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/gojohnny/gojohnny/backends"
)

// A fault is one way to break the contract. The zero fault breaks nothing.
type fault string

const (
	loadAdvances             fault = "loadAdvances"
	startsAtOne              fault = "startsAtOne"
	createsWithPlainSet      fault = "createsWithPlainSet"
	advanceSkips             fault = "advanceSkips"
	advancesFirstTagOnly     fault = "advancesFirstTagOnly"
	advanceDropsFences       fault = "advanceDropsFences"
	advanceFences            fault = "advanceFences"
	fencesFirstTagOnly       fault = "fencesFirstTagOnly"
	fencesNothing            fault = "fencesNothing"
	fenceAdvances            fault = "fenceAdvances"
	fenceNeedsGeneration     fault = "fenceNeedsGeneration"
	liftRemovesAll           fault = "liftRemovesAll"
	liftAlwaysAdvances       fault = "liftAlwaysAdvances"
	liftNeverAdvances        fault = "liftNeverAdvances"
	liftNeedsItsFence        fault = "liftNeedsItsFence"
	liftForgetsExpired       fault = "liftForgetsExpired"
	liftInTwoSteps           fault = "liftInTwoSteps"
	secondFenceReplacesFirst fault = "secondFenceReplacesFirst"
	sharesTokens             fault = "sharesTokens"
	expiryWithoutAdvance     fault = "expiryWithoutAdvance"
	expiryAdvancesLater      fault = "expiryAdvancesLater"
	leaseEndsEarly           fault = "leaseEndsEarly"
	renewalDoesNotExtend     fault = "renewalDoesNotExtend"
	renewalNeverShortens     fault = "renewalNeverShortens"
	renewalStacks            fault = "renewalStacks"
	tokensServeOnce          fault = "tokensServeOnce"
	lateRenewalRevives       fault = "lateRenewalRevives"
	missIsEmpty              fault = "missIsEmpty"
	entryCutAtNUL            fault = "entryCutAtNUL"
	emptyEntryIsNil          fault = "emptyEntryIsNil"
	savesWithAdd             fault = "savesWithAdd"
	cutsKeys                 fault = "cutsKeys"
	entryNeverExpires        fault = "entryNeverExpires"
	keepsOldTTL              fault = "keepsOldTTL"
	acceptsTooLarge          fault = "acceptsTooLarge"
	loadsInReverse           fault = "loadsInReverse"
	savesInPlace             fault = "savesInPlace"
	refusesSpaces            fault = "refusesSpaces"
	foldsCase                fault = "foldsCase"
	cutsLongTags             fault = "cutsLongTags"
	refusesNoTags            fault = "refusesNoTags"
	keepsSlice               fault = "keepsSlice"
	looksFirst               fault = "looksFirst"
	looksAway                fault = "looksAway"
	sortsTags                fault = "sortsTags"
	keepsOldStates           fault = "keepsOldStates"
	cancelledIsDone          fault = "cancelledIsDone"
	leavesReplies            fault = "leavesReplies"
	dropsFencedTags          fault = "dropsFencedTags"
	restartBringsBack        fault = "restartBringsBack"
	downIsAMiss              fault = "downIsAMiss"
	corruptionUnseen         fault = "corruptionUnseen"
	loadsInTwoSteps          fault = "loadsInTwoSteps"
	lockIsEverybodys         fault = "lockIsEverybodys"
	lockInTwoSteps           fault = "lockInTwoSteps"
	lockAgainIsRefused       fault = "lockAgainIsRefused"
	lockNeverEnds            fault = "lockNeverEnds"
	unlockDoesNothing        fault = "unlockDoesNothing"
	unlockIsAnybodys         fault = "unlockIsAnybodys"
	lockIsAnEntry            fault = "lockIsAnEntry"
)

// found says which subtest must fail a store with a fault.
var found = []struct {
	fault   fault
	subtest string
}{
	{loadAdvances, "GenerationStaysWithoutAdvance"},
	{startsAtOne, "NewGenerationsAreFarApart"},
	{startsAtOne, "LostGenerationNeverReturns"},
	{createsWithPlainSet, "LoadCreatesGenerationOnce"},
	{advanceSkips, "AdvanceCountsUpByOne"},
	{advancesFirstTagOnly, "AdvanceMovesEachTagAndNoOther"},
	{advanceDropsFences, "AdvanceKeepsFences"},
	{advanceFences, "AdvanceBeforeTheFirstLoad"},
	{fencesFirstTagOnly, "FenceMarksEveryTag"},
	{fenceAdvances, "FenceKeepsGeneration"},
	{fenceNeedsGeneration, "FenceBeforeTheFirstLoad"},
	{liftRemovesAll, "LiftRemovesOnlyItsOwnFence"},
	{liftRemovesAll, "LiftAgainIsHarmless"},
	{liftAlwaysAdvances, "LiftWithoutAdvanceKeepsGeneration"},
	{liftNeverAdvances, "LiftAdvancesEveryTag"},
	{liftNeedsItsFence, "LiftWithoutFenceStillAdvances"},
	{liftNeedsItsFence, "LiftAfterItRanOutStillAdvances"},
	{liftNeedsItsFence, "LiftAfterLostFenceStillAdvances"},
	{liftForgetsExpired, "ExpiredFenceOfAnotherWriterAdvances"},
	{liftInTwoSteps, "TagStateIsOneInstant"},
	{secondFenceReplacesFirst, "TwoWritersOnOneTag"},
	{sharesTokens, "LiftRemovesOnlyItsOwnFence"},
	{sharesTokens, "ManyWritersOnOneTag"},
	{sharesTokens, "ConcurrentUse"},
	{fencesNothing, "NoStaleReadUnderTheProtocol"},
	{expiryWithoutAdvance, "ExpiredFenceAdvances"},
	{expiryWithoutAdvance, "ExpiredFenceBesideAStandingOneAdvances"},
	{expiryWithoutAdvance, "ExpiredFenceOnEveryTagAdvances"},
	{expiryAdvancesLater, "ExpiredFenceAdvances"},
	{leaseEndsEarly, "FenceStandsForItsLease"},
	{renewalDoesNotExtend, "FenceAgainRenews"},
	{renewalNeverShortens, "FenceAgainMayShortenItsLease"},
	{renewalStacks, "RenewalIsOneFence"},
	{tokensServeOnce, "FenceAfterItRanOutStandsAgain"},
	{tokensServeOnce, "FenceAfterLossStandsAgain"},
	{lateRenewalRevives, "FenceAfterItRanOutUnseenStandsAgain"},
	{missIsEmpty, "NoEntryIsNil"},
	{entryCutAtNUL, "EntryComesBackWhole"},
	{emptyEntryIsNil, "EmptyEntryIsNotNoEntry"},
	{savesWithAdd, "SaveReplaces"},
	{cutsKeys, "KeysAreApart"},
	{cutsKeys, "LocksOfKeysAreApart"},
	{entryNeverExpires, "EntryExpires"},
	{keepsOldTTL, "SaveRestartsTimeToLive"},
	{acceptsTooLarge, "TooLargeIsRefused"},
	{loadsInReverse, "LoadBringsEntryAndTagsTogether"},
	{savesInPlace, "LoadedEntryNeverChanges"},
	{savesInPlace, "ConcurrentSavesStayWhole"},
	{refusesSpaces, "TagsMayBeAnyString"},
	{foldsCase, "SimilarTagsAreApart"},
	{cutsLongTags, "SimilarTagsAreApart"},
	{refusesNoTags, "NoTagsAtAll"},
	{keepsSlice, "SlicesAreNotKept"},
	{sortsTags, "SlicesAreNotChanged"},
	{keepsOldStates, "StatesAreOverwritten"},
	{cancelledIsDone, "CancelledContextIsAnErrorOrDone"},
	{leavesReplies, "CancelledMidwayIsAnErrorOrDone"},
	{dropsFencedTags, "FencesSurviveManyTags"},
	{restartBringsBack, "RestartBringsNoGenerationBack"},
	{downIsAMiss, "OutOfReachIsAnError"},
	{corruptionUnseen, "DamagedEntryIsTold"},
	{loadsInTwoSteps, "TagStateIsOneInstant"},
	{looksFirst, "LookComesAfterTheFence"},
	{looksAway, "LookTellsTheState"},
	{lockIsEverybodys, "LockIsHeldByOne"},
	{lockInTwoSteps, "OneOfManyGetsTheLock"},
	{lockAgainIsRefused, "LockAgainHoldsStill"},
	{lockNeverEnds, "LockRunsOut"},
	{unlockDoesNothing, "UnlockFreesTheLock"},
	{unlockIsAnybodys, "UnlockOfAnotherHolderDoesNothing"},
	{lockIsAnEntry, "LockIsNoEntry"},
}

// faultVariable tells the child process which fault its store has.
const faultVariable = "GOJOHNNY_BACKENDTEST_FAULT"

// TestReference runs the suite against the reference, which has the fault that the
// environment names: none, unless TestEveryFaultIsFound started it.
func TestReference(t *testing.T) {
	Run(t, referenceHarness(fault(os.Getenv(faultVariable))))
}

// TestHarnessThatMovesTheClock has nothing wait but the function it hands over.
func TestHarnessThatMovesTheClock(t *testing.T) {
	h := referenceHarness("")
	h.Elapse = func(_ *testing.T, _ backends.Store, d time.Duration) { time.Sleep(d) } // of a bubble's time
	Run(t, h)
}

// storeOnly hides that a store is a Locker.
type storeOnly struct{ backends.Store }

// TestMissingCapabilitiesAreSkippedByName counts what a harness without any of
// them skips.
func TestMissingCapabilitiesAreSkippedByName(t *testing.T) {
	var skipped []string
	t.Run("Run", func(t *testing.T) {
		Run(t, Harness{
			Open: func(*testing.T) (one, other backends.Store) {
				s := storeOnly{newReference("")}
				return s, s
			},
			Around: func(t *testing.T, subtest func(*testing.T)) {
				t.Cleanup(func() {
					if t.Skipped() {
						skipped = append(skipped, path.Base(t.Name()))
					}
				})
				synctest.Test(t, subtest)
			},
		})
	})
	want := len(lockTests) + 7 // TooLarge, Forget, DropFences twice, Restart, Cut, Corrupt
	if len(skipped) != want {
		t.Errorf("skipped %d subtests; want %d: %v", len(skipped), want, skipped)
	}
}

// TestEveryFaultIsFound proves that the suite can fail. A subtest that fails fails
// its whole process, so each runs in one of its own. A fault that only shows when
// goroutines meet has some tries, the others fail at the first.
func TestEveryFaultIsFound(t *testing.T) {
	if os.Getenv(faultVariable) != "" {
		t.Skip("this is the child process")
	}
	for _, f := range found {
		t.Run(string(f.fault)+"/"+f.subtest, func(t *testing.T) {
			t.Parallel()
			name := "TestReference/" + f.subtest
			child := exec.CommandContext(t.Context(), os.Args[0],
				"-test.run=^TestReference$/^"+f.subtest+"$", "-test.count=50", "-test.failfast", "-test.timeout=2m")
			child.Env = append(os.Environ(), faultVariable+"="+string(f.fault))
			out, err := child.CombinedOutput()
			if err == nil || !strings.Contains(string(out), "--- FAIL: "+name+" ") {
				t.Errorf("%s did not fail (error %v):\n%s", name, err, out)
			}
		})
	}
}

// TestEverySubtestCanFail holds the two tables against one another.
func TestEverySubtestCanFail(t *testing.T) {
	fails := map[string]bool{}
	for _, f := range found {
		fails[f.subtest] = true
	}
	for _, st := range subtests() {
		if !fails[st.name] {
			t.Errorf("no fault shows that %s can fail", st.name)
		}
		delete(fails, st.name)
	}
	for name := range fails {
		t.Errorf("the suite has no subtest %s", name)
	}
}

func referenceHarness(f fault) Harness {
	return Harness{
		Open: func(*testing.T) (one, other backends.Store) {
			r := newReference(f)
			return r, r
		},
		Around:   synctest.Test,
		TooLarge: refMaxEntry + 1,
		Forget: func(_ *testing.T, s backends.Store, tag string) {
			r := s.(*reference)
			r.mu.Lock()
			defer r.mu.Unlock()
			delete(r.tags, tag)
		},
		DropFences: func(_ *testing.T, s backends.Store, tag string) {
			r := s.(*reference)
			r.mu.Lock()
			defer r.mu.Unlock()
			clear(r.tags[tag].fences)
		},
		Restart: func(_ *testing.T, s backends.Store) { s.(*reference).restart() },
		Cut: func(_ *testing.T, s backends.Store) (mend func()) {
			s.(*reference).setDown(true)
			return func() { s.(*reference).setDown(false) }
		},
		Corrupt: func(_ *testing.T, s backends.Store, key backends.Key) {
			r := s.(*reference)
			r.mu.Lock()
			defer r.mu.Unlock()
			e := r.entries[key]
			if r.fault != corruptionUnseen {
				e.bytes = append([]byte{e.bytes[0] ^ 1}, e.bytes[1:]...)
			}
			r.entries[key] = e
		},
	}
}
