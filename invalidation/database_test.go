package invalidation_test

import (
	"fmt"
	"maps"
	"slices"
	"strconv"
	"strings"
)

// A database is the model of one: every table has a version, which each commit
// that wrote it moves by one. It runs one step at a time.
type database struct {
	versions  map[string]int
	committed map[string]bool // the transactions, by name
}

func newDatabase(tables ...string) *database {
	db := &database{versions: map[string]int{}, committed: map[string]bool{}}
	for _, table := range tables {
		db.versions[table] = 1
	}
	return db
}

// A transaction reads what is committed, as READ COMMITTED does, unless it has a
// snapshot.
type transaction struct {
	db       *database
	name     string
	wrote    []string
	snapshot map[string]int // of REPEATABLE READ; nil otherwise
}

func (db *database) begin(name string) *transaction { return &transaction{db: db, name: name} }

func (db *database) beginSnapshot(name string) *transaction {
	return &transaction{db: db, name: name, snapshot: maps.Clone(db.versions)}
}

func (tx *transaction) write(tables ...string) { tx.wrote = append(tx.wrote, tables...) }

// commit moves the versions of all that was written, in one step.
func (tx *transaction) commit() {
	for _, table := range tx.wrote {
		tx.db.versions[table]++
	}
	tx.wrote = nil
	tx.db.committed[tx.name] = true
}

func (tx *transaction) rollback() { tx.wrote = nil }

// query returns the version of each table, as text: "orders=1 lines=4". What the
// transaction wrote itself carries its name: "orders=1+W".
func (tx *transaction) query(tables ...string) []byte {
	versions := tx.db.versions
	if tx.snapshot != nil {
		versions = tx.snapshot
	}
	var words []string
	for _, table := range tables {
		word := fmt.Sprintf("%s=%d", table, versions[table])
		if slices.Contains(tx.wrote, table) {
			word += "+" + tx.name
		}
		words = append(words, word)
	}
	return []byte(strings.Join(words, " "))
}

// query outside a transaction.
func (db *database) query(tables ...string) []byte { return db.begin("").query(tables...) }

// judge says what is wrong with rows that answer a read which began when the
// versions were at least floor: nothing, "stale", or "never committed".
//
// Floor is what was committed, known to anybody or not. That is more than the
// guarantee asks, which speaks of versions acknowledged or returned; the fence
// gives it all the same.
func (db *database) judge(rows []byte, floor map[string]int) string {
	verdict := ""
	for word := range strings.FieldsSeq(string(rows)) {
		table, value, _ := strings.Cut(word, "=")
		number, own, _ := strings.Cut(value, "+")
		version, err := strconv.Atoi(number)
		if err != nil {
			panic(err) // query wrote it
		}
		if own != "" {
			if !db.committed[own] {
				return "never committed"
			}
			version++
		}
		if version < floor[table] {
			verdict = "stale"
		}
	}
	return verdict
}
