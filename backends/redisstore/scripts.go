package redisstore

import (
	"crypto/sha1"
	_ "embed"
	"encoding/hex"
)

// A script runs on the server in one step. It is called by its digest, and sent
// whole where the server does not know it: after a restart, or SCRIPT FLUSH.
//
// The client sends a script again when it lost the connection under it, so each
// one does no harm by running twice for the same writer.
type script struct {
	source string
	digest string
}

var (
	settleScript = newScript(tagLua, settleLua)
	fenceScript  = newScript(tagLua, fenceLua)
	liftScript   = newScript(tagLua, liftLua)
	lockScript   = newScript(lockLua)
	unlockScript = newScript(unlockLua)
)

var (
	//go:embed scripts/tag.lua
	tagLua string
	//go:embed scripts/settle.lua
	settleLua string
	//go:embed scripts/fence.lua
	fenceLua string
	//go:embed scripts/lift.lua
	liftLua string
	//go:embed scripts/lock.lua
	lockLua string
	//go:embed scripts/unlock.lua
	unlockLua string
)

func newScript(parts ...string) *script {
	s := new(script)
	for _, p := range parts {
		s.source += p
	}
	sum := sha1.Sum([]byte(s.source)) // Redis's name for a script, no secret
	s.digest = hex.EncodeToString(sum[:])
	return s
}
