package tiered

import (
	"testing"

	"github.com/gojohnny/gojohnny/internal/imports"
)

// TestImports: which stores are put together is the program's choice.
func TestImports(t *testing.T) { imports.Only(t, "github.com/gojohnny/gojohnny/backends") }
