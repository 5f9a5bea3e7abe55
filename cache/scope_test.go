package cache

import (
	"testing"

	"github.com/jackc/pgx/v5"

	"github.com/gojohnny/gojohnny/internal/testservers"
)

func TestMain(m *testing.M) { testservers.Main(m) }

// A name that the server does not know would never split the scope.
func TestServerKnowsTheShapingSettings(t *testing.T) {
	conn, err := pgx.Connect(t.Context(), testservers.Postgres(t).URL())
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = conn.Close(t.Context()) }() // the server goes, too
	for _, name := range shaping {
		var value *string
		if err := conn.QueryRow(t.Context(), "SELECT current_setting($1, true)", name).Scan(&value); err != nil {
			t.Fatal(err)
		}
		if value == nil {
			t.Errorf("the server knows no setting %q", name)
		}
	}
}
