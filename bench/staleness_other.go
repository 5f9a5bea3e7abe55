//go:build !unix

package main

import (
	"context"
	"errors"
	"io"
)

func workAsOne() {}

func attack(context.Context, []string, io.Writer, io.Writer) error {
	return errors.New("the staleness checker needs a Unix system")
}
