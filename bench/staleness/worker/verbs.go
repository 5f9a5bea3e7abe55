//go:build unix

package worker

import "github.com/gojohnny/gojohnny/bench/staleness/history"

// What the operations are called in a schedule, by the verb of their records.
const (
	_ history.Verb = iota
	verbOne
	verbPrepared
	verbSimple
	verbList
	verbJoin
	verbSnapshot
	verbLocked
	verbAfterLock
	verbOwn
	verbBatchRead
	verbHeard
	verbAfterHeard
	verbView
	verbTxRead

	verbUpdate
	verbPair
	verbSeveral
	verbReadModify
	verbNotify
	verbBatch
	verbCopy
	verbTruncate
	verbAlter
	verbCascade
	verbTrigger
	verbViewWrite
)

var verbNames = map[history.Verb]string{
	verbOne:        "SELECT",
	verbPrepared:   "SELECT, prepared",
	verbSimple:     "SELECT, simple protocol",
	verbList:       "SELECT of several rows",
	verbJoin:       "SELECT of a join",
	verbSnapshot:   "SELECT in REPEATABLE READ",
	verbLocked:     "SELECT FOR UPDATE",
	verbAfterLock:  "SELECT under a lock",
	verbOwn:        "SELECT of what the transaction wrote",
	verbBatchRead:  "SELECT in a batch",
	verbHeard:      "NOTIFY received",
	verbAfterHeard: "SELECT after a NOTIFY",
	verbView:       "SELECT of a view",
	verbTxRead:     "SELECT in a transaction",
	verbUpdate:     "UPDATE",
	verbPair:       "UPDATE of two tables in a transaction",
	verbSeveral:    "UPDATE of several tables in a transaction",
	verbReadModify: "UPDATE of a row that was read under a lock",
	verbNotify:     "UPDATE with NOTIFY",
	verbBatch:      "UPDATE in a batch",
	verbCopy:       "COPY",
	verbTruncate:   "TRUNCATE and INSERT",
	verbAlter:      "ALTER TABLE",
	verbCascade:    "UPDATE that cascades",
	verbTrigger:    "UPDATE with a trigger",
	verbViewWrite:  "UPDATE of a view",
}

// VerbName is what an operation is called in a schedule.
func VerbName(v history.Verb) string { return verbNames[v] }
