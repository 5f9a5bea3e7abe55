//go:build unix

package worker

import (
	"fmt"
	"strings"
)

// The tables, each a row of registers: a version, and the write that made it.
const (
	reg0 = iota // plain, written one at a time or several in one transaction
	reg1
	reg2
	reg3
	left // left and right always change together
	right
	copied  // a version is a row more, by COPY
	emptied // all versions are made at once, by TRUNCATE and INSERT
	altered // likewise, by ALTER TABLE
	plainTables

	owner   = iota - 1 // owned follows it by ON UPDATE CASCADE
	owned              // never written by a statement
	audited            // audit follows it by a trigger
	audit              // never written by a statement
	allTables
)

var tableNames = [allTables]string{
	"reg0", "reg1", "reg2", "reg3", "left_half", "right_half", "copied", "emptied", "altered",
	"owner", "owned", "audited", "audit",
}

// Tables is how many tables there are in the mix.
func (m Mix) Tables() int {
	if m.Catalog {
		return allTables
	}
	return plainTables
}

// Keys is how many registers there are.
func (m Mix) Keys() uint32 { return uint32(m.Tables() * m.Rows) }

// key is the number of the register in a row of a table; ids count from 1.
func (m Mix) key(table, id int) uint32 { return uint32(table*m.Rows + id - 1) }

// Home is the register whose write makes the versions of a register.
func (m Mix) Home(key uint32) uint32 {
	switch table, id := int(key)/m.Rows, int(key)%m.Rows+1; table {
	case owned:
		return m.key(owner, id)
	case audit:
		return m.key(audited, id)
	}
	return key
}

// Name is how a register is called in a schedule.
func (m Mix) Name(key uint32) string {
	return fmt.Sprintf("%s %d", tableNames[int(key)/m.Rows], int(key)%m.Rows+1)
}

// Schema are the statements that make the tables, each row with version 1.
func (m Mix) Schema() []string {
	var s []string
	for _, name := range tableNames[:m.Tables()] {
		key := "PRIMARY KEY (id)"
		switch name {
		case "copied":
			key = "PRIMARY KEY (id, version)"
		case "owned":
			continue
		}
		s = append(s,
			fmt.Sprintf("CREATE TABLE %s (id int, version bigint NOT NULL, op bigint NOT NULL, %s)", name, key),
			fmt.Sprintf("INSERT INTO %s SELECT i, 1, 0 FROM generate_series(1, %d) i", name, m.Rows))
	}
	s = append(s,
		fmt.Sprintf("CREATE TABLE turn AS SELECT i AS id, 1::bigint AS version FROM generate_series(1, %d) i", m.Rows+2))
	if m.Catalog {
		s = append(s, strings.Split(catalogSchema, ";\n\n")...)
	}
	return s
}

const catalogSchema = `ALTER TABLE owner ADD UNIQUE (id, version, op);

CREATE TABLE owned (id int PRIMARY KEY, version bigint NOT NULL, op bigint NOT NULL,
	FOREIGN KEY (id, version, op) REFERENCES owner (id, version, op) ON UPDATE CASCADE);

INSERT INTO owned SELECT * FROM owner;

CREATE VIEW seen AS SELECT id, version, op FROM reg0;

CREATE FUNCTION follow() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
	UPDATE audit SET version = NEW.version, op = NEW.op WHERE id = NEW.id;
	RETURN NEW;
END $$;

CREATE TRIGGER follow AFTER UPDATE ON audited FOR EACH ROW EXECUTE FUNCTION follow()`
