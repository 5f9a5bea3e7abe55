//go:build cgo

package pgquery_test

import (
	"fmt"

	"github.com/gojohnny/gojohnny/sqlparse/pgquery"
)

func ExampleAnalyzer_Analyze() {
	a, err := pgquery.New().Analyze(`
		WITH gone AS (DELETE FROM carts WHERE updated_at < now() RETURNING user_id)
		SELECT * FROM app.users WHERE id IN (SELECT user_id FROM gone)`)
	if err != nil {
		fmt.Println(err)
		return
	}
	st := a.Statements[0]
	fmt.Println(st.Kind, st.Cacheable())
	fmt.Println("reads", st.Reads[0].Schema, st.Reads[0].Name)
	fmt.Println("writes", st.Writes[0].Name, st.Writes[0].Action)
	for _, reason := range st.Reasons {
		fmt.Println("because:", reason)
	}
	// Output:
	// SELECT false
	// reads app users
	// writes carts delete
	// because: writes: DELETE
	// because: time or session: now
}
