package sqlparse_test

import (
	"fmt"

	"github.com/gojohnny/gojohnny/sqlparse"
)

func ExampleStripComments() {
	text, directives := sqlparse.StripComments(
		"SELECT '--' /* gojohnny: ttl=30s, refresh */ FROM t /*traceparent='00-5bd66ef5'*/")
	fmt.Println(text)
	fmt.Printf("%q\n", directives)
	// Output:
	// SELECT '--' FROM t
	// ["ttl=30s" "refresh"]
}

func ExampleClassify() {
	fmt.Println(sqlparse.Classify("", "age", 1) == sqlparse.Ambient) // age(birthday) is until today
	fmt.Println(sqlparse.Classify("", "age", 2) == sqlparse.Pure)
	fmt.Println(sqlparse.Classify("app", "age", 2) == sqlparse.Unknown)
	// Output:
	// true
	// true
	// true
}
