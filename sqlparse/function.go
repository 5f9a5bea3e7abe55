package sqlparse

import "errors"

// ErrLanguage is what AnalyzeFunction answers for a function in a language it does
// not understand.
var ErrLanguage = errors.New("sqlparse: a function in another language")

// A FunctionAnalyzer is an Analyzer that looks into functions. Where an Analyzer is
// none, every function that the program defined may do anything.
type FunctionAnalyzer interface {
	Analyzer

	// AnalyzeFunction reports what a function does when it is called, from the CREATE
	// FUNCTION or CREATE PROCEDURE that makes it, as pg_get_functiondef prints it:
	// each statement and expression of its body is a Statement of the Analysis, in no
	// order. SQL that the body puts together when it runs is an opaque one. The
	// parameters' defaults count as expressions of the body.
	AnalyzeFunction(definition string) (*Analysis, error)
}
