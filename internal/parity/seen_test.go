package parity

import (
	"errors"
	"fmt"
	"strings"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgconn"
)

// seenError is all of an error that a program should look at.
func seenError(err error) string {
	var server *pgconn.PgError
	switch {
	case err == nil:
		return "ok"
	case errors.As(err, &server):
		if server.Code == "42501" {
			// Which of several rights is missing depends on whether the connection has prepared the text before.
			// Behind a cache it is another one that has.
			return server.Code
		}
		return server.Code + " " + server.Message
	}
	return err.Error()
}

// seenRows reads a result, or the first rows of it, and gives all that there is to see. An error that comes
// before the rows may come from the query or from them.
func seenRows(rows pgx.Rows, err error, most int) string {
	if err == nil {
		err = rows.Err()
	}
	if err != nil {
		return seenError(err) // pgx's own have no fields to ask for then
	}
	defer rows.Close()
	var b strings.Builder
	for _, f := range rows.FieldDescriptions() {
		fmt.Fprintf(&b, "%s:%d:%d:%d:%d ", f.Name, f.DataTypeOID, f.Format, f.TypeModifier, f.DataTypeSize)
	}
	for n := 0; n != most && rows.Next(); n++ {
		values, err := rows.Values()
		fmt.Fprintf(&b, "%v %s|", values, seenError(err))
	}
	rows.Close()
	if b.Len() == 0 && rows.Err() != nil {
		return seenError(rows.Err())
	}
	fmt.Fprintf(&b, " %s, %s", rows.CommandTag(), seenError(rows.Err()))
	return b.String()
}
